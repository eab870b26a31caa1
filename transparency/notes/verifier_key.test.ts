import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';

import { NoteError, noteSigner, parseVerifierKey, verifierKey } from './note';
import { EXAMPLE, keyOfByte } from './testing/keys';

describe('verifier keys', () => {
  const go = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';

  test('of others are read', () => {
    expect(parseVerifierKey(go)).toMatchObject({ name: 'PeterNeumann', keyId: 0xc74f20a3, type: 1 });
    expect(parseVerifierKey(EXAMPLE.controlVerifierKey)).toMatchObject({
      name: EXAMPLE.controlName,
      type: 4,
    });
  });

  test.each([
    '',
    'PeterNeumann',
    'PeterNeumann+c74f20a3',
    'PeterNeumann+c74f20a3+',
    go.slice(1),
    go.replace('PeterNeumann', ''),
    go.replace('PeterNeumann', 'Peter Neumann'),
    go.replace('PeterNeumann', 'Peter+Neumann'),
    go.replace('c74f20a3', 'C74F20A3'),
    go.replace('c74f20a3', 'c74f20a4'),
    go.replace('c74f20a3', '0c74f20a3'),
    go.replace('c74f20a3', '74f20a3'),
    go.replace('W', 'X'),
    `${go}=`,
    `${go}\n`,
    ` ${go}`,
    `${go}+`,
  ])('%j is none', (wrong) => {
    expect(() => parseVerifierKey(wrong)).toThrow(NoteError);
  });

  test('of other types and lengths are refused by name', () => {
    const keyOf = (...material: number[]): string => {
      const bytes = Uint8Array.from(material);
      const id = createHash('sha256').update('a.example\n').update(bytes).digest('hex').slice(0, 8);
      return `a.example+${id}+${Buffer.from(bytes).toString('base64')}`;
    };
    const zeros = Array<number>(32).fill(0);
    expect(() => parseVerifierKey(keyOf(2, ...zeros))).toThrow('is of type 2; allowed are 1 (Ed25519) and 4');
    expect(() => parseVerifierKey(keyOf(6, ...zeros))).toThrow('is of type 6');
    expect(() => parseVerifierKey(keyOf(1, ...zeros.slice(1)))).toThrow('has 31 bytes, not 32');
    expect(() => parseVerifierKey(keyOf(4, 0, ...zeros))).toThrow('has 33 bytes, not 32');
  });

  test('are made of Ed25519 keys with a name alone', () => {
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    expect(() => verifierKey('a.example', publicKey)).toThrow('must be an Ed25519 key');
    expect(() => noteSigner('a.example', privateKey)).toThrow('must be an Ed25519 key');
    const right = createPublicKey(keyOfByte(1));
    expect(() => noteSigner('a.example', right)).toThrow('signed with a private key');
    for (const wrong of ['', 'a b', 'a+b', 'a\u00a0b', 'a\nb', 'a\ud800']) {
      expect(() => verifierKey(wrong, right)).toThrow(NoteError);
      expect(() => noteSigner(wrong, keyOfByte(1))).toThrow(NoteError);
    }
  });
});
