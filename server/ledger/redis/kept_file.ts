import { factsFrom } from './durability';

/** Carries out a command. */
type Call = (words: readonly string[]) => Promise<unknown>;

/** How often it is noted how many settings were changed, while all is well. */
const NOTE_MS = 1_000;
/** What changes settings, and what sets its count to 0. */
const COUNTED = ['cmdstat_config|set', 'cmdstat_config|resetstat'];

/**
 * Whether a Redis keeps what it stores in a file that its next start reads. When `appendonly` is switched on, it does not
 * before it has rewritten the file once, whatever its settings say; until then a rewrite is under way or due. A rewrite of
 * a file that is kept looks the same. The two are told apart by whether any setting was changed since no rewrite was under
 * way: only then may it be the first.
 *
 * The connections of a server share one, so that a rewrite holds up none that is opened meanwhile.
 */
export class KeptFile {
  /** Of which process of Redis it is known that it keeps its file, and after how many changes of settings. */
  #process: string | undefined;
  #changes = '';
  #notedAtMs = Number.NEGATIVE_INFINITY;

  /**
   * Whether it is certain that what was stored before this call is in such a file.
   *
   * @param call over a connection, whose commands are carried out in their order
   * @param process what the Redis calls its process
   */
  async isCertain(call: Call, process: string): Promise<boolean> {
    const isDue = process !== this.#process || performance.now() - this.#notedAtMs > NOTE_MS;
    // The count before the look at the file: a change in between counts as one that came later.
    const [changes, isAwaited] = await Promise.all([
      isDue ? countChanges(call) : undefined,
      isRewriteAwaited(call),
    ]);
    if (isAwaited) return process === this.#process && (await countChanges(call)) === this.#changes;
    if (changes !== undefined) this.#note(process, changes);
    return true;
  }

  #note(process: string, changes: string): void {
    [this.#process, this.#changes, this.#notedAtMs] = [process, changes, performance.now()];
  }
}

async function isRewriteAwaited(call: Call): Promise<boolean> {
  const facts = factsFrom(String(await call(['INFO', 'persistence'])));
  return facts.get('aof_rewrite_in_progress') !== '0' || facts.get('aof_rewrite_scheduled') !== '0';
}

/** A text that is another one when settings were changed. */
async function countChanges(call: Call): Promise<string> {
  const facts = factsFrom(String(await call(['INFO', 'commandstats'])));
  return COUNTED.map((name) => /^calls=(\d+)/.exec(facts.get(name) ?? '')?.[1] ?? '0').join(' ');
}
