/**
 * `REDIS_URL`, as the IANA registers the schemes redis and rediss: `redis://user:password@host:port/number`. No error repeats
 * a part of it in which a password may stand.
 */
import { ConfigurationError } from './exit';

/** The form of a `REDIS_URL`, for errors. */
export const REDIS_URL_FORM = 'redis://user:password@host:port/number';

/** What a `REDIS_URL` says. */
export interface RedisAddress {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  /** Whether the connection is encrypted, and the server's certificate verified (`rediss`). */
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The number of the database. */
  readonly database: number;
}

const DEFAULT_PORT = 6379;
const URL_PARTS =
  /^(rediss?):\/\/(?:([^@/?#]*)@)?(\[[0-9A-Fa-f:.]+\]|[^:[\]@/?#\s]+)(?::([0-9]{1,5}))?(?:\/([0-9]{0,6}))?$/;
const ESCAPES = 'in a user or password write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23, % as %25';

/**
 * Takes a `REDIS_URL` apart.
 *
 * @param place where it was found and its key, for the error
 * @throws ConfigurationError in one line: the place, what is wrong, what is allowed; never a password
 */
export function parseRedisUrl(url: string, place = 'REDIS_URL'): RedisAddress {
  const [, scheme, userInfo = '', host, port, database] = URL_PARTS.exec(url.trim()) ?? [];
  if (host === undefined) {
    throw new ConfigurationError(`${place}: no ${REDIS_URL_FORM} (rediss encrypts); ${ESCAPES}`);
  }
  const portNumber = port === undefined ? DEFAULT_PORT : Number(port);
  if (portNumber < 1 || portNumber > 65_535) {
    throw new ConfigurationError(`${place}: the port is none from 1 to 65535`);
  }
  const [user = '', ...rest] = userInfo.split(':');
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: portNumber,
    isEncrypted: scheme === 'rediss',
    user: decode(user, place),
    password: decode(rest.join(':'), place),
    database: Number(database ?? 0),
  };
}

function decode(text: string, place: string): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text);
  } catch {
    throw new ConfigurationError(`${place}: a % without two digits behind it; ${ESCAPES}`);
  }
}
