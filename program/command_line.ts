import { ConfigurationError } from './exit';

/**
 * The one optional argument of both programs: the configuration file.
 *
 * @param words the command line after the program's name
 * @returns the file, or `undefined` when help was asked for and printed
 * @throws ConfigurationError with the usage when there are other words
 */
export function configurationFile(
  words: readonly string[],
  defaultFile: string,
  usage: string,
): string | undefined {
  const [word, ...more] = words;
  if (word === '--help' || word === '-h') {
    process.stdout.write(`${usage}\n`);
    return undefined;
  }
  if (more.length > 0 || word?.startsWith('-') === true) throw new ConfigurationError(usage);
  return word ?? defaultFile;
}
