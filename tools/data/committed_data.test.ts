/** The files in `.data`, as they are committed. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeAgencyFiles } from './agency_files';
import { DEFAULT_PLAN } from './arguments';

const committed = join(__dirname, '..', '..', '.data');

/** The documents that win with 7574, in the order of the rows; somebody who wins twice stands there twice. */
const WINNERS: Readonly<Record<string, readonly string[]>> = {
  'agency-1.csv': ['14995170', '20480681', '28693596', '14995170', '14324559'],
  'agency-2.csv': ['27064340', '15382925', '13429974', '11176977', '24951942', '27064340'],
  'agency-3.csv': ['13056170', '22848922', '22959675', '22848922', '14065025'],
  'agency-4.csv': ['27895713', '13449355', '13379830'],
  'agency-5.csv': ['11422766', '8979499', '9279789'],
};

test('are what the generator makes by default', async () => {
  const out = await mkdtemp(join(tmpdir(), 'committed-data-'));
  try {
    const files = await writeAgencyFiles({ ...DEFAULT_PLAN, out }, new AbortController().signal);
    const names = (await readdir(committed)).filter((name) => name.endsWith('.csv'));
    expect(names.sort()).toEqual(files.map(({ name }) => name));
    for (const { name, winners } of files) {
      // Not toEqual: it would print megabytes.
      const isSame = (await readFile(join(out, name))).equals(await readFile(join(committed, name)));
      expect({ name, isSame, winners }).toEqual({ name, isSame: true, winners: WINNERS[name]?.length });
    }
  } finally {
    await rm(out, { recursive: true });
  }
});

test.each(Object.entries(WINNERS))('%s has its winners for 7574', async (name, documents) => {
  const text = await readFile(join(committed, name), 'utf8');
  const rows = text.trimEnd().split('\n');
  const winners = rows.map((line) => line.split(',')).filter((fields) => fields[4] === '7574');
  expect(winners.map((fields) => fields[2])).toEqual(documents);
});

test('every agency has winners, and somebody wins twice at one agency', () => {
  const all = Object.values(WINNERS);
  for (const documents of all) expect(documents.length).toBeGreaterThan(1);
  expect(all.some((documents) => new Set(documents).size < documents.length)).toBe(true);
});
