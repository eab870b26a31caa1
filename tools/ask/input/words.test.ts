import * as fc from 'fast-check';

import { OperationError } from '../../../program/exit';
import { splitWords } from './words';

test.each<[string, readonly string[]]>([
  ['', []],
  ['  \t ', []],
  ['get a', ['get', 'a']],
  ['  set\ta   b\r', ['set', 'a', 'b']],
  [`set a 'b  "c\\n'`, ['set', 'a', 'b  "c\\n']],
  [String.raw`set a "b \"c\" \\ \n\r\t'"`, ['set', 'a', `b "c" \\ \n\r\t'`]],
  [`set a ""`, ['set', 'a', '']],
  [`set a ''`, ['set', 'a', '']],
  [String.raw`set a O'Higgins\n`, ['set', 'a', String.raw`O'Higgins\n`]],
  ['bet 1 María,"Ñandú"', ['bet', '1', 'María,"Ñandú"']],
])('%j', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test.each<[string, RegExp]>([
  ['set a "b', /^a " has no end$/],
  [`set a 'b`, /^a ' has no end$/],
  ['set a "b\\', /backslash/],
  [String.raw`set a "\x"`, /^a backslash in "…" stands before n, r, t, " or \\/],
  ['set a "b"c', /^something follows a closing " without a blank$/],
])('%j is refused', (line, message) => {
  expect(() => splitWords(line)).toThrow(OperationError);
  expect(() => splitWords(line)).toThrow(message);
});

test('any text can be written in double quotes', () => {
  const escapes: Readonly<Record<string, string>> = {
    '"': '\\"',
    '\\': '\\\\',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
  };
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', ' ', "'", 'ñ', ...Object.keys(escapes)) })),
      (words) => {
        const line = words
          .map((word) => `"${word.replace(/["\\\n\r\t]/g, (found) => escapes[found]!)}"`)
          .join(' ');
        expect(splitWords(line)).toEqual(words);
      },
    ),
  );
});
