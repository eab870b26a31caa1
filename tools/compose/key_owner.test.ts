import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeUnless } from '../../tests/support/skipping';
import { giveKeys, keyOwnerOf, requireOwn } from './key_owner';

/** Only root can give files away. */
const describeAsRoot = describeUnless(
  process.getuid?.() === 0 ? undefined : 'needs root: run the tests as it',
);
const self = process.getuid?.() ?? 0;

let folder: string;
let key: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'key-owner-'));
  key = join(folder, 'server-key.pem');
  writeFileSync(key, '', { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([
  ['root', 0, undefined],
  ["the images' own user", 1000, undefined],
  ['another user', 1001, 1001],
  ['a system without numbers of users', undefined, undefined],
])('keys that %s makes are read as the user %p: %p', (_who, user, owner) => {
  expect(keyOwnerOf(user)).toBe(owner);
});

test('what is not there, or is his own, is no trouble to a user', () => {
  const stranger = self + 1;
  expect(() => requireOwn(folder, [key], stranger)).toThrow(
    `compose_maker: ${folder} belongs to user ${self}, and this is user ${stranger}: ` +
      `run it as root, or first \`sudo chown -R ${stranger} ${folder}\``,
  );
  expect(() => requireOwn(join(folder, 'missing'), [join(folder, 'missing', 'key')], stranger)).not.toThrow();
  for (const user of [self, 0, undefined]) expect(() => requireOwn(folder, [key], user)).not.toThrow();
});

describeAsRoot('with files of several users', () => {
  test('a key of another user is named to a user', () => {
    chownSync(folder, 1001, 1001);
    expect(() => requireOwn(folder, [key], 1001)).toThrow(/server-key\.pem belongs to user 0, .* 1001/);
    chownSync(key, 1001, 1001);
    expect(() => requireOwn(folder, [key], 1001)).not.toThrow();
  });

  test("root gives keys to the images' user, for that one alone", () => {
    giveKeys([key], 0);
    const { uid, mode } = statSync(key);
    expect([uid, mode & 0o777]).toEqual([1000, 0o600]);
  });

  test('root gives away nothing that a link leads to', () => {
    const link = join(folder, 'link.pem');
    chmodSync(key, 0o600);
    symlinkSync(key, link);
    expect(() => giveKeys([link], 0)).toThrow(/link\.pem cannot be given to user 1000: no file$/);
    expect(statSync(key).uid).toBe(0);
  });
});

test('nobody else gives keys away', () => {
  giveKeys([key, join(folder, 'missing')], 1001);
  expect(statSync(key).uid).toBe(self);
});
