import { lastLineOf, LineReader } from './lines';

function linesOf(...pieces: string[]): string[] {
  const lines: string[] = [];
  const reader = new LineReader((line) => lines.push(line));
  for (const piece of pieces) reader.push(piece);
  return lines;
}

test('lines are put together from pieces', () => {
  expect(linesOf('one\ntw', 'o', '\n', '\nthree')).toEqual(['one', 'two', '']);
});

test('a line without an end is given out in parts', () => {
  const pieces = linesOf(...Array.from({ length: 300 }, () => 'x'.repeat(1024)));
  expect(pieces.length).toBeGreaterThan(1);
});

test.each([
  ['', ''],
  ['one', 'one'],
  ['one\ntwo\n', 'two'],
  ['one\n two \r\n\n\n', 'two'],
])('the last line of %j is %j', (text, last) => {
  expect(lastLineOf(text)).toBe(last);
});
