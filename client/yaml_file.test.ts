import { writeFileSync } from 'node:fs';

import { ConfigurationError } from '../program/exit';
import { TemporaryFolder } from './testing/temporary_folder';
import { readYamlFile, YamlValue } from './yaml_file';

const folder = new TemporaryFolder();
afterAll(() => folder.remove());

const read = (text: string): YamlValue => readYamlFile(folder.write(text));

/** The error's text with the file's path as FILE. */
function mistake(text: string): string {
  const path = folder.write(text);
  try {
    readYamlFile(path);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message.replaceAll(path, 'FILE');
  }
  throw new Error('no mistake was found');
}

test.each([
  ['7', '7'],
  ['1.10', '1.10'],
  ['1e3', '1e3'],
  ['.5', '.5'],
  ['0', '0'],
  ['12345678901234567890', '12345678901234567890'],
  ['yes', 'yes'],
  ['True', 'True'],
  ['2026-12-22', '2026-12-22'],
  ['/data/a#2', '/data/a#2'],
  ['"007"', '007'],
  ["'0x10'", '0x10'],
  ["'~'", '~'],
  ['"a # b"', 'a # b'],
  ['a b # a comment', 'a b'],
])('the value %s is taken as it is written', (value, text) => {
  expect(read(`key: ${value}\n`)).toEqual({ key: text });
});

test.each(['', '~', 'null', 'NULL'])('%j is no value', (value) => {
  expect(read(`key: ${value}\n`)).toEqual({ key: null });
});

test('lists and maps in both forms, after a byte order mark', () => {
  expect(read('\ufeffa:\n  - 1\n  - x\nb: {c: 2}\n')).toEqual({ a: ['1', 'x'], b: { c: '2' } });
  expect(read('')).toBeNull();
});

test.each(['010', '007', '0x10', '0o17', '0b1', '1_000', '-010'])(
  'the number %s is refused, since not every reader takes it for the same',
  (value) => {
    expect(mistake(`a:\n  key: ${value}\n`)).toMatch(
      new RegExp(`^FILE: line 2: a\\.key: ${value} is read in different ways`),
    );
  },
);

test.each([
  ['an anchor', 'a: &x 1\nb: 2\n', 'FILE: line 1: anchors and aliases are not known here'],
  ['an alias', 'a: 1\nb: {c: &x 3, d: *x}\n', 'FILE: line 2: anchors and aliases are not known here'],
  ['an alias in itself', 'a: &x {b: *x}\n', 'FILE: line 1: anchors and aliases are not known here'],
  ['a tag', 'a: !!int "3"\n', 'FILE: line 1: tags are not known here'],
  ['a key twice', 'a: 1\na: 2\n', 'FILE: cannot be read: Map keys must be unique at line 2, column 1:'],
  ['a key twice in two forms', 'a.b: 1\na:\n  b: 2\n', 'FILE: line 3: a.b stands there more than once'],
])('%s is refused', (_, text, message) => {
  expect(mistake(text)).toBe(message);
});

test('what is wrong is told without the text around it', () => {
  expect(mistake('password: geheim\n\tx: [\n')).not.toContain('geheim');
});

test('another encoding is told', () => {
  const path = folder.write('');
  writeFileSync(path, Buffer.from('\ufeffid: 1\n', 'utf16le'));
  expect(() => readYamlFile(path)).toThrow(`${path}: is in UTF-16; save it in UTF-8`);
});
