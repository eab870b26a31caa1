import { readFileSync } from 'node:fs';

import { ConfigurationError, oneLine } from '../program/exit';

/** The scheme and the user, then the rest from the `@` on. Where there are other parts in between, it is no match. */
const URL_WITHOUT_PASSWORD = /^(postgres(?:ql)?:\/\/[^:@/?#]+)(@.*)$/;
const ONE_LINE = /^[^\r\n]+$/;

/**
 * Puts the password that a file holds into a database's URL.
 *
 * @param url `postgresql://user@host:port/database`
 * @param file holds the password as its only line
 * @throws ConfigurationError in one line when the file cannot be read or holds anything else, or the URL has a password
 */
export function withPasswordOf(file: string, url: string): string {
  const [, user, rest] = URL_WITHOUT_PASSWORD.exec(url) ?? [];
  if (user === undefined || rest === undefined) {
    throw new ConfigurationError(
      'DATABASE_URL: with DATABASE_PASSWORD_FILE allowed is postgresql://user@host:port/database, without a password',
    );
  }
  return `${user}:${encodeURIComponent(readPassword(file))}${rest}`;
}

function readPassword(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`DATABASE_PASSWORD_FILE: ${file}: cannot be read: ${oneLine(error)}`);
  }
  const password = text.replace(/\r?\n$/, '');
  if (ONE_LINE.test(password)) return password;
  throw new ConfigurationError(`DATABASE_PASSWORD_FILE: ${file}: allowed is the password as its only line`);
}
