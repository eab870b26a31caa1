import { AUDITOR, OPERATOR, Party } from '../../server/doors/identity/party';
import { allHolders, changedText, newText, newToken } from './tokens_text';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];

test('a token is 32 random bytes', () => {
  const tokens = Array.from({ length: 100 }, newToken);
  expect(new Set(tokens).size).toBe(100);
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test('a new file has a line for everybody', () => {
  expect([...allHolders(2)]).toEqual([OPERATOR, AUDITOR, 1, 2]);
  const digests = new Map<Party, string[]>([[OPERATOR, [A]], [2, [B, C]]]); // prettier-ignore
  expect([...newText(digests)].slice(1)).toEqual([
    `operator = sha256:${A}\n`,
    `2 = sha256:${B} sha256:${C}\n`,
  ]);
});

test('a change leaves comments and the order as they are', () => {
  const text =
    '# ours\r\n; 3 = not an entry\r\n\r\n 2=old-token # Rosario\r\noperator  =  "another-old-token"\n1 = x ; y\n4 = gone';
  const digests = new Map<Party, string[]>([
    [1, [A]],
    [2, [B, A]],
    [OPERATOR, [C]],
    [AUDITOR, [A]],
  ]);
  expect(changedText(text, digests)).toBe(
    [
      '# ours',
      '; 3 = not an entry',
      '',
      `2 = sha256:${B} sha256:${A} # Rosario`,
      `operator = sha256:${C}`,
      `1 = sha256:${A} ; y`,
      `auditor = sha256:${A}`,
      '',
    ].join('\n'),
  );
});

test('what is changed to what it is stays as it is', () => {
  const text = `# ours\n1 = sha256:${A} sha256:${B} # Rosario\n`;
  expect(changedText(text, new Map([[1, [A, B]]]))).toBe(text);
});
