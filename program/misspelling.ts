/** Names that are almost one that is known. */

const MAX_NAME_LENGTH = 64;

/** How many letters a word of so many may differ in. */
function allowedEdits(letters: number): number {
  if (letters <= 2) return 0;
  return letters <= 6 ? 1 : 2;
}

/**
 * The known name that somebody must have meant who wrote this one: words in another case or without what separates
 * them, a letter or two wrong, missing, doubled or swapped in a word, or a word left out at the beginning or the end of
 * a long one. Words are compared one by one: `DATABASE_SSL` is not `DATABASE_URL`.
 *
 * @param known names in words, with `_` or `.` between them
 * @returns `undefined` when the name is known, or is like none
 */
export function closestOf(name: string, known: readonly string[]): string | undefined {
  return known.includes(name) ? undefined : closestIn(name, known.map(readName));
}

/** A name, read once. */
interface ReadName {
  readonly name: string;
  /** In capitals. */
  readonly words: readonly string[];
  /** The same without what separates them. */
  readonly letters: string;
}

function readName(name: string): ReadName {
  const words = name.toUpperCase().split(/[_.-]/);
  return { name, words, letters: words.join('') };
}

/** @param name which is none of those that are known */
function closestIn(name: string, known: readonly ReadName[]): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return undefined;
  const given = readName(name);
  let closest: string | undefined;
  let least = Infinity;
  for (const other of known) {
    const distance = distanceBetween(given, other) ?? Infinity;
    if (distance >= least) continue;
    least = distance;
    closest = other.name;
  }
  return closest;
}

/** A variable of the environment that is no setting, and the one that seems to be meant, if there is one. */
export interface UnknownVariable {
  readonly name: string;
  readonly meant: string | undefined;
}

/** The most unknown variables that are told. */
const MAX_UNKNOWN = 10;

/**
 * The variables that are set and look like settings of this program, but are none. Their values are not looked at,
 * except that an empty one counts as not set.
 *
 * @param known the names of all settings
 * @param ownPrefix what no other program's variables begin with; `undefined` where there is no such prefix
 * @param others variables of other programs of this project
 * @returns 10 at most
 */
export function unknownVariables(
  environment: NodeJS.ProcessEnv,
  known: readonly string[],
  { ownPrefix, others }: { readonly ownPrefix?: string; readonly others?: RegExp },
): UnknownVariable[] {
  const knownNames = known.map(readName);
  const unknown: UnknownVariable[] = [];
  for (const name of Object.keys(environment)) {
    if (known.includes(name) || others?.test(name) === true || environment[name] === '') continue;
    const meant = closestIn(name, knownNames);
    const isOwn = ownPrefix !== undefined && name.startsWith(ownPrefix);
    if (meant === undefined && !isOwn) continue;
    unknown.push({ name, meant });
    if (unknown.length >= MAX_UNKNOWN) break;
  }
  return unknown;
}

/** How far apart two names are; `undefined` when one is not meant for the other. */
function distanceBetween(name: ReadName, known: ReadName): number | undefined {
  if (name.letters === known.letters) return 0;
  const { words } = name;
  const { words: knownWords } = known;
  if (words.length === knownWords.length) return sumOfEdits(words, knownWords);
  const missing = knownWords.length - words.length;
  // Two words or more: one alone, such as PORT, is anybody's.
  if (missing === 1 && words.length >= 2) {
    const isPart = [knownWords.slice(1), knownWords.slice(0, -1)].some(
      (part) => part.join() === words.join(),
    );
    return isPart ? 2 : undefined;
  }
  return undefined;
}

function sumOfEdits(words: readonly string[], knownWords: readonly string[]): number | undefined {
  let sum = 0;
  for (const [index, word] of words.entries()) {
    const knownWord = knownWords[index] ?? '';
    const allowed = allowedEdits(Math.min(word.length, knownWord.length));
    // Each letter that one has more is an edit.
    if (Math.abs(word.length - knownWord.length) > allowed) return undefined;
    const edits = word === knownWord ? 0 : editsBetween(word, knownWord);
    if (edits > allowed) return undefined;
    sum += edits;
  }
  return sum <= 2 ? sum : undefined;
}

/** Letters to insert, remove or replace, or neighbours to swap (the optimal string alignment distance). */
function editsBetween(one: string, two: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: two.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= two.length; column++) {
      const isSame = one[row - 1] === two[column - 1];
      let edits = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwapped = row > 1 && one[row - 1] === two[column - 2] && one[row - 2] === two[column - 1];
      if (isSwapped) edits = Math.min(edits, (beforeLast[column - 2] ?? 0) + 1);
      current.push(edits);
    }
    [beforeLast, last] = [last, current];
  }
  return last[two.length] ?? 0;
}
