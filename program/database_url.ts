/**
 * `DATABASE_URL`: a connection URI as libpq reads it, so that the same text works with psql and pg_dump. Source:
 * PostgreSQL's documentation, "Connection URIs" and "Parameter Key Words" (libpq).
 *
 * It is taken apart here and not by the `URL` of the language, which knows no list of hosts and cuts at a `#`. No error
 * repeats a part of it in which a password may stand.
 */
import { ConfigurationError } from './exit';
import { isThisMachine } from './loopback';

/** How a connection is encrypted and whom it trusts, by the names and with the meaning of libpq. */
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** The database's servers that are taken. A ledger is written to: with each of them a standby is passed over. */
const SESSION_ATTRIBUTES = ['any', 'read-write', 'primary'] as const;

/** The form of a `DATABASE_URL`, for errors. */
export const DATABASE_URL_FORM = 'postgresql://user:password@host:port/database';

/** One of the database's servers. */
export interface DatabaseHost {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** What a `DATABASE_URL` says. */
export interface DatabaseAddress {
  /** One at least, in the order in which they are tried. */
  readonly hosts: readonly DatabaseHost[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** As the URL says; `undefined` where it does not, and {@link sslModeFor} decides by the host. */
  readonly sslMode: SslMode | undefined;
  /** The file of the CAs that are trusted; `system` or `undefined` for the public ones. */
  readonly sslRootCert: string | undefined;
  /** The files of this server's own certificate and its key, and the key's passphrase. */
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  readonly sslPassword: string | undefined;
  /** Whether TLS begins at once, without asking for it in the clear. */
  readonly isSslDirect: boolean;
  readonly connectTimeoutMs: number | undefined;
  readonly applicationName: string | undefined;
  /** Command line options of the session (`-c search_path=lottery`). */
  readonly options: string | undefined;
}

const DEFAULT_PORT = 5432;
const DEFAULT_HOST = 'localhost';
const URL_PARTS = /^postgres(?:ql)?:\/\/(?:([^@/?]*)@)?([^/?@]*)(?:\/([^/?@]*))?(?:\?(.*))?$/s;
const HOST_PARTS = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]\s]*)(?::([0-9]*))?$/;
const WHOLE_SECONDS = /^[0-9]{1,6}$/;
/** What is known of libpq's parameters, by their names. Keys that mean nothing here stand there too: `undefined`. */
const PARAMETERS = [
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'sslmode',
  'ssl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslnegotiation',
  'target_session_attrs',
  'connect_timeout',
  'application_name',
  'fallback_application_name',
  'options',
] as const;
type Parameter = (typeof PARAMETERS)[number];
type Parameters = ReadonlyMap<Parameter, string>;

/**
 * Takes a `DATABASE_URL` apart.
 *
 * @param place where it was found and its key, for the error
 * @throws ConfigurationError in one line: the place, what is wrong, what is allowed; never a password
 */
export function parseDatabaseUrl(url: string, place = 'DATABASE_URL'): DatabaseAddress {
  const wrong = (what: string): ConfigurationError => new ConfigurationError(`${place}: ${what}`);
  const [, userInfo, hostList, name, query] = URL_PARTS.exec(url.trim()) ?? [];
  if (hostList === undefined) throw wrong(`no ${DATABASE_URL_FORM}; ${ESCAPES}`);
  const decode = decoder(wrong);
  const parameters = readParameters(query ?? '', decode, wrong);
  const { user, password } = readUser(userInfo, decode);
  const hosts = readHosts(hostList, parameters, decode, wrong);
  const mode = sslModeOf(parameters, hosts, wrong);
  requireOneOf(parameters, 'target_session_attrs', SESSION_ATTRIBUTES, wrong);
  return {
    hosts,
    user: parameters.get('user') ?? user,
    password: parameters.get('password') ?? password,
    database: parameters.get('dbname') ?? orNone(decode(name ?? '')),
    sslMode: mode,
    sslRootCert: orNone(parameters.get('sslrootcert')),
    sslCert: orNone(parameters.get('sslcert')),
    sslKey: orNone(parameters.get('sslkey')),
    sslPassword: orNone(parameters.get('sslpassword')),
    isSslDirect: requireOneOf(parameters, 'sslnegotiation', ['postgres', 'direct'], wrong) === 'direct',
    connectTimeoutMs: connectTimeoutOf(parameters, wrong),
    applicationName: parameters.get('application_name') ?? parameters.get('fallback_application_name'),
    options: orNone(parameters.get('options')),
  };
}

/**
 * How the connection to one of the hosts is encrypted, and whom it trusts. Where the URL does not say, nothing is encrypted
 * that stays on this machine, and every other host must prove who it is.
 */
export function sslModeFor({ sslMode }: DatabaseAddress, { host }: DatabaseHost): SslMode {
  return sslMode ?? modeByDefault(host);
}

function modeByDefault(host: string): SslMode {
  return isThisMachine(host) ? 'disable' : 'verify-full';
}

const ESCAPES = 'in a user or password write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23, % as %25';

type Decode = (text: string) => string;
type Wrong = (what: string) => ConfigurationError;

function decoder(wrong: Wrong): Decode {
  return (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      throw wrong(`a % without two digits behind it; ${ESCAPES}`);
    }
  };
}

function readUser(userInfo: string | undefined, decode: Decode): Pick<DatabaseAddress, 'user' | 'password'> {
  const [user = '', ...rest] = (userInfo ?? '').split(':');
  return { user: orNone(decode(user)), password: orNone(decode(rest.join(':'))) };
}

function readParameters(query: string, decode: Decode, wrong: Wrong): Parameters {
  const found = new Map<Parameter, string>();
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const [key, ...rest] = pair.split('=');
    const name = decode(key ?? '');
    const known = PARAMETERS.find((parameter) => parameter === name);
    // The name of a parameter may be a part of a password that has a `?` or `&` in it.
    if (known === undefined || rest.length === 0) {
      const said =
        /^[a-z_]{1,40}$/.test(name) && rest.length > 0
          ? `parameter ${name} is unknown`
          : 'a parameter has no name';
      throw wrong(`${said}; known are ${PARAMETERS.join(', ')}`);
    }
    found.set(known, decode(rest.join('=')));
  }
  return found;
}

function readHosts(list: string, parameters: Parameters, decode: Decode, wrong: Wrong): DatabaseHost[] {
  const named = parameters.get('host');
  const ports = (parameters.get('port') ?? '').split(',');
  const parts = list.split(',').map((part, index) => {
    const [, host, port] = HOST_PARTS.exec(part) ?? [];
    if (host === undefined) throw wrong(`host ${index + 1} is no host:port; ${ESCAPES}`);
    return { host: decode(host.replace(/^\[|\]$/g, '')), port };
  });
  const hosts = named === undefined ? parts : named.split(',').map((host) => ({ host, port: undefined }));
  if (ports.length > 1 && ports.length !== hosts.length) {
    throw wrong(`parameter port has ${ports.length} ports for ${hosts.length} hosts`);
  }
  return hosts.map(({ host, port }, index) => ({
    host: orNone(host) ?? DEFAULT_HOST,
    port: portOf(orNone(port) ?? orNone(ports[index] ?? ports[0]), index, wrong),
  }));
}

function portOf(text: string | undefined, index: number, wrong: Wrong): number {
  const port = text === undefined ? DEFAULT_PORT : Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw wrong(`the port of host ${index + 1} is none from 1 to 65535; ${ESCAPES}`);
}

function sslModeOf(
  parameters: Parameters,
  hosts: readonly DatabaseHost[],
  wrong: Wrong,
): SslMode | undefined {
  const mode = requireOneOf(parameters, 'sslmode', SSL_MODES, wrong);
  // What libpq takes for the sake of JDBC.
  const isAsked = requireOneOf(parameters, 'ssl', ['true'], wrong) === 'true';
  const certificates = (['sslrootcert', 'sslcert', 'sslkey'] as const).filter((name) => parameters.has(name));
  const chosen = mode ?? (isAsked ? 'require' : undefined);
  const isPlain = hosts.every(({ host }) => (chosen ?? modeByDefault(host)) === 'disable');
  if (isPlain && certificates.length > 0) {
    throw wrong(`parameter ${certificates[0]} without encryption; set sslmode=verify-full beside it`);
  }
  requireCaOfOnesOwn(chosen, parameters.get('sslrootcert'), wrong);
  if (parameters.has('sslcert') !== parameters.has('sslkey')) {
    throw wrong('sslcert and sslkey are needed together: the files of the client certificate and of its key');
  }
  return chosen;
}

/** A public CA vouches for anybody: it is of use only where the name is looked at too. As libpq has it. */
function requireCaOfOnesOwn(mode: SslMode | undefined, sslRootCert = '', wrong: Wrong): void {
  if (mode === undefined || mode === 'verify-full') return;
  if (sslRootCert !== 'system' && (sslRootCert !== '' || mode !== 'verify-ca')) return;
  throw wrong(
    `sslmode=${mode} needs sslrootcert, the file of your CA: a public CA vouches for anybody (verify-full looks at the name too)`,
  );
}

function connectTimeoutOf(parameters: Parameters, wrong: Wrong): number | undefined {
  const text = parameters.get('connect_timeout');
  if (text === undefined || text === '0') return undefined;
  if (WHOLE_SECONDS.test(text)) return Number(text) * 1_000;
  throw wrong('connect_timeout is no number of seconds');
}

/** The value of a parameter; `undefined` when it is not there. */
function requireOneOf<const Word extends string>(
  parameters: Parameters,
  name: Parameter,
  words: readonly Word[],
  wrong: Wrong,
): Word | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw wrong(`${name}=${JSON.stringify(text)} is wrong; allowed is one of ${words.join(', ')}`);
}

function orNone(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
