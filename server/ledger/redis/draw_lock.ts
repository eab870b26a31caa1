/**
 * The lock of the draw: a key with the name of the connection that has it. Redis has no lock that ends with its connection;
 * but it knows which of its connections are there.
 */
import { Connection, Reply } from './connection';
import { KEYS, LIBRARY } from './database_constants';

/** Takes the draw's lock, unless a connection that is there has it. @returns whether this connection has it now */
export async function tryDrawLock(connection: Connection): Promise<boolean> {
  const found = await connection.call(['GET', KEYS.drawLock]);
  const holder = found === null ? '' : String(found);
  if (holder === connection.name) return true;
  if (holder !== '' && (await isAlive(connection, holder))) return false;
  const isTaken = await connection.call(['FCALL', `${LIBRARY}_take_draw_lock`, '0', holder, connection.name]);
  return isTaken === 1;
}

/** Whether a connection is there. @param name as {@link Connection.name} */
export async function isAlive(connection: Connection, name: string): Promise<boolean> {
  const [process, id] = name.split(' ') as [string, string];
  // Each start of Redis has a name of its own, and numbers its connections from 1.
  if (process !== connection.name.split(' ')[0]) return false;
  const found: Reply = await connection.call(['CLIENT', 'LIST', 'ID', id]);
  return String(found).includes('id=');
}
