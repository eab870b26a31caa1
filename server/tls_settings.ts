/** Which doors speak TLS, and with which files. */
import { ConfigurationError } from '../program/exit';
import type { ServerConfiguration, ServerKey, ServerSettings } from './config';
import type { CredentialFiles } from './doors/tls/tls_credentials';

/** Whether each door speaks TLS. */
export interface TlsDoors {
  readonly agencies: boolean;
  readonly http: boolean;
  readonly memcached: boolean;
}

/** The doors that are open and speak TLS. */
export function tlsDoorsOf(configuration: ServerConfiguration): TlsDoors {
  const { SERVER_TLS_PORT, SERVER_TLS_CERT, HTTP_PORT, HTTP_TLS, MEMCACHED_PORT, MEMCACHED_TLS } =
    configuration;
  const byDefault = SERVER_TLS_CERT === undefined ? 'off' : 'on';
  return {
    agencies: SERVER_TLS_PORT !== undefined,
    http: HTTP_PORT !== undefined && (HTTP_TLS ?? byDefault) === 'on',
    memcached: MEMCACHED_PORT !== undefined && (MEMCACHED_TLS ?? byDefault) === 'on',
  };
}

/**
 * The files of the server's credentials; `undefined` where no door speaks TLS.
 *
 * @throws ConfigurationError in one line: place, key, what is allowed
 */
export function credentialFilesOf(settings: ServerSettings): CredentialFiles | undefined {
  const { configuration } = settings;
  requireTogether(settings);
  const doors = tlsDoorsOf(configuration);
  if (!doors.agencies && !doors.http && !doors.memcached) return undefined;
  const { SERVER_TLS_CERT, SERVER_TLS_KEY, SERVER_TLS_CLIENT_CA, SERVER_TLS_CLIENT_CRL } = configuration;
  if (SERVER_TLS_CERT === undefined || SERVER_TLS_KEY === undefined) {
    const key = doors.agencies ? 'SERVER_TLS_PORT' : doors.http ? 'HTTP_TLS' : 'MEMCACHED_TLS';
    throw wrong(settings, key, 'needs SERVER_TLS_CERT and SERVER_TLS_KEY: npm run certificates makes both');
  }
  return {
    certificate: SERVER_TLS_CERT,
    key: SERVER_TLS_KEY,
    clientAuthority: SERVER_TLS_CLIENT_CA,
    clientRevocations: SERVER_TLS_CLIENT_CRL,
  };
}

function requireTogether(settings: ServerSettings): void {
  const { configuration } = settings;
  for (const [key, needed] of [
    ['SERVER_TLS_CERT', 'SERVER_TLS_KEY'],
    ['SERVER_TLS_KEY', 'SERVER_TLS_CERT'],
    ['SERVER_TLS_CLIENT_CA', 'SERVER_TLS_CERT'],
    ['SERVER_TLS_CLIENT_CRL', 'SERVER_TLS_CLIENT_CA'],
  ] as const) {
    if (configuration[key] !== undefined && configuration[needed] === undefined) {
      throw wrong(settings, key, `needs ${needed}`);
    }
  }
  const { SERVER_PORT, SERVER_TLS_PORT } = configuration;
  if (SERVER_PORT === undefined && SERVER_TLS_PORT === undefined) {
    throw wrong(settings, 'SERVER_PORT', 'off leaves agencies no port: set SERVER_TLS_PORT');
  }
}

function wrong({ placeOf }: ServerSettings, key: ServerKey, what: string): ConfigurationError {
  return new ConfigurationError(`${placeOf(key) ?? 'default'}: ${key}: ${what}`);
}
