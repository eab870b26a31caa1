/** `npm run draw-number`, as the operator and the auditor use it: one clear line each, and the exit code. */
import { writeFileSync } from 'node:fs';

import { freePort } from '../support/free_port';
import { GivenNumberLottery, roundInTwoHours, signRounds, TOKENS } from '../support/given_number';
import { Stage } from '../support/programs';

let stage: Stage;
beforeEach(() => void (stage = new Stage()));
afterEach(() => stage.close());

/** Runs it. @param token of who gives the number; `undefined` for none */
async function give(url: string, token: string | undefined, ...words: string[]): Promise<[unknown, string]> {
  const environment: Record<string, string> = token === undefined ? {} : { ASK_TOKEN: token };
  const program = stage.run('tools/number/main.js', environment, [...words, '--url', url]);
  const exit = await program.exit;
  const said = `${program.output}${program.errors}`;
  expect(said).toMatch(/^[^\n]+\n$/);
  // What was entered is shown to nobody, the one who enters it included; a token neither. The number of a round may hold it.
  expect(said).not.toMatch(/token-of|(?<!\d)(0012|0013)(?!\d)/);
  expect(program.errors === '').toBe(exit === 0);
  return [exit, said.trimEnd()];
}

test('is refused before the seal, and for who may not; two people enter the same', async () => {
  const lottery = new GivenNumberLottery(stage, 'entered', { DRAW_NUMBER: 'entered' });
  await lottery.start();
  const { operator, auditor, agency } = TOKENS;
  expect(await give(lottery.url, operator, '0012')).toEqual([
    1,
    'not-sealed (409): the sale is not sealed yet, or the draw is being called off',
  ]);
  await lottery.sell();
  const win = lottery.finish();
  await lottery.server.untilOutput(/waits_for: number/);
  const [forbidden, unauthorized, none] = [
    await give(lottery.url, agency, '0012'),
    await give(lottery.url, 'token-of-nobody-at-all', '0012'),
    await give(lottery.url, undefined, '0012'),
  ];
  expect(forbidden).toEqual([1, expect.stringMatching(/^forbidden \(403\): /)]);
  expect(unauthorized).toEqual([1, expect.stringMatching(/^unauthorized \(401\): /)]);
  expect(none).toEqual([1, expect.stringMatching(/^unauthorized \(401\): /)]);
  const awaits = [0, 'it is kept, and final: the other one must enter it too'];
  expect(await give(lottery.url, operator, '0012')).toEqual(awaits);
  expect(await give(lottery.url, operator, '0012')).toEqual(awaits);
  expect(await give(lottery.url, operator, '0013')).toEqual([
    1,
    'number-decided (409): you have entered another number before, which is final',
  ]);
  writeFileSync(stage.path('round.json'), '{}');
  expect(await give(lottery.url, operator, '--beacon', stage.path('round.json'))).toEqual([
    1,
    expect.stringMatching(/^not-found \(404\): the number of this draw comes from no beacon/),
  ]);
  expect(await give(lottery.url, auditor, '0012')).toEqual([
    0,
    'it is kept: the number is known, and the draw goes on',
  ]);
  expect(await win).toBe('WIN,00000006100012');
  expect(await give(lottery.url, auditor, '0012')).toEqual([
    1,
    'closed (410): the draw has run, or was called off',
  ]);
});

test('two people who enter different numbers are told that the draw can only be called off', async () => {
  const lottery = new GivenNumberLottery(stage, 'differs', { DRAW_NUMBER: 'entered' });
  await lottery.start();
  await lottery.sell();
  void lottery.finish().catch(() => undefined);
  await lottery.server.untilOutput(/waits_for: number/);
  expect((await give(lottery.url, TOKENS.auditor, '0012'))[0]).toBe(0);
  expect(await give(lottery.url, TOKENS.operator, '0013')).toEqual([
    1,
    'number-decided (409): it is kept, and is not what the other one has entered: the draw is to be called off',
  ]);
});

test('a round of the beacon is given from a file', async () => {
  const { round, due } = roundInTwoHours();
  const [, signature = ''] = signRounds(round);
  const lottery = new GivenNumberLottery(stage, 'drand', { DRAW_NUMBER: `drand:test@${due}` });
  await lottery.start();
  await lottery.sell();
  const win = lottery.finish();
  await lottery.server.untilOutput(/waits_for: number/);
  const file = stage.path('round.json');
  const giveFile = () => give(lottery.url, TOKENS.auditor, '--beacon', file);
  expect(await giveFile()).toEqual([2, expect.stringContaining(file)]);
  writeFileSync(file, JSON.stringify({ round: round + 1, signature }));
  expect(await giveFile()).toEqual([1, `bad-number (422): it is round ${round + 1}, and not ${round}`]);
  writeFileSync(file, JSON.stringify({ round, signature }));
  expect(await giveFile()).toEqual([0, 'it is kept: the number is known, and the draw goes on']);
  expect(await win).toMatch(/^WIN,/);
});

test('a server that is not there, and a command that is wrong, are one line', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  expect(await give(url, TOKENS.operator, '0012')).toEqual([
    1,
    expect.stringMatching(`^no answer from ${url}: [^\n]*ECONNREFUSED[^\n;]*$`),
  ]);
  expect(await give(url, TOKENS.operator)).toEqual([2, expect.stringMatching(/^NUMBER is missing; /)]);
  const noToken = await give(url, undefined, '0012', '--token-file', stage.path('absent'));
  expect(noToken).toEqual([2, expect.stringContaining(stage.path('absent'))]);
  expect(await give(url, 'short', '0012')).toEqual([2, expect.stringMatching(/ASK_TOKEN: this is no token/)]);
});
