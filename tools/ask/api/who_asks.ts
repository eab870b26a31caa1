/** Options that say which server is asked, and by whom. */
import { ConfigurationError } from '../../../program/exit';
import type { NamedFile } from '../../../program/named_file';
import { readTextFile } from '../../../program/text_file';
import type { TlsFiles } from '../../../program/tls/tls_files';

const TOKEN = /^[A-Za-z0-9._~+/=-]{16,256}$/;
const TOKEN_RULE = '16 to 256 letters, digits and . _ ~ + / = -';

/** An address, as it was given. */
export interface AskedAddress {
  /** The option's name. */
  readonly option: string;
  readonly address: URL | undefined;
  /** The end of an error message. */
  readonly hint: string;
}

/** The files with which who asks takes part in TLS. @throws ConfigurationError for files that are of no use */
export function tlsFilesOf(
  values: { readonly ca?: string; readonly cert?: string; readonly key?: string },
  { option, address, hint }: AskedAddress,
): TlsFiles {
  const given = (['ca', 'cert', 'key'] as const).filter((name) => values[name] !== undefined);
  if (given.length > 0 && address?.protocol !== 'https:') {
    throw new ConfigurationError(`--${given[0]} is of no use without --${option} https://…; ${hint}`);
  }
  if ((values.cert === undefined) !== (values.key === undefined)) {
    throw new ConfigurationError(`--cert and --key go together; ${hint}`);
  }
  const named = (name: 'ca' | 'cert' | 'key'): NamedFile | undefined => {
    const path = values[name];
    return path === undefined ? undefined : { setting: `--${name}:`, path };
  };
  return { ca: named('ca'), certificate: named('cert'), key: named('key') };
}

/** Reads an address of a server. What is not understood may hold a password, and is not shown. @throws ConfigurationError */
export function addressOf(option: string, text: string, hint: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (isPlain) return url;
  throw new ConfigurationError(
    `--${option}: the value is wrong; allowed is http://HOST:PORT or https://HOST, without user and password; ${hint}`,
  );
}

/** The token of who asks: from a file, from the option, or from `ASK_TOKEN`. @throws ConfigurationError */
export function tokenOf(
  options: { readonly token?: string; readonly 'token-file'?: string },
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const file = options['token-file'];
  if (file !== undefined) return checkedToken(readTextFile(file).text.trim(), file);
  if (options.token !== undefined) return checkedToken(options.token, '--token');
  const variable = environment['ASK_TOKEN'] ?? '';
  return variable === '' ? undefined : checkedToken(variable, 'environment: ASK_TOKEN');
}

function checkedToken(token: string, where: string): string {
  if (TOKEN.test(token)) return token;
  throw new ConfigurationError(`${where}: this is no token; allowed is one token alone, ${TOKEN_RULE}`);
}
