import { randomUUID } from 'node:crypto';
import { connect, Socket } from 'node:net';

import { encodeEcho, HEALTH_CHECK_WORD } from '../../protocol/echo';

/** Opens a connection, and calls `ready` when it can be written to. */
export type Open = (host: string, port: number, ready: () => void) => Socket;

const openPlainly: Open = (host, port, ready) => connect({ host, port }, ready);

/**
 * Sends an ECHO to a lottery server and waits for the same bytes (PROTOCOL.md, R8 and R15). The server does not tell of
 * it at INFO.
 *
 * @param open without it, a connection without TLS
 * @throws Error when the connection fails, other bytes come, or the whole line is not back within `timeoutMs`
 */
export async function checkEcho(
  host: string,
  port: number,
  timeoutMs: number,
  open: Open = openPlainly,
): Promise<void> {
  const line = encodeEcho(`${HEALTH_CHECK_WORD} ${randomUUID()}`);
  await new Promise<void>((resolve, reject) => {
    const socket = open(host, port, () => socket.write(line));
    let answer = Buffer.alloc(0);
    const tooLate = setTimeout(
      () => finish(new Error(`no answer from ${host}:${port} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const finish = (error?: Error): void => {
      clearTimeout(tooLate);
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.equals(line)) finish();
      else if (!line.subarray(0, answer.length).equals(answer))
        finish(new Error(`${host}:${port} answers something else than an ECHO`));
    });
    socket.on('error', (error) => finish(error));
    socket.on('end', () => finish(new Error(`${host}:${port} closes without an answer`)));
  });
}
