/** What comes from elsewhere, as it is shown to a person. */
import { counted } from '../../program/counted';

/**
 * What a terminal would not show as a character: controls, formats (which may turn the direction of a text), separators
 * of lines, and what stands for nothing. Line feeds and tabulators are harmless.
 */
const UNSHOWN = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/gu;
/** A longer text is cut off on a terminal. */
export const MAX_SHOWN_BYTES = 65_536;
/** So many bytes of a character in UTF-8 follow its first one at most. */
const MAX_CONTINUATIONS = 3;

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
  const end = bytes.length > MAX_SHOWN_BYTES ? characterBefore(bytes, MAX_SHOWN_BYTES) : bytes.length;
  const shown = textOf(bytes.subarray(0, end));
  const more = counted(bytes.length - end, 'byte');
  return end < bytes.length ? `${shown}\n… and ${more} more, which only a pipe or a file gets` : shown;
}

/** The place at which a text in UTF-8 can be cut so that no character is cut in two: this one, or up to 3 bytes before. */
function characterBefore(bytes: Buffer, place: number): number {
  let end = place;
  while (end > place - MAX_CONTINUATIONS && (bytes[end]! & 0xc0) === 0x80) end--;
  return end;
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
