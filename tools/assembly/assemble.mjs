/**
 * `node tools/assembly/assemble.mjs [FILE]`: compiles what stands in `protocol/assembly/` and writes the WebAssembly as text
 * into FILE, by default `protocol/assembly_code.ts`. It is kept with the sources: who runs the service needs no such compiler.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const COMPILER = 'node_modules/assemblyscript/bin/asc.js';
const SOURCES = ['protocol/assembly/bet_scan.ts', 'protocol/assembly/number_search.ts'];
const LINE_CHARACTERS = 96;

/** A MiB for bets, and a page for what is read ahead. */
const OPTIONS = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
  ...['--initialMemory', '17', '--maximumMemory', '17', '--memoryBase', '0'],
];

const folder = mkdtempSync(join(tmpdir(), 'lottery-assembly-'));
try {
  const code = join(folder, 'code.wasm');
  const words = [COMPILER, ...SOURCES, '--outFile', code, ...OPTIONS];
  const { status } = spawnSync(process.execPath, words, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
  else
    writeFileSync(process.argv[2] ?? join(ROOT, 'protocol', 'assembly_code.ts'), textOf(readFileSync(code)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function textOf(bytes) {
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g'));
  return `/**
 * The WebAssembly of what stands in \`assembly/\`, ${bytes.length} bytes in base64: written by \`npm run assemble\`, not by hand.
 */
export const ASSEMBLY_CODE = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('');
`;
}
