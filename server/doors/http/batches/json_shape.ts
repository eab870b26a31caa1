/** Checks JSON before it is parsed, since parsing can take many times the time and memory of its bytes. */
import { MAX_BATCH_SIZE } from '../../../../protocol/limits';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
/** The most commas and starts of objects and lists. A bet has seven of them, and one more when it has a member too many. */
const MAX_PARTS = (MAX_BATCH_SIZE + 1) * 8;
const MAX_DEPTH = 16;
/** How each byte outside of strings changes the depth: `{` and `[` by 1, `}` and `]` by -1. */
const DEPTH_CHANGE = new Int8Array(256);
for (const character of '{[') DEPTH_CHANGE[character.charCodeAt(0)] = 1;
for (const character of '}]') DEPTH_CHANGE[character.charCodeAt(0)] = -1;

/** Whether the text, if it is JSON, has no more parts than the longest batch and is not deeply nested. */
export function mayBeBatch(json: Buffer): boolean {
  let depth = 0;
  let parts = 0;
  for (let offset = 0; offset < json.length; offset++) {
    const byte = json[offset]!;
    if (byte === QUOTE) offset = stringEnd(json, offset);
    const change = DEPTH_CHANGE[byte]!;
    if (byte !== COMMA && change === 0) continue;
    depth += change;
    if (change >= 0) parts++;
    if (depth > MAX_DEPTH || parts > MAX_PARTS) return false;
  }
  return true;
}

/** The offset of the quote that closes the string, or the end of the text. */
function stringEnd(json: Buffer, start: number): number {
  for (let end = json.indexOf(QUOTE, start + 1); end >= 0; end = json.indexOf(QUOTE, end + 1)) {
    let backslash = end - 1;
    while (json[backslash] === BACKSLASH) backslash--;
    // An even number of backslashes escape each other, not the quote.
    if ((end - backslash) % 2 === 1) return end;
  }
  return json.length;
}
