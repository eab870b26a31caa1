import { configurationFile } from './command_line';
import { ConfigurationError } from './exit';

const USAGE = 'Does it.\n\nusage: program [CONFIG_FILE]\n\n  -h, --help  prints this\n';
const read = (...words: string[]): string | undefined => configurationFile(words, 'default.ini', USAGE);

test('the file, or the default one', () => {
  expect(read()).toBe('default.ini');
  expect(read('other.ini')).toBe('other.ini');
});

test.each([['--help'], ['-h']])('%s prints the usage', (word) => {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(read(word)).toBeUndefined();
    expect(write).toHaveBeenCalledWith(USAGE);
  } finally {
    write.mockRestore();
  }
});

test.each([[['a', 'b']], [['--port', '1']], [['-x']], [['--']]])('%j is refused with the usage', (words) => {
  expect(() => read(...words)).toThrow(
    new ConfigurationError('usage: program [CONFIG_FILE]; --help prints more'),
  );
});
