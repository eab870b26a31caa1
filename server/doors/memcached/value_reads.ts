import { Refusal } from '../http/refusals/problem';
import { KEYS_AT_ONCE } from './limits';
import type { MemcachedContext } from './memcached_context';
import type { PathTarget } from './path_commands';
import { lineReply, refusalOf, valueReply } from './replies';
import type { Target } from './targets';

const END = lineReply('END');
const NOT_FOUND = 404;

/** A key, and what it is about. */
export interface ReadKey {
  readonly key: string;
  readonly target: Target;
}

/**
 * The reply to a `get`: those of the keys under which something is stored, in their order.
 *
 * @param signal aborted when nobody waits any more
 * @param readPath reads what is no note
 * @throws ProtocolError, Refusal; `too-large` when all values together are longer than one may be
 */
export async function readValues(
  context: MemcachedContext,
  keys: readonly ReadKey[],
  hasUnique: boolean,
  signal: AbortSignal,
  readPath: (target: PathTarget) => Promise<Buffer | undefined>,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  // What may be read at once of one value: the forms of a batch are longer than its payload.
  let leftBytes = 2 * context.maxValueBytes;
  for (let index = 0; index < keys.length; index += KEYS_AT_ONCE) {
    const some = keys.slice(index, index + KEYS_AT_ONCE);
    const values = await Promise.all(
      some.map((key) => context.reads.run(signal, () => readOne(context, key, hasUnique, readPath))),
    );
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
  readPath: (target: PathTarget) => Promise<Buffer | undefined>,
): Promise<Buffer | undefined> {
  if (target.kind !== 'note') {
    const bytes = await readPath(target).catch(nothingIfMissing);
    return bytes && valueReply(key, 0, bytes, hasUnique ? { sequence: 0, position: 0 } : undefined);
  }
  const note = await lottery.notes.get(target.owner, target.name).catch(nothingIfMissing);
  return note && valueReply(key, note.flags, note.value, hasUnique ? note.place : undefined);
}

/** What there is not is left out. @throws the error, when it says anything else */
function nothingIfMissing(error: unknown): undefined {
  if (refusalOf(error).status !== NOT_FOUND) throw error;
}
