/**
 * TLS to the database with libpq's meaning of `sslmode`. The driver has another: its `require` verifies, and it knows
 * neither `allow` nor `prefer`. Source: PostgreSQL's documentation, "SSL Support" (libpq).
 */
import { readFileSync, statSync } from 'node:fs';
import { ConnectionOptions, createSecureContext, SecureContextOptions } from 'node:tls';

import { ConfigurationError, oneLine } from '../../../program/exit';
import type { DatabaseAddress, SslMode } from '../../../program/database_url';

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

/** Rights of a key's file that let others read it, when it belongs to another user than root, and to root. */
const OPEN_TO_OTHERS = 0o077;
const OPEN_TO_OTHERS_THAN_ROOTS_GROUP = 0o037;

/**
 * The ways in which hosts are to be tried. The files are read each time, so that a certificate that is
 * renewed is used with the next connection.
 *
 * @param place of the URL and its key, for the error
 * @throws ConfigurationError when a file cannot be used
 */
export function tlsAttempts(address: DatabaseAddress, place: string): TlsAttempts {
  if (address.sslMode === 'disable') return [false];
  const options = optionsOf(address, place);
  if (address.sslMode === 'allow') return [false, options];
  return address.sslMode === 'prefer' ? [options, false] : [options];
}

function optionsOf(address: DatabaseAddress, place: string): ConnectionOptions {
  const { sslMode, sslRootCert, sslCert, sslKey, sslPassword } = address;
  const ca = sslRootCert === undefined || sslRootCert === 'system' ? undefined : sslRootCert;
  const files: SecureContextOptions = {
    ...(ca !== undefined && { ca: readAuthorities(ca, place) }),
    ...(sslCert !== undefined && { cert: readNamed('sslcert', sslCert, place) }),
    ...(sslKey !== undefined && { key: readKey(sslKey, place), passphrase: sslPassword }),
  };
  const names = [ca, sslCert, sslKey].filter((name) => name !== undefined).join(', ');
  // As libpq has it: a CA that is named is heeded by the modes that do not ask for one, too.
  const verified = VERIFIED[sslMode] === 'nothing' && sslRootCert !== undefined ? 'ca' : VERIFIED[sslMode];
  return {
    secureContext: secureContext(files, `${place}: ${names}`),
    rejectUnauthorized: verified !== 'nothing',
    ...(verified !== 'ca-and-name' && { checkServerIdentity: () => undefined }),
  };
}

function secureContext(files: SecureContextOptions, what: string): ReturnType<typeof createSecureContext> {
  try {
    return createSecureContext(files);
  } catch (error) {
    throw new ConfigurationError(`${what}: no certificate or key that can be used: ${oneLine(error)}`);
  }
}

/** OpenSSL takes a file without any certificate, and trusts nobody then. */
function readAuthorities(file: string, place: string): Buffer {
  const authorities = readNamed('sslrootcert', file, place);
  if (/-----BEGIN ([A-Z0-9]+ )?CERTIFICATE-----/.test(authorities.toString('latin1'))) return authorities;
  throw new ConfigurationError(`${place}: sslrootcert ${file} holds no certificate in PEM form`);
}

function readKey(file: string, place: string): Buffer {
  const key = readNamed('sslkey', file, place);
  const { mode, uid } = statSync(file);
  const forbidden = uid === 0 ? OPEN_TO_OTHERS_THAN_ROOTS_GROUP : OPEN_TO_OTHERS;
  if (process.platform === 'win32' || (mode & forbidden) === 0) return key;
  throw new ConfigurationError(`${place}: sslkey ${file} can be read by others: chmod 600 it`);
}

function readNamed(parameter: string, file: string, place: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigurationError(`${place}: ${parameter} ${file} cannot be read: ${oneLine(error)}`);
  }
}

/** Codes of Node and OpenSSL for a server's certificate that the CA does not vouch for. */
const NOT_OF_THE_CA =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|CERT_REJECTED|CERT_CHAIN_TOO_LONG|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/;
const WORDS_OF_CODE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate, or that of its CA, has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet; is a clock wrong?",
};
/** What the driver says when the server answers that it has no TLS. */
const NO_TLS = 'The server does not support SSL connections';

/**
 * What is wrong when TLS could not be agreed on; `undefined` for an error of another kind.
 *
 * @param address that was connected to
 */
export function tlsMistake(error: unknown, address: DatabaseAddress): string | undefined {
  const { message, code = '', reason = '' } = error as { message?: string; code?: string; reason?: string };
  if (message === NO_TLS) return `the server offers no TLS, and sslmode is ${address.sslMode}`;
  if (NOT_OF_THE_CA.test(code)) {
    const ca = address.sslRootCert ?? 'a public CA (sslrootcert names the file of your own)';
    return `the server's certificate is not one of ${ca}`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the server's certificate is for another name: ${reason}`;
  }
  if (/^ERR_SSL_.*ALERT.*(CERT|UNKNOWN_CA|BAD_CERT)/.test(code)) {
    const given = address.sslCert ?? 'that it asks for (sslcert and sslkey name the files)';
    return `the server refuses the client certificate ${given}: ${oneLine(error)}`;
  }
  return WORDS_OF_CODE[code] ?? (code.startsWith('ERR_SSL_') ? `TLS: ${oneLine(error)}` : undefined);
}
