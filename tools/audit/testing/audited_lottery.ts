/** The audit log's tool, run on a small lottery that a server has held. For tests. */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { DIST } from '../../../tests/support/built';
import type { Program, Stage } from '../../../tests/support/programs';
import { call, RawClient } from '../../../tests/support/raw_client';
import { agencyLine, batch, bets } from '../../../tests/support/wire';

/** The tool, in dist/. */
export const PROGRAM = 'tools/audit/main.js';

/** The log of the lottery. */
export const LINES = `PUT,/agencies/1/batches/1,201,0
PUT,/agencies/2/batches/1,201,0
PUT,/agencies/1/batches/1,200,0
GET,/agencies/1,200,0
PUT,/agencies/1/finish,200,0
PUT,/agencies/2/finish,200,0
PUT,/draw,201,0
GET,/agencies/1/winners,200,0
GET,/agencies/2/winners,200,0
`;
const AGREEMENT =
  'the log and the ledger agree: 9 lines, 2 batches with 5 bets, 2 of 2 agencies finished, drawn among 5 bets\n';

/** Environment variables that name a ledger. */
export type LedgerSettings = Readonly<Record<string, string>>;

/** How a program has ended. */
export interface Result {
  readonly exit: number | string;
  readonly output: string;
  readonly errors: string;
}

/** Waits for a program's end. */
export async function resultOf(program: Program): Promise<Result> {
  return { exit: await program.exit, output: program.output, errors: program.errors };
}

/** Runs the tool to its end. */
export function audit(stage: Stage, settings: LedgerSettings, ...words: string[]): Promise<Result> {
  return resultOf(stage.run(PROGRAM, settings, words));
}

/** Expects that the tool fails with one line, whatever it is to do. */
export async function expectFailure(
  stage: Stage,
  settings: LedgerSettings,
  line: RegExp,
  exitCode = 1,
): Promise<void> {
  for (const words of [[], ['--follow'], ['--verify']]) {
    const { exit, errors } = await audit(stage, settings, ...words);
    expect({ exit, errors }).toEqual({ exit: exitCode, errors: expect.stringMatching(line) as string });
  }
}

/** Expects that verifying reports these differences. */
export async function expectDifferences(
  stage: Stage,
  settings: LedgerSettings,
  differences: readonly unknown[],
): Promise<void> {
  const { exit, output, errors } = await audit(stage, settings, '--verify');
  expect(output.split('\n').slice(0, -1)).toEqual(differences);
  expect(exit).toBe(1);
  expect(errors).toMatch(/^the log and the ledger differ: \d+ differences?\n$/);
}

/**
 * Declares the tests that hold for each engine; the first of them holds the lottery.
 *
 * @param ledger the settings of an empty ledger, the same one each time
 * @param longLog those of a copy of it, with more lines than are read at once
 */
export function auditTool(
  stage: Stage,
  ledger: () => LedgerSettings,
  longLog: () => LedgerSettings | Promise<LedgerSettings>,
): void {
  test('follows while the server writes, across its end, and leaves at a signal', async () => {
    const { server, port } = await stage.startServer({ AGENCIES: '2', ...ledger() });
    const following = stage.run(PROGRAM, ledger(), ['--follow']);
    await sell(port);
    await following.untilOutput(/GET,\/agencies\/1,200,0\n/);
    expect(await audit(stage, ledger(), '--verify')).toMatchObject({
      exit: 0,
      output: expect.stringContaining('0 of 2 agencies finished, not drawn') as string,
    });
    await finish(port);
    await following.untilOutput(/2\/winners,200,0\n/);
    server.signal('SIGTERM');
    await server.exit;
    following.signal('SIGTERM');
    expect(await resultOf(following)).toEqual({ exit: 0, output: LINES, errors: '' });
  });

  test('prints the log', async () => {
    expect(await audit(stage, ledger())).toEqual({ exit: 0, output: LINES, errors: '' });
  });

  test('verifies the log', async () => {
    expect(await audit(stage, ledger(), '--verify')).toEqual({ exit: 0, output: AGREEMENT, errors: '' });
  });

  test('a reader that has enough ends it quietly', async () => {
    const program = spawn(process.execPath, [join(DIST, PROGRAM)], {
      env: { ...process.env, ...(await longLog()) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(program, 'close');
    await once(program.stdout, 'data');
    program.stdout.destroy();
    const errors: unknown[] = [];
    program.stderr.on('data', (text: unknown) => errors.push(text));
    expect(await ended).toEqual([0, null]);
    expect(errors).toEqual([]);
  });
}

/** Everything but the end of the sale. */
async function sell(port: number): Promise<void> {
  await call(port, batch(1, bets(1, 1, 2)));
  await call(port, batch(1, bets(2, 1, 3)));
  await call(port, batch(1, bets(1, 1, 2)));
  await call(port, agencyLine('ASK', 1));
}

/** On one connection, so that the order of the lines is fixed. */
async function finish(port: number): Promise<void> {
  const client = await RawClient.open(port);
  client.write(agencyLine('FIN', 1) + agencyLine('FIN', 2));
  for (let wins = 0; wins < 2; wins++) expect(await client.readReply()).toMatch(/^WIN,/);
  client.close();
}
