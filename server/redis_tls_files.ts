/** The files of TLS to the Redis, as the settings name them. */
import { ConfigurationError } from '../program/exit';
import { parseRedisUrl } from '../program/redis_url';
import type { NamedFile } from '../program/named_file';
import type { TlsFiles } from '../program/tls/tls_files';

/** The settings, checked each by itself. */
export interface RedisTlsSettings {
  readonly REDIS_URL: string | undefined;
  readonly REDIS_TLS_CA: string | undefined;
  readonly REDIS_TLS_CERT: string | undefined;
  readonly REDIS_TLS_KEY: string | undefined;
}

/**
 * The files, with where they are named. What is in them is looked at with each connection.
 *
 * @param placeOf where a setting was found
 * @returns `undefined` where none is named
 * @throws ConfigurationError in one line when the URL is not one of TLS, or a certificate is named without its key
 */
export function redisTlsFiles(
  settings: RedisTlsSettings,
  placeOf: (key: keyof RedisTlsSettings) => string | undefined,
): TlsFiles | undefined {
  const named = (key: keyof RedisTlsSettings): NamedFile | undefined => {
    const path = settings[key];
    return path === undefined ? undefined : { setting: `${placeOf(key)}: ${key}:`, path };
  };
  const [ca, certificate, key] = [named('REDIS_TLS_CA'), named('REDIS_TLS_CERT'), named('REDIS_TLS_KEY')];
  const given = ca ?? certificate ?? key;
  if (given === undefined) return undefined;
  const { REDIS_URL } = settings;
  if (REDIS_URL !== undefined && !parseRedisUrl(REDIS_URL).isEncrypted) {
    throw new ConfigurationError(
      `${given.setting} is of no use with redis://; allowed is rediss:// in REDIS_URL, which encrypts`,
    );
  }
  const alone = certificate === undefined ? key : key === undefined ? certificate : undefined;
  if (alone !== undefined) {
    throw new ConfigurationError(`${alone.setting} allowed are REDIS_TLS_CERT and REDIS_TLS_KEY, or neither`);
  }
  return { ca, certificate, key };
}
