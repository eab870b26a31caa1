import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { builtModule, ROOT } from '../../tests/support/built';
import { writeBetsFile } from './bets_file';

const ROWS = 1_000;
const LIMIT_MS = 30_000;

test('the agency that is measured comes to its end, with all bets acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agency-run-'));
  try {
    const file = join(folder, 'agency-1.csv');
    writeBetsFile(file, join(ROOT, '.data', 'agency-1.csv'), ROWS);
    // The compiled one: it starts the programs that lie beside it.
    const { runAgency } = builtModule<typeof import('./agency_run')>('bench/agency/agency_run');
    expect((await runAgency(file, 0, LIMIT_MS)).bets).toBe(ROWS);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
