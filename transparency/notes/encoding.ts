/** How notes write bytes and numbers: each value has one form, and every other one is refused. */

/** What standard base64 (RFC 4648, section 4) stands for; `undefined` unless it is written as {@link Buffer} writes it. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** A whole number from 0 to 2^53 − 1 in decimal, without zeros before it; `undefined` for anything else. */
export function parseCount(text: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : undefined;
}

/** A text of somebody else's in an error message: on one line, and not all of a long one. */
export function quoted(text: string): string {
  const MAX_LENGTH = 80;
  return JSON.stringify(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text);
}
