/** The setting DATABASE_URL: what can be told of it without the database, and without showing it. */
import { parsedText, TextSetting } from '../program/settings';

/** What is allowed, in words. */
export const DATABASE_URL_FORM = 'postgresql://user:password@host:port/database';

const URL_FORM = /^postgres(?:ql)?:\/\/(?<authority>[^/?#]*)(?<rest>.*)$/;
/** A host's name or address, or a folder of sockets with `%2F`, and a port. */
const HOST_FORM = /^(?:\[[0-9A-Fa-f:.%]+\]|[^\s:[\]]*)(?::(?<port>[0-9]{1,5}))?$/;
const MAX_PORT = 65_535;
/** Characters that end the password, with what they are written as. */
const TO_BE_ENCODED: Readonly<Record<string, string>> = { '#': '%23', '/': '%2F', '?': '%3F' };

/** The setting's type: a URL as libpq takes it. It is secret. */
export function databaseUrl(): TextSetting<string> {
  const parse = (url: string): string | undefined => (mistakeIn(url) === undefined ? url : undefined);
  return parsedText(parse, DATABASE_URL_FORM).withHint(mistakeIn).secret();
}

/** What is wrong with a URL, in words that do not repeat it; `undefined` when nothing is. */
function mistakeIn(url: string): string | undefined {
  const { authority, rest } = URL_FORM.exec(url)?.groups ?? {};
  if (authority === undefined || rest === undefined) return 'it begins otherwise';
  if (/\s/.test(url)) return 'a space in it is written %20';
  const cut = characterThatCuts(authority, rest);
  if (cut !== undefined) return `a ${cut} in the password is written ${TO_BE_ENCODED[cut]}`;
  if (/%(?![0-9A-Fa-f]{2})/.test(url)) return 'a % in the password is written %25';
  const hosts = authority.slice(authority.lastIndexOf('@') + 1).split(',');
  return hosts.every(isHost) ? undefined : 'what stands for host:port is none';
}

/** A character of the password that a reader of URLs takes for the end of host and port. */
function characterThatCuts(authority: string, rest: string): string | undefined {
  if (rest.includes('#')) return '#';
  // A parameter may hold an @.
  const isInParameter = /^[^?@]*\?\w+=/.test(rest);
  return !authority.includes('@') && rest.includes('@') && !isInParameter ? rest[0] : undefined;
}

function isHost(text: string): boolean {
  const match = HOST_FORM.exec(text);
  const port = match?.groups?.['port'];
  return match !== null && (port === undefined || (Number(port) >= 1 && Number(port) <= MAX_PORT));
}
