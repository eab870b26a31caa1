import { ConfigurationError, oneLine } from '../program/exit';
import { readSmallFile } from '../program/small_file';

/** The scheme, the user, then the rest behind the `@`. Where there are other parts in between, it is no match. */
const URLS_WITHOUT_PASSWORD = {
  DATABASE_URL: /^(postgres(?:ql)?:\/\/)([^:@/?#]+)@(.*)$/,
  REDIS_URL: /^(rediss?:\/\/)(?:([^:@/?#]*)@)?([^@]*)$/,
} as const;
const FORMS = {
  DATABASE_URL: 'postgresql://user@host:port/database',
  REDIS_URL: 'redis://user@host:port/number',
} as const;
const MAX_BYTES = 65_536;
const ONE_LINE = /^[^\r\n]+$/;

/**
 * Puts the password that a file holds into a database's URL.
 *
 * @param key of the URL
 * @param url without a password
 * @param file holds the password as its only line
 * @throws ConfigurationError in one line when the file cannot be read or holds anything else, or the URL has a password
 */
export function withPasswordOf(file: string, key: keyof typeof FORMS, url: string): string {
  const [, scheme, user = '', rest] = URLS_WITHOUT_PASSWORD[key].exec(url) ?? [];
  if (scheme === undefined || rest === undefined) {
    throw new ConfigurationError(
      `${key}: with DATABASE_PASSWORD_FILE allowed is ${FORMS[key]}, without a password`,
    );
  }
  return `${scheme}${user}:${encodeURIComponent(readPassword(file))}@${rest}`;
}

function readPassword(file: string): string {
  let text: string;
  try {
    text = readSmallFile(file, MAX_BYTES).bytes.toString();
  } catch (error) {
    throw new ConfigurationError(`DATABASE_PASSWORD_FILE: ${file}: cannot be read: ${oneLine(error)}`);
  }
  const password = text.replace(/\r?\n$/, '');
  if (ONE_LINE.test(password)) return password;
  throw new ConfigurationError(`DATABASE_PASSWORD_FILE: ${file}: allowed is the password as its only line`);
}
