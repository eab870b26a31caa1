/** Names that are odd, but legal: from an agency's file to the ledger and back, to the letter. */
import { readFileSync, writeFileSync } from 'node:fs';

import { Stage } from '../support/programs';
import { betLines } from './hostile/ledger_view';
import { describeOnLinux, WatchedServer } from './hostile/watched_server';

const NAMES = [
  '%d %s %n %x',
  '%s%s%s%s%s%s%s%s',
  '{} ${name} $(id) `id`',
  "O'Higgins",
  "''; DROP TABLE bets",
  'the "great" one',
  'back\\slash',
  '\\N',
  '\\n\\t\\0\\u0041',
  '\\',
  '"',
  '""',
  '\'"\\"\'',
  ' a space before and behind ',
  ' ',
  '\u00a0',
  'NULL',
  'null',
  'true',
  '-1',
  '1e5',
  '0',
  '=1+1',
  '@name',
  '#',
  '--',
  '/* */',
  '[]',
  '"],["',
  '{"a":1}',
  '<b>&amp;</b>',
  '../../etc/passwd',
  'a|b | c: d',
  '😀👩‍👩‍👧‍👦🏳️‍🌈',
  'محمد بن عبد الله',
  '\u202eright to left\u202c',
  'e\u0301 a\u0308\u0323 Z\u0351\u0352',
  '日本語の名前',
  'Ἀχιλλεύς',
  'ß ẞ ı İ ﬁ',
  '\u0085\u009f',
  '\u2028\u2029',
  '\ufeffa mark inside',
  '\ufffe\uffff',
  '\u{10ffff}',
  '\u200b',
  'x'.repeat(128),
  'é'.repeat(64),
  '😀'.repeat(32),
].filter((name) => !/[,;]/.test(name));

const WINNER_NUMBER = 7;

/** A field of a CSV file, quoted where it must be. */
function csvField(text: string): string {
  return text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text;
}

describeOnLinux('odd names', () => {
  test('are stored to the letter, as first and as last names', async () => {
    const stage = new Stage();
    const server = await WatchedServer.start({
      folder: stage.path('ledger'),
      environment: { AGENCIES: '1', LOTTERY_WINNER_NUMBER: String(WINNER_NUMBER) },
    });
    try {
      const people = NAMES.flatMap((name) => [
        [name, 'Pérez'],
        ['Ana', name],
        [name, name],
      ]);
      const rows = people.map((names, index) => [
        ...names,
        String(index + 1),
        '1990-02-28',
        String(index % 10),
      ]);
      const file = stage.path('agency.csv');
      const written = rows.map((row) => row.map(csvField).join(',')).join('\n');
      writeFileSync(file, written);

      const agency = stage.startAgency(1, server.port, { CLI_DATA_FILE: file, CLI_BATCH_MAXAMOUNT: '7' });
      expect(await agency.exit).toBe(0);
      expect(agency.output).not.toMatch(/row: \d/);
      const winners = rows.filter((row) => Number(row[4]) === WINNER_NUMBER).map((row) => row[2]);
      const told = readFileSync(stage.path('winners-1.txt'), 'utf8').split('\n').slice(0, -1);
      expect(told).toEqual(winners);

      expect((await server.stop()).exit).toBe(0);
      const stored = betLines(stage.path('ledger'));
      expect(stored).toEqual(rows.map((row, index) => `1,${index + 1},${row.join(',')}`));
      const back = stored.map((line) => line.split(',').slice(2).map(csvField).join(',')).join('\n');
      expect(Buffer.from(back).equals(readFileSync(file))).toBe(true);
      // Nobody's name stands in a log.
      expect(`${server.output}${agency.output}`).not.toMatch(/DROP TABLE|O'Higgins|日本語/);
    } finally {
      await server.kill();
      await stage.close();
    }
  });
});
