/**
 * The files with which a program takes part in TLS, in PEM form: read each time that they are needed, so that one that
 * was renewed counts.
 */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, SecureContext } from 'node:tls';

import { oneLine } from '../exit';
import { NamedFile, readNamedFile, readSecretFile, wrongFile } from '../named_file';

/** Whom a client trusts, and how it identifies itself. */
export interface TlsFiles {
  /** The CAs that are trusted; the public ones that come with Node if left out. */
  readonly ca?: NamedFile | undefined;
  /** The client's own certificate and its key: both or none. */
  readonly certificate?: NamedFile | undefined;
  readonly key?: NamedFile | undefined;
  readonly passphrase?: string | undefined;
}

const CERTIFICATE = /-----BEGIN ([A-Z0-9]+ )?CERTIFICATE-----[^-]*(-----END [A-Z0-9 ]*-----)?/g;
/** OpenSSL's codes of a key that belongs to another certificate. */
const MISMATCH = /^ERR_OSSL_X509_KEY_\w+_MISMATCH$/;

/**
 * Reads the files.
 *
 * @throws ConfigurationError in one line when a file cannot be read, holds no certificate or key, when others may read the
 *   key, or it is that of another certificate
 */
export function readTlsFiles({ ca, certificate, key, passphrase }: TlsFiles): SecureContext {
  const contents = {
    ...(ca !== undefined && { ca: readCertificates(ca) }),
    ...(certificate !== undefined && { cert: readCertificates(certificate) }),
    ...(key !== undefined && { key: readSecretFile(key), passphrase }),
  };
  try {
    return createSecureContext(contents);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const files = [ca, certificate, key].filter((file) => file !== undefined);
    if (MISMATCH.test(code) && key !== undefined && certificate !== undefined) {
      throw wrongFile(key, `is not the key of the certificate ${certificate.path}`);
    }
    // What of these is wrong is not told.
    throw wrongFile(key ?? files[0]!, `holds nothing that can be used: ${oneLine(error)}`);
  }
}

/** OpenSSL takes a file without any certificate for CAs, or with what is none, and trusts nobody then. */
function readCertificates(file: NamedFile): Buffer {
  const contents = readNamedFile(file);
  const certificates = contents.toString('latin1').match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw wrongFile(file, 'holds no certificate in PEM form');
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (error) {
    throw wrongFile(file, `holds a certificate that cannot be read: ${oneLine(error)}`);
  }
  return contents;
}
