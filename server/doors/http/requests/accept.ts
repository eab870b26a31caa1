/** Content negotiation: the form of an answer that a client prefers (RFC 9110, 12.5.1). */

const WEIGHT = /^q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/i;

/**
 * The media type, of those offered, that an Accept header gives the highest weight; the first of equals.
 *
 * @param accept the header; `undefined` if there is none, which accepts anything
 * @returns `undefined` when none is acceptable
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

/** The weight of the most specific range that matches. */
function weightOf(mediaType: string, ranges: readonly MediaRange[]): number {
  const [type = ''] = mediaType.split('/');
  for (const wanted of [mediaType, `${type}/*`, '*/*']) {
    const found = ranges.find(({ range }) => range === wanted);
    if (found !== undefined) return found.weight;
  }
  return 0;
}
