import type { MemcachedContext } from './memcached_context';

/** The reply to `stats`, whatever is asked for: what a client may want to know of a server that is no cache. */
export function statistics({ connections, uptimeSeconds, maxValueBytes }: MemcachedContext): Buffer {
  const figures: Readonly<Record<string, string | number>> = {
    pid: process.pid,
    uptime: uptimeSeconds,
    time: Math.floor(Date.now() / 1_000),
    version: '1.0.0',
    pointer_size: 64,
    curr_connections: connections,
    item_size_max: maxValueBytes,
  };
  const lines = Object.entries(figures).map(([name, value]) => `STAT ${name} ${value}\r\n`);
  return Buffer.from(`${lines.join('')}END\r\n`, 'latin1');
}
