/**
 * TLS to the database with libpq's meaning of `sslmode`. The driver has another: its `require` verifies, and it knows
 * neither `allow` nor `prefer`. Source: PostgreSQL's documentation, "SSL Support" (libpq).
 */
import type { ConnectionOptions } from 'node:tls';

import { DatabaseAddress, DatabaseHost, SslMode, sslModeFor } from '../../../program/database_url';
import type { NamedFile } from '../../../program/named_file';
import { readTlsFiles } from '../../../program/tls/tls_files';
import { isUnverified, tlsMistake } from '../../../program/tls/tls_mistake';

/** TLS as the driver takes it; `false` for none. */
export type TlsOptions = ConnectionOptions | false;
/** The ways in which a host is tried, the first one first. */
export type TlsAttempts = readonly [first: TlsOptions, second?: TlsOptions];

/** Whom a mode trusts: anybody, whoever has a certificate of the CA, or only the host that was asked for. */
const VERIFIED: Readonly<Record<SslMode, 'nothing' | 'ca' | 'ca-and-name'>> = {
  disable: 'nothing',
  allow: 'nothing',
  prefer: 'nothing',
  require: 'nothing',
  'verify-ca': 'ca',
  'verify-full': 'ca-and-name',
};

/** What the driver says when the server answers that it has no TLS. */
const NO_TLS = 'The server does not support SSL connections';
/** What is told where the mode is not one that somebody has chosen. */
const WAYS_OUT =
  'without sslmode a host that is not this machine must prove who it is (verify-full): sslrootcert=FILE names the CA of ' +
  'its certificate; sslmode=disable is for a network that nobody else reads';

/**
 * The ways in which a host is to be tried. The files are read each time, so that a certificate that is renewed is used
 * with the next connection.
 *
 * @param place of the URL and its key, for the error
 * @throws ConfigurationError when a file cannot be used
 */
export function tlsAttempts(address: DatabaseAddress, host: DatabaseHost, place: string): TlsAttempts {
  const mode = sslModeFor(address, host);
  if (mode === 'disable') return [false];
  const options = optionsOf(address, mode, place);
  if (mode === 'allow') return [false, options];
  return mode === 'prefer' ? [options, false] : [options];
}

function optionsOf(address: DatabaseAddress, mode: SslMode, place: string): ConnectionOptions {
  const { sslRootCert, sslCert, sslKey, sslPassword } = address;
  const named = (parameter: string, path: string | undefined): NamedFile | undefined =>
    path === undefined ? undefined : { setting: `${place}: ${parameter}`, path };
  const secureContext = readTlsFiles({
    ca: named('sslrootcert', sslRootCert === 'system' ? undefined : sslRootCert),
    certificate: named('sslcert', sslCert),
    key: named('sslkey', sslKey),
    passphrase: sslPassword,
  });
  // As libpq has it: a CA that is named is heeded by the modes that do not ask for one, too.
  const verified = VERIFIED[mode] === 'nothing' && sslRootCert !== undefined ? 'ca' : VERIFIED[mode];
  return {
    secureContext,
    rejectUnauthorized: verified !== 'nothing',
    ...(verified !== 'ca-and-name' && { checkServerIdentity: () => undefined }),
  };
}

/**
 * What is wrong when TLS could not be agreed on; `undefined` for an error of another kind.
 *
 * @param host that was connected to
 */
export function databaseTlsMistake(
  error: unknown,
  address: DatabaseAddress,
  host: DatabaseHost,
): string | undefined {
  const mistake = mistakeOf(error, address, host);
  const isToBeVerified = (error as Error).message === NO_TLS || isUnverified(error);
  return mistake !== undefined && address.sslMode === undefined && isToBeVerified
    ? `${mistake}; ${WAYS_OUT}`
    : mistake;
}

function mistakeOf(error: unknown, address: DatabaseAddress, host: DatabaseHost): string | undefined {
  if ((error as Error).message === NO_TLS) {
    const mode = address.sslMode === undefined ? '' : `, and sslmode is ${sslModeFor(address, host)}`;
    return `the server offers no TLS${mode}`;
  }
  const named = address.sslMode === undefined ? '' : ' (sslrootcert names the file of your own)';
  return tlsMistake(error, {
    ca: address.sslRootCert ?? `a public CA${named}`,
    clientCertificate: address.sslCert ?? 'that it asks for (sslcert and sslkey name the files)',
  });
}
