/** What each program says of itself: `-h` and `--help` in one form, and the settings with their defaults. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CLIENT_SCHEMA, variableOf } from '../../client/config';
import type { SettingsSchema } from '../../program/settings';
import { SERVER_SCHEMA } from '../../server/config';
import { DIST, ROOT } from '../support/built';

const TS_NODE = ['--require', 'ts-node/register/transpile-only'];

/** Each program, with the arguments that `node` runs it with. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  server: [join(DIST, 'server/main.js')],
  'bundled server': [join(DIST, 'bundled/server/main.js')],
  client: [join(DIST, 'client/main.js')],
  'bundled client': [join(DIST, 'bundled/client/main.js')],
  'bundled health check': [join(DIST, 'bundled/client/health_check.js')],
  ask: [join(DIST, 'tools/ask/main.js')],
  control: [join(DIST, 'control/main.js')],
  'draw number': [join(DIST, 'tools/number/main.js')],
  audit: [join(DIST, 'tools/audit/main.js')],
  tokens: [join(DIST, 'tools/tokens/main.js')],
  certificates: [join(DIST, 'tools/certificates/main.js')],
  'trust-key': [join(DIST, 'tools/trust/main.js')],
  restore: [join(DIST, 'tools/restore/main.js')],
  verify: [join(ROOT, 'verifier/verify.mjs')],
  'health check': [join(DIST, 'tools/health/health_check.js')],
  bench: [...TS_NODE, join(ROOT, 'bench/main.ts')],
  simulate: [...TS_NODE, join(ROOT, 'tests/simulation/main.ts')],
  'crash test': [...TS_NODE, join(ROOT, 'tests/faults/crash/main.ts')],
};

function run(
  program: readonly string[],
  word: string,
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...program, word], { cwd: ROOT, encoding: 'utf8', timeout: 60_000 });
}

describe.each(Object.entries(PROGRAMS))('%s', (_, program) => {
  test('explains itself with -h and --help, in the form of all', () => {
    const { status, stdout, stderr } = run(program, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^[A-Z][^\n]*[^\n]+\n/);
    expect(stdout).toMatch(/^usage: \S/m);
    expect(stdout).toMatch(/^ {2}-h, --help +prints this$/m);
    expect(stdout).toMatch(/\n\nfor example: \S[^\n]*\n( {13}\S[^\n]*\n)*$/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(240);
    expect(run(program, '-h').stdout).toBe(stdout);
  });
});

/** The rows of the tables of docs/OPERATING.md: the cells by the key in the first one. */
function documentedRows(): Map<string, string[]> {
  const text = readFileSync(join(ROOT, 'docs/OPERATING.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.map((row) => {
      const cells = row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
      return [cells[1] ?? '', cells];
    }),
  );
}

describe.each<[string, SettingsSchema, readonly string[], number, ((key: string) => string) | undefined]>([
  ['server', SERVER_SCHEMA, PROGRAMS['server']!, 2, undefined],
  ['agency', CLIENT_SCHEMA, PROGRAMS['client']!, 3, variableOf],
])('the settings of the %s', (_, schema, program, defaultColumn, variable) => {
  test('are all in --help, with their defaults', () => {
    const { stdout } = run(program, '--help');
    for (const [key, { byDefault }] of Object.entries(schema)) {
      const value = byDefault === undefined ? 'must be set' : `default ${byDefault}`;
      expect(stdout).toContain(
        `  ${key}${variable === undefined ? '' : ` or ${variable(key)}`} (${value})\n`,
      );
      expect(value).not.toContain('[object');
    }
  });

  test('are all in docs/OPERATING.md, with the same defaults', () => {
    const rows = documentedRows();
    for (const [key, { byDefault = '–' }] of Object.entries(schema)) {
      expect([key, rows.get(key)?.[defaultColumn]]).toEqual([key, byDefault]);
    }
  });
});
