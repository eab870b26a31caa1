/** What is kept of a compiler's work is what the compiler makes of the sources. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../support/built';

test('the WebAssembly that is kept is that of the sources: `npm run assemble` writes it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assembly-'));
  try {
    const file = join(folder, 'code.ts');
    const words = [join(ROOT, 'tools', 'assembly', 'assemble.mjs'), file];
    expect(spawnSync(process.execPath, words, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(ROOT, 'protocol', 'assembly_code.ts'), 'utf8')).toBe(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
