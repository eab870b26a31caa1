import { execFileSync } from 'node:child_process';

import { TAR_END, tarEntry } from './tar';

const FILES = [
  { name: 'checkpoint', bytes: Buffer.from('one\n') },
  { name: 'tile/0/x001/000.p/255', bytes: Buffer.alloc(1_024, 0xff) },
  { name: 'empty', bytes: Buffer.alloc(0) },
];
const archive = Buffer.concat([...FILES.flatMap((file) => [...tarEntry(file)]), TAR_END]);

test('tar lists the files, and unpacks them', () => {
  expect(execFileSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8' })).toBe(
    FILES.map(({ name }) => `${name}\n`).join(''),
  );
  for (const { name, bytes } of FILES) {
    expect(execFileSync('tar', ['-xOf', '-', name], { input: archive })).toEqual(bytes);
  }
});

test('a name that does not fit is refused', () => {
  expect(() => [...tarEntry({ name: 'a'.repeat(101), bytes: Buffer.alloc(0) })]).toThrow('100 bytes');
});
