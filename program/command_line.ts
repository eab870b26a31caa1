import { ConfigurationError } from './exit';

/**
 * The one optional argument of both programs: the configuration file.
 *
 * @param words the command line after the program's name
 * @returns the file, or `undefined` when help was asked for and printed
 * @param usage what `--help` prints, with a line `usage: …`
 * @throws ConfigurationError with that line when there are other words
 */
export function configurationFile(
  words: readonly string[],
  defaultFile: string,
  usage: string,
): string | undefined {
  const [word, ...more] = words;
  if (word === '--help' || word === '-h') {
    process.stdout.write(usage);
    return undefined;
  }
  if (more.length > 0 || word?.startsWith('-') === true) throw new ConfigurationError(usageLineOf(usage));
  return word ?? defaultFile;
}

/** The line `usage: …` of what `--help` prints, and how to get all of it. */
function usageLineOf(usage: string): string {
  return `${/^usage: .*$/m.exec(usage)?.[0]}; --help prints more`;
}
