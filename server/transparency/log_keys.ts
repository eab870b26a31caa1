import { createHmac, createPrivateKey, KeyObject } from 'node:crypto';

/** Reads a signing key. @param pem PKCS#8 in PEM form @throws Error when it is no Ed25519 key */
export function signingKey(pem: string | Buffer): KeyObject {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new Error(`it is a key of the kind ${key.asymmetricKeyType}, and not of Ed25519`);
}

/**
 * The secret that all salts of a log follow from: HMAC-SHA-256 of its origin, under the seed of its signing key (RFC
 * 8032, 5.1.5). There is nothing more to store, and every server with the key has the same.
 */
export function saltSecret(key: KeyObject, origin: string): Buffer {
  const { d: seed = '' } = key.export({ format: 'jwk' });
  return createHmac('sha256', Buffer.from(seed, 'base64url')).update(`lottery-salts/v1 ${origin}`).digest();
}
