/** What the Tab key offers. */
import { COMMANDS } from './commands/all_commands';
import type { Completions } from './input/terminal_input';

/** Paths that are offered beside the names of the notes. */
const PATHS = ['/agencies/', '/draw', '/notes/'];

/**
 * The words that a line can go on with.
 *
 * @param noteNames asked for where a key is to be written
 * @returns the words that begin with the part of the line that they replace, and this part, as readline takes them
 */
export async function completionsOf(
  line: string,
  noteNames: () => Promise<readonly string[]>,
): Promise<Completions> {
  const words = line.trimStart().split(/ +/);
  const part = words.at(-1) ?? '';
  const offered = await offeredAt(words, part, noteNames);
  return [offered.filter((word) => word.startsWith(part)).sort(), part];
}

async function offeredAt(
  words: readonly string[],
  part: string,
  noteNames: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const names = COMMANDS.map(({ name }) => name);
  if (words.length <= 1) return names.map((name) => `${name} `);
  if (words.length > 2) return [];
  const kind = COMMANDS.find(({ name }) => name === words[0])?.firstWord;
  if (kind === 'command') return names;
  if (kind === undefined) return [];
  return part.startsWith('/') ? PATHS : noteNames();
}
