import { join } from 'node:path';

import { againText, MAX_COMMANDS, VerifiedRun } from './verification';

const run = (agencies: number, place = ''): VerifiedRun => ({
  verifier: join(place, 'verifier', 'verify.mjs'),
  runFolder: join(place, '.run', '20250131-235959-4711'),
  files: Array.from({ length: agencies }, (_, index) => ({
    agency: index + 1,
    path: join(place, '.data', `agency-${index + 1}.csv`),
    sizeBytes: 1,
  })),
  policyFile: join(place, '.run', '20250131-235959-4711', 'policy.txt'),
});

test('names what the verifier was given, as it is seen from where npm runs it', () => {
  const text = againText(run(1));
  expect(text).toMatch(
    /^\nto check it again yourself \(the folder of this run is kept until there are 5 newer ones\):\n/,
  );
  expect(
    text
      .replace(/ \\\n +/g, ' ')
      .split('\n')
      .slice(2),
  ).toEqual([
    '  npm run verify -- --policy .run/20250131-235959-4711/policy.txt' +
      ' --bundle .run/20250131-235959-4711/ledger/log --agency 1 --bets .data/agency-1.csv' +
      ' --receipts .run/20250131-235959-4711/receipts-agency-1' +
      ' --winners .run/20250131-235959-4711/winners-agency-1.txt',
    '',
  ]);
});

test('started elsewhere, it names them by their whole paths, each one word for the shell', () => {
  const text = againText(run(1, "../it's here"));
  const place = join(process.cwd(), "../it's here").replace("'", "'\\''");
  expect(text).toContain(`--bets '${place}/.data/agency-1.csv'`);
  expect(text).toContain(`--policy '${place}/.run/20250131-235959-4711/policy.txt'`);
  expect(text).not.toContain(" '../");
});

test('there is a command for each agency, but not for very many', () => {
  expect(againText(run(MAX_COMMANDS)).match(/npm run verify/g)).toHaveLength(MAX_COMMANDS);
  const text = againText(run(MAX_COMMANDS + 990));
  expect(text.match(/npm run verify/g)).toHaveLength(MAX_COMMANDS);
  expect(text).toMatch(
    new RegExp(
      `\\nfor agencies ${MAX_COMMANDS + 1} to ${MAX_COMMANDS + 990} the same, with their number in each place\\n$`,
    ),
  );
});
