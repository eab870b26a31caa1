/** Which form of an answer a client wants (RFC 9110, 12.5.1). */

const WEIGHT = /^q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/i;

/**
 * The media type, of those offered, that an Accept header weighs most; the first of several alike.
 *
 * @param accept the header; `undefined` where there is none, which takes anything
 * @returns `undefined` when none is wanted
 */
export function chooseMediaType<const Offered extends string>(
  accept: string | undefined,
  offered: readonly Offered[],
): Offered | undefined {
  if (accept === undefined) return offered[0];
  const ranges = accept.split(',').map(readRange);
  let chosen: Offered | undefined;
  let highest = 0;
  for (const mediaType of offered) {
    const weight = weightOf(mediaType, ranges);
    if (weight <= highest) continue;
    chosen = mediaType;
    highest = weight;
  }
  return chosen;
}

interface MediaRange {
  readonly range: string;
  /** 0 to 1. */
  readonly weight: number;
}

function readRange(text: string): MediaRange {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weights = parameters.filter((parameter) => parameter.startsWith('q='));
  const [, weight = weights.length === 0 ? '1' : '0'] = WEIGHT.exec(weights[0] ?? '') ?? [];
  return { range, weight: Number(weight) };
}

/** The most exact range decides. */
function weightOf(mediaType: string, ranges: readonly MediaRange[]): number {
  const [type = ''] = mediaType.split('/');
  for (const wanted of [mediaType, `${type}/*`, '*/*']) {
    const found = ranges.find(({ range }) => range === wanted);
    if (found !== undefined) return found.weight;
  }
  return 0;
}
