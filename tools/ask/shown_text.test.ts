import { MAX_SHOWN_BYTES, shownBytes, shownLine, shownText } from './shown_text';

test.each<[string, string]>([
  ['Ibáñez 名前 😀', 'Ibáñez 名前 😀'],
  ['a\tb\nc', 'a\tb\nc'],
  ['\u001b[2J\u0007\r\u0000\u007f', '\\u{1b}[2J\\u{7}\\u{d}\\u{0}\\u{7f}'],
  ['\u009b2J', '\\u{9b}2J'],
  ['\u202eabc\u2066\u200f\ufeff', '\\u{202e}abc\\u{2066}\\u{200f}\\u{feff}'],
  ['a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
])('%j', (text, shown) => {
  expect(shownText(text)).toBe(shown);
  expect(shownBytes(Buffer.from(text))).toBe(shown);
});

test('on one line', () => {
  expect(shownLine('a\nb\u001b')).toBe('a\\nb\\u{1b}');
});

test('bytes that are not in UTF-8 are shown one by one', () => {
  expect(shownBytes(Buffer.from([0x61, 0xff, 0x1b, 0x0a, 0xc3]))).toBe('a\\xff\\x1b\n\\xc3');
});

test('nothing that a terminal obeys is left of any byte', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  expect(shownBytes(bytes)).toMatch(/^[\t\n\x20-\x7e]*$/);
});

test('what is very long is cut off, and how much it was is said', () => {
  const shown = shownBytes(Buffer.alloc(MAX_SHOWN_BYTES + 7, 'a'));
  expect(shown).toHaveLength(
    MAX_SHOWN_BYTES + '\n… and 7 bytes more, which only a pipe or a file gets'.length,
  );
  expect(shown.slice(MAX_SHOWN_BYTES - 1)).toMatch(/^a\n… and 7 bytes more/);
});

test('a character that is cut in two does not change how the others are shown', () => {
  const shown = shownBytes(Buffer.from(`${'a'.repeat(MAX_SHOWN_BYTES - 1)}ñ`));
  expect(shown.slice(MAX_SHOWN_BYTES - 2)).toMatch(/^a\n… and 2 bytes more/);
});
