/** What a certificate authority issues: certificates and revocation lists (RFC 5280), in PEM. It touches no file. */
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

import { x509 } from '../../server/doors/identity/x509';

const KEYS = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const CRL_NUMBER = '2.5.29.20';
/** As RFC 7468 has it; the library writes `CRL`, which OpenSSL does not read. */
const CRL_LABEL = 'X509 CRL';
const { digitalSignature, keyCertSign, cRLSign } = x509.KeyUsageFlags;
const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;

/** A certificate and its private key, both in PEM; the key as PKCS #8. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** When something is valid, both ends included. */
export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

/** For which side of a TLS connection a certificate is good. */
export type Purpose = 'server' | 'client';

/** What a certificate is to say. */
export interface CertificateWish extends Validity {
  /** The common name, for people; nothing is decided by it. */
  readonly name: string;
  readonly purpose: Purpose;
  /** DNS names and IP addresses. */
  readonly hosts?: readonly string[];
  /** The URI that names a party. */
  readonly uri?: string;
}

/** A certificate that is good no more. */
export interface Revocation {
  /** In hexadecimal digits. */
  readonly serialNumber: string;
  readonly date: Date;
}

/** What a revocation list is to say. */
export interface RevocationsWish extends Validity {
  /** Greater than that of the list before. */
  readonly number: number;
  readonly entries: readonly Revocation[];
}

/** A certificate authority, ready to sign. */
export class Issuer {
  /** Its own certificate. */
  readonly certificate: x509.X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(certificate: x509.X509Certificate, key: webcrypto.CryptoKey) {
    this.certificate = certificate;
    this.#key = key;
  }

  /**
   * One whose certificate and key are there.
   *
   * @throws Error for a certificate or a key that cannot be read, or is none of EC P-256
   */
  static async of({ certificate, key }: Issued): Promise<Issuer> {
    const pkcs8 = x509.PemConverter.decodeFirst(key);
    const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, KEYS, false, ['sign']);
    return new Issuer(new x509.X509Certificate(certificate), signingKey);
  }

  /** Makes the certificate of a new authority, which may vouch for certificates of no further authority. */
  static async make(name: string, validity: Validity): Promise<Issued> {
    const keys = await newKeys();
    const certificate = await authorityCertificate(commonName(name), keys, validity);
    return { certificate: pem(certificate), key: await keyPem(keys.privateKey) };
  }

  /** Its own certificate anew, with the same name and the same key: whoever trusts either trusts what it has signed. */
  async renewed(validity: Validity): Promise<string> {
    const spki = this.certificate.publicKey.rawData;
    const publicKey = await webcrypto.subtle.importKey('spki', spki, KEYS, true, ['verify']);
    const keys = { publicKey, privateKey: this.#key };
    return pem(await authorityCertificate(this.certificate.subjectName, keys, validity));
  }

  /** Makes a key and its certificate. */
  async issue({ name, purpose, hosts = [], uri, from, until }: CertificateWish): Promise<Issued> {
    const keys = await newKeys();
    const names: x509.JsonGeneralNames = hosts.map((host) => ({
      type: isIP(host) === 0 ? 'dns' : 'ip',
      value: host,
    }));
    if (uri !== undefined) names.push({ type: 'url', value: uri });
    const certificate = await x509.X509CertificateGenerator.create({
      subject: commonName(name),
      issuer: this.certificate.subjectName,
      notBefore: from,
      notAfter: until,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([purpose === 'server' ? serverAuth : clientAuth]),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(this.certificate.publicKey),
      ],
    });
    return { certificate: pem(certificate), key: await keyPem(keys.privateKey) };
  }

  /** Makes a list of the certificates of this authority that are good no more, in PEM. */
  async listRevoked({ number, entries, from, until }: RevocationsWish): Promise<string> {
    const list = await x509.X509CrlGenerator.create({
      issuer: this.certificate.subjectName,
      thisUpdate: from,
      nextUpdate: until,
      signingKey: this.#key,
      signingAlgorithm: SIGNATURE,
      // What was not told is taken for the worst.
      entries: entries.map(({ serialNumber, date }) => ({
        serialNumber,
        revocationDate: date,
        reason: x509.X509CrlReason.keyCompromise,
      })),
      extensions: [
        await x509.AuthorityKeyIdentifierExtension.create(this.certificate.publicKey),
        new x509.Extension(CRL_NUMBER, false, integerDer(number)),
      ],
    });
    return `${x509.PemConverter.encode(list.rawData, CRL_LABEL)}\n`;
  }
}

/** The number of a revocation list; 0 when it has none. */
export function numberOf(list: x509.X509Crl): number {
  const der = list.getExtension(CRL_NUMBER)?.value;
  return der === undefined ? 0 : Number(`0x${Buffer.from(der).subarray(2).toString('hex')}`);
}

async function authorityCertificate(
  name: x509.X509CertificateCreateParamsName,
  keys: webcrypto.CryptoKeyPair,
  { from, until }: Validity,
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    name,
    notBefore: from,
    notAfter: until,
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEYS, true, ['sign', 'verify']);
}

/** A name that is nothing but a common name; as a structure, since characters of it mean something in a text. */
function commonName(name: string): x509.JsonName {
  return [{ CN: [name] }];
}

function pem(made: x509.X509Certificate): string {
  return `${made.toString('pem')}\n`;
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(pkcs8, x509.PemConverter.PrivateKeyTag)}\n`;
}

/** A whole number from 0 to 2^53 as an INTEGER of DER (X.690, 8.3): it has a sign, so the first bit of it is 0. */
function integerDer(value: number): Uint8Array {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const content = bytes[0]! < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]);
  return Buffer.concat([Buffer.of(0x02, content.length), content]);
}
