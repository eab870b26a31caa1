/** A winning number that nobody knows before the sale is sealed: a round of drand, or one that two people enter. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { GivenNumberLottery, roundInTwoHours, signRounds, TOKENS } from '../support/given_number';
import { Stage } from '../support/programs';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

const { round: ROUND, due: DUE } = roundInTwoHours();
const FROM_DRAND = `drand test, round ${ROUND}, due at ${DUE}`;
const [, SIGNATURE = '', NEXT_SIGNATURE = ''] = signRounds(ROUND, ROUND + 1);
const BEACON = { round: ROUND, signature: SIGNATURE };
const DRAND = { DRAW_NUMBER: `drand:test@${DUE}` };

/** The result is a leaf soon after the draw. */
async function verified(lottery: GivenNumberLottery): Promise<{ exit: number | null; output: string }> {
  for (;;) {
    const verification = await lottery.verify();
    if (
      !verification.output.includes('no result yet') &&
      !verification.output.includes('not in the tree yet')
    )
      return verification;
  }
}

describe('from drand', () => {
  test('is taken over HTTP once the sale is sealed, and what was drawn is verified', async () => {
    const lottery = new GivenNumberLottery(stage, 'drand', DRAND);
    await lottery.start();
    expect(lottery.server.output).toContain(`draw_number: drand:test@${DUE}`);
    expect(lottery.server.output).not.toContain('winner_number');
    await lottery.sell();
    expect(await lottery.ask('/draw')).toMatchObject({ winner_number: null, number_from: FROM_DRAND });
    expect(await lottery.put('/draw/beacon', TOKENS.operator, BEACON)).toBe('409 not-sealed');
    const win = lottery.finish();
    await lottery.server.untilOutput(
      new RegExp(`hold_draw \\| result: in_progress \\| waits_for: number \\| from: ${FROM_DRAND}`),
    );
    expect(await lottery.ask('/draw')).toMatchObject({
      state: 'awaited',
      winner_number: null,
      phase: 'gated',
      waits_for: 'number',
    });
    expect(await lottery.put('/draw/beacon', TOKENS.agency, BEACON)).toBe('403 forbidden');
    expect(await lottery.put('/draw/number', TOKENS.operator, { number: 1 })).toBe('404 not-found');
    for (const wrong of [
      {},
      { ...BEACON, round: ROUND + 1, signature: NEXT_SIGNATURE },
      { ...BEACON, signature: NEXT_SIGNATURE },
      { ...BEACON, signature: SIGNATURE.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) },
    ]) {
      expect(await lottery.put('/draw/beacon', TOKENS.operator, wrong)).toBe('422 bad-number');
    }
    expect(await lottery.put('/draw/beacon', TOKENS.auditor, BEACON)).toBe('200 known');
    expect(await win).toMatch(/^WIN,/);
    const { winner_number: number, state } = await lottery.ask('/draw');
    expect(state).toBe('drawn');
    expect(await win).toBe(`WIN,00000006${100_000 + Number(number)}`);
    expect(await lottery.put('/draw/beacon', TOKENS.auditor, BEACON)).toBe('410 closed');
    const { exit, output } = await verified(lottery);
    expect(output).toContain(`BLS signature valid for round ${ROUND}`);
    expect(output).toContain(`${String(number)} = `);
    expect([exit, output]).toEqual([3, expect.stringContaining('no outside clock')]);
  });

  test('is looked for in a file, and a server that is killed goes on from the round that it had', async () => {
    const file = stage.path('beacon.json');
    const lottery = new GivenNumberLottery(stage, 'file', { ...DRAND, DRAW_BEACON_FILE: file });
    await lottery.start();
    await lottery.sell();
    void lottery.finish().catch(() => undefined);
    await lottery.server.untilOutput(/waits_for: number/);
    await lottery.kill();
    writeFileSync(file, JSON.stringify({ ...BEACON, randomness: 'is not looked at' }));
    await lottery.start();
    await lottery.server.untilOutput(/sorteo \| result: success \| bets: 10000 \| cant_ganadores: 1\n/);
    expect((await verified(lottery)).exit).toBe(3);
    await lottery.kill();
    await lottery.start();
    expect(lottery.server.output).not.toContain('waits_for');
    expect((await verified(lottery)).exit).toBe(3);
  });

  test('is given up when the operator calls the draw off, and only then', async () => {
    const lottery = new GivenNumberLottery(stage, 'off', DRAND);
    await lottery.start();
    await lottery.sell();
    void lottery.finish().catch(() => undefined);
    await lottery.server.untilOutput(/waits_for: number/);
    await lottery.kill();
    await lottery.start({ DRAW_CALL_OFF: 'unless-known' });
    await lottery.server.untilOutput(
      /sorteo \| result: fail \| reason: called off: it has no winning number\n/,
    );
    expect(await lottery.finish()).toMatch(/^ERR,\d{8}0,closed,the draw was called off/);
    expect(await verified(lottery)).toMatchObject({
      exit: 3,
      output: expect.stringContaining('called off: none was used') as string,
    });
  });

  test('is refused by a ledger of another number, and a ledger of it by another round', async () => {
    const lottery = new GivenNumberLottery(stage, 'other', DRAND);
    await lottery.start();
    await lottery.kill();
    const settings = { DATA_DIR: join(lottery.folder, 'ledger'), AGENCIES: '1', SERVER_PORT: '0' };
    const fixed = stage.run('server/main.js', settings);
    expect(await fixed.exit).toBe(2);
    expect(fixed.errors).toMatch(
      /holds a lottery of AGENCIES 1 and a DRAW_NUMBER that is not known before the sale is sealed, configured are 1 and LOTTERY_WINNER_NUMBER 7574: [^\n]+\n$/,
    );
    await expect(lottery.start({ DRAW_MARGIN: '2m' })).rejects.toThrow(
      /DRAW_MARGIN: the log in \S+ was begun with "close \d+"; allowed is what that says/,
    );
  });
});

describe('entered', () => {
  const ENTERED = { DRAW_NUMBER: 'entered' };

  test('by the operator and the auditor, over a restart, and what was drawn is verified', async () => {
    const lottery = new GivenNumberLottery(stage, 'entered', ENTERED);
    await lottery.start();
    await lottery.sell();
    expect(await lottery.put('/draw/number', TOKENS.operator, { number: 12 })).toBe('409 not-sealed');
    void lottery.finish().catch(() => undefined);
    await lottery.server.untilOutput(/waits_for: number/);
    expect(await lottery.put('/draw/number', TOKENS.agency, { number: 12 })).toBe('403 forbidden');
    expect(await lottery.put('/draw/number', TOKENS.operator, { number: 10_000 })).toBe('422 bad-number');
    expect(await lottery.put('/draw/number', TOKENS.operator, { number: 12 })).toBe('200 awaits-other');
    await lottery.kill();
    expect(lottery.server.output).toMatch(/receive_number \| result: success \| from: operator\n/);
    await lottery.start();
    await lottery.server.untilOutput(/waits_for: number/);
    expect(await lottery.put('/draw/number', TOKENS.operator, { number: 13 })).toBe('409 number-decided');
    const win = lottery.finish();
    expect(await lottery.put('/draw/number', TOKENS.auditor, { number: 12 })).toBe('200 known');
    expect(await win).toBe('WIN,00000006100012');
    expect(await lottery.ask('/draw')).toMatchObject({ state: 'drawn', winner_number: 12 });
    const { exit, output } = await verified(lottery);
    expect([exit, output]).toEqual([3, expect.stringContaining('12, as it was entered')]);
    expect(readdirSync(join(lottery.folder, 'bundle'))).toEqual(['checkpoint', 'result', 'seal', 'tile']);
    expect(readFileSync(join(lottery.folder, 'ledger/log/number/operator'), 'utf8')).toBe('12\n');
  });

  test('the number in the settings that are shipped is used and told nowhere', async () => {
    const lottery = new GivenNumberLottery(stage, 'shipped', ENTERED);
    await lottery.start();
    expect(lottery.server.output).toContain(
      'without_effect: LOTTERY_WINNER_NUMBER | reason: DRAW_NUMBER is entered, which wins\n',
    );
    const told = await Promise.all(
      ['/draw', '/metrics', '/checkpoint'].map(async (path) => (await fetch(`${lottery.url}${path}`)).text()),
    );
    expect(`${lottery.server.output}${told.join('\n')}`).not.toMatch(/\b7574\b/);
    await lottery.kill();
    const audit = stage.run('tools/audit/main.js', { DATA_DIR: join(lottery.folder, 'ledger') }, [
      '--verify',
    ]);
    expect([await audit.exit, audit.output]).toEqual([0, expect.not.stringMatching(/\b7574\b/)]);
    const kept = readdirSync(join(lottery.folder, 'ledger'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    expect(kept.filter((text) => /\b7574\b/.test(text))).toEqual([]);
  });

  test('differently, the draw waits until it is called off', async () => {
    const lottery = new GivenNumberLottery(stage, 'differs', ENTERED);
    await lottery.start();
    await lottery.sell();
    void lottery.finish().catch(() => undefined);
    await lottery.server.untilOutput(/waits_for: number/);
    expect(await lottery.put('/draw/number', TOKENS.auditor, { number: 12 })).toBe('200 awaits-other');
    expect(await lottery.put('/draw/number', TOKENS.operator, { number: 21 })).toBe('409 number-decided');
    await lottery.server.untilOutput(
      /hold_draw \| result: fail \| waits_for: number \| reason: the operator and/,
    );
    await lottery.kill();
    await lottery.start({ DRAW_CALL_OFF: 'unless-known' });
    await lottery.server.untilOutput(/sorteo \| result: fail/);
    expect((await verified(lottery)).exit).toBe(3);
  });
});
