import { NOWHERE } from '../../ledger/log_place';
import { Refusal } from '../http/refusals/problem';
import { KEYS_AT_ONCE } from './limits';
import type { MemcachedContext } from './memcached_context';
import { readPath } from './path_commands';
import { lineReply, refusalOf, valueReply } from './replies';
import type { Target } from './targets';

const END = lineReply('END');
const NOT_FOUND = 404;

/** A key, and what it is about. */
export interface ReadKey {
  readonly key: string;
  readonly target: Target;
}

/** What a `get` needs of its connection. */
export interface ValueReader {
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Whether there is memory for the values, now that it is the command's turn. */
  readonly hasRoom: () => boolean;
}

/**
 * The reply to a `get`: those of the keys under which something is stored, in their order. One that may be long has its
 * turn among all connections.
 *
 * @throws ProtocolError, Refusal; `too-large` when all values together are longer than one may be
 */
export function readValues(
  context: MemcachedContext,
  keys: readonly ReadKey[],
  hasUnique: boolean,
  reader: ValueReader,
): Promise<Buffer> {
  const long = keys.filter(({ target }) => target.kind === 'note' || target.kind === 'batch');
  if (long.length === 0) return readAll(context, keys, hasUnique, reader);
  // Whoever waits for a draw must not keep the others from reading.
  if (keys.some(({ target }) => target.kind === 'draw' || target.kind === 'winners')) {
    throw new Refusal('bad-request', 'the draw and winners are asked for without notes and batches');
  }
  return context.reads.run(reader.signal, () => readAll(context, keys, hasUnique, reader));
}

async function readAll(
  context: MemcachedContext,
  keys: readonly ReadKey[],
  hasUnique: boolean,
  { signal, hasRoom }: ValueReader,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  // What may be read at once of one value: the forms of a batch are longer than its payload.
  let leftBytes = 2 * context.maxValueBytes;
  for (let index = 0; index < keys.length; index += KEYS_AT_ONCE) {
    if (signal.aborted) throw new Refusal('unavailable', 'nobody waits for the values');
    if (!hasRoom()) throw new Refusal('unavailable', 'too many values are not taken: try again later');
    const some = keys.slice(index, index + KEYS_AT_ONCE);
    const values = await Promise.all(some.map((key) => readOne(context, key, hasUnique, signal)));
    for (const value of values) {
      if (value === undefined) continue;
      leftBytes -= value.length;
      if (leftBytes < 0) throw new Refusal('too-large', 'the values are too long together: ask for fewer');
      parts.push(value);
    }
  }
  return Buffer.concat([...parts, END]);
}

async function readOne(
  { lottery }: MemcachedContext,
  { key, target }: ReadKey,
  hasUnique: boolean,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (target.kind !== 'note') {
    const bytes = await readPath(lottery, target, signal).catch(nothingIfMissing);
    return bytes && valueReply(key, 0, bytes, hasUnique ? NOWHERE : undefined);
  }
  const note = await lottery.notes.get(target.owner, target.name).catch(nothingIfMissing);
  return note && valueReply(key, note.flags, note.value, hasUnique ? note.place : undefined);
}

/** What there is not is left out. @throws the error, when it says anything else */
function nothingIfMissing(error: unknown): undefined {
  if (refusalOf(error).status !== NOT_FOUND) throw error;
}
