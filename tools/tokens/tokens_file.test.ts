import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readTokens } from '../../server/doors/http/requests/tokens';
import { tokensFile } from './tokens_file';

const folder = mkdtempSync(join(tmpdir(), 'lottery-tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the server takes the file, and each token is its holder’s', () => {
  const text = [...tokensFile(3)].join('');
  const file = join(folder, 'tokens.ini');
  writeFileSync(file, text);
  const tokens = readTokens(file, 3);
  const entries = [...text.matchAll(/^(\w+) = (\S{43})$/gm)].map(
    ([, name, token = '']) => [name, token] as const,
  );
  expect(entries.map(([name]) => name)).toEqual(['operator', '1', '2', '3']);
  for (const [name, token] of entries) expect(String(tokens.holderOf(token))).toBe(name);
});

test('no two files are alike', () => {
  expect([...tokensFile(1)]).not.toEqual([...tokensFile(1)]);
});
