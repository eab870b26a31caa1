/** What comes from elsewhere, as it is shown to a person. */

/**
 * What a terminal would not show as a character: controls, formats (which may turn the direction of a text), separators
 * of lines, and what stands for nothing. Line feeds and tabulators are harmless.
 */
const UNSHOWN = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/gu;
/** A longer text is cut off on a terminal. */
export const MAX_SHOWN_BYTES = 65_536;

/** A text that does to a terminal nothing but show itself: what is no visible character is escaped, as `\u{1b}`. */
export function shownText(text: string): string {
  return text.replace(UNSHOWN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** The same on one line. */
export function shownLine(text: string): string {
  return shownText(text).replaceAll('\n', '\\n');
}

/** Bytes of any kind, as they are shown on a terminal: UTF-8 as text, others as `\xff`; what is too long is cut off. */
export function shownBytes(bytes: Buffer): string {
  const rest = bytes.length - MAX_SHOWN_BYTES;
  const shown = textOf(bytes.subarray(0, MAX_SHOWN_BYTES));
  return rest > 0 ? `${shown}\n… and ${rest} bytes more, which only a pipe or a file gets` : shown;
}

function textOf(bytes: Buffer): string {
  try {
    return shownText(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return [...bytes].map(shownByte).join('');
  }
}

function shownByte(byte: number): string {
  const isPlain = (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x09;
  return isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
}
