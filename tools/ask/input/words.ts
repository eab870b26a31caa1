/** A line of the console, in words. */
import { OperationError } from '../../../program/exit';

const BLANKS = /[ \t\r]/;
/** What stands for which character behind a backslash in double quotes. */
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', r: '\r', t: '\t' };

/**
 * Splits a line at blanks. What stands in `'…'` is taken as it is; in `"…"`, `\n`, `\r`, `\t`, `\"` and `\\` are a line
 * feed, a carriage return, a tabulator, a quote and a backslash. A quote has this meaning only where a word begins: within
 * one it is a character like any other, and so is a backslash outside of `"…"`.
 *
 * @throws OperationError for a quote without an end, one that is followed by something else than a blank, or an unknown
 *   escape
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let place = 0;
  for (;;) {
    while (place < line.length && BLANKS.test(line[place]!)) place++;
    if (place >= line.length) return words;
    const quote = line[place];
    const { word, end } =
      quote === '"' || quote === "'" ? quotedWord(line, place + 1, quote) : plainWord(line, place);
    words.push(word);
    place = end;
  }
}

interface Word {
  readonly word: string;
  /** Where it ends in the line. */
  readonly end: number;
}

function plainWord(line: string, start: number): Word {
  let end = start;
  while (end < line.length && !BLANKS.test(line[end]!)) end++;
  return { word: line.slice(start, end), end };
}

function quotedWord(line: string, start: number, quote: '"' | "'"): Word {
  const parts: string[] = [];
  let from = start;
  for (let place = start; place < line.length; place++) {
    const character = line[place];
    if (character === '\\' && quote === '"') {
      const escaped = ESCAPES[line[place + 1] ?? ''];
      if (escaped === undefined) {
        throw new OperationError(
          String.raw`a backslash in "…" stands before n, r, t, " or \ (in '…' it is itself)`,
        );
      }
      parts.push(line.slice(from, place), escaped);
      from = ++place + 1;
    } else if (character === quote) {
      if (place + 1 < line.length && !BLANKS.test(line[place + 1]!)) {
        throw new OperationError(`something follows a closing ${quote} without a blank`);
      }
      parts.push(line.slice(from, place));
      return { word: parts.join(''), end: place + 1 };
    }
  }
  throw new OperationError(`a ${quote} has no end`);
}
