import { createHash } from 'node:crypto';

import { AUDITOR, OPERATOR, Party } from './party';
import { tokensOf } from './testing/tokens_of';
import { digestOf, Tokens } from './tokens';

const ONE = 'token-of-agency-one';
const ALL = 'token-of-the-operator';

test('the holder of a token, and of its digest', () => {
  const tokens = tokensOf([OPERATOR, ALL], [AUDITOR, 'token-of-the-auditor'], [1, ONE]);
  expect(tokens.holderOf(ALL)).toBe(OPERATOR);
  expect(tokens.holderOf('token-of-the-auditor')).toBe(AUDITOR);
  expect(tokens.holderOf(ONE)).toBe(1);
  expect(tokens.holderOfDigest(digestOf(ONE))).toBe(1);
  for (const other of ['', ONE.slice(1), `${ONE}x`, ONE.toUpperCase(), digestOf(ONE)]) {
    expect(tokens.holderOf(other)).toBeUndefined();
  }
  expect(tokens.holderOfDigest(ONE)).toBeUndefined();
  expect(tokens.size).toBe(3);
});

test('a digest is the SHA-256 of the bytes', () => {
  expect(digestOf(ONE)).toBe(createHash('sha256').update(Buffer.from(ONE, 'ascii')).digest('hex'));
});

test('a holder may have two', () => {
  const tokens = new Tokens(new Map([[7, [digestOf('old-token-of-seven'), digestOf(ONE)]]]));
  expect(tokens.holderOf('old-token-of-seven')).toBe(7);
  expect(tokens.holderOf(ONE)).toBe(7);
  expect(tokens.size).toBe(2);
});

test('tokens are found among many', () => {
  const held: [Party, string][] = [[OPERATOR, ALL]];
  for (let agency = 1; agency <= 1_000; agency++) held.push([agency, `token-of-agency-${agency}`]);
  const tokens = tokensOf(...held);
  for (const [holder, token] of held) expect(tokens.holderOf(token)).toBe(holder);
});
