/** An agency as a process that asks for receipts, at a server that a model plays. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { AddressInfo, createServer, Server, Socket } from 'node:net';
import { join } from 'node:path';

import { ModelReceipts, ModelServer } from '../../client/testing/model_server';
import { SmallLog } from '../../client/testing/small_log';
import { SYSTEM_CLOCK } from '../../program/clock';
import { Program, Stage } from '../support/programs';

const stage = new Stage();
afterAll(() => stage.close());

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const ROWS = Array.from({ length: 150 }, (_, index) => `Ana,Paz,${1_000 + index},1990-02-28,${index}\n`);

/** A server over the model. @returns its port */
async function serve(receipts: ModelReceipts | undefined): Promise<number> {
  const model = new ModelServer({ commitMs: () => 0, answersOneMessage: false, receipts }, SYSTEM_CLOCK);
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    const connection = model.accept({ send: (bytes) => socket.write(bytes), end: () => socket.end() });
    socket.on('data', (bytes) => connection.receive(bytes));
    socket.on('end', () => socket.end());
    socket.on('error', () => connection.die());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

let runs = 0;

/** Runs an agency in a folder of its own. */
function sell(
  port: number,
  key: string,
  environment: Record<string, string> = {},
  program = 'client/main.js',
): { agency: Program; folder: string } {
  const folder = stage.path(`receipts-${++runs}`);
  const file = stage.path(`agency-${runs}.csv`);
  writeFileSync(file, ROWS.join(''));
  const agency = stage.run(program, {
    CLI_ID: '1',
    CLI_SERVER_ADDRESS: `127.0.0.1:${port}`,
    CLI_DATA_FILE: file,
    CLI_DATA_WINNERSFILE: stage.path(`winners-${runs}.txt`),
    CLI_BATCH_MAXAMOUNT: '2',
    CLI_RECEIPTS_LOG: key,
    CLI_RECEIPTS_FOLDER: folder,
    ...environment,
  });
  return { agency, folder };
}

test.each(['client/main.js', 'bundled/client/main.js'])(
  '%s has those of a batch and of its FIN, and its winners',
  async (program) => {
    const log = new SmallLog();
    const { agency, folder } = sell(await serve(log), log.key, {}, program);
    expect([await agency.exit, agency.errors]).toEqual([0, '']);
    expect(readdirSync(folder)).toContain('finish.tlog-proof');
    expect(readFileSync(join(folder, 'finish.tlog-proof'))).toEqual(log.receiptOf(1, 0));
    expect(agency.output).toContain('action: receive_receipt | result: success | agency: 1 | fin: true');
    expect(agency.output).toMatch(/action: shutdown \| result: success \| sold: 150 .* sale: ended/);
    // A bet is in one file and a person in no log line.
    expect(agency.output).not.toContain('Paz');
  },
);

test('ends with one line, exit code 1 and the evidence when one is wrong', async () => {
  const log = new SmallLog();
  const changes: ModelReceipts = {
    addBatch: (batch) =>
      log.addBatch(
        batch.batchId === 9
          ? { ...batch, text: Buffer.from(batch.text.toString().replace('Ana', 'Eva')) }
          : batch,
      ),
    addFinish: (agency) => log.addFinish(agency),
    receiptOf: (agency, batchId) => log.receiptOf(agency, batchId),
  };
  const { agency, folder } = sell(await serve(changes), log.key);
  expect(await agency.exit).toBe(1);
  const evidence = join(folder, 'evidence', 'finish.tlog-proof');
  expect(agency.errors).toBe(
    'the receipt of the FIN of agency 1 is wrong: it does not cover the bets that were sold; ' +
      `it is kept in ${evidence}\n`,
  );
  expect(existsSync(evidence)).toBe(true);
});

test('goes on without at a server that gives none', async () => {
  const { agency, folder } = sell(await serve(undefined), new SmallLog().key);
  expect([await agency.exit, agency.errors]).toEqual([0, '']);
  expect(agency.output).toContain('the server gives no receipts: the agency goes on without');
  expect(readdirSync(folder)).toEqual([]);
});

test('is told of a key that is none before anything is sent', async () => {
  const key = new SmallLog().key.replace(/\+.{8}\+/, '+00000000+');
  const { agency } = sell(1, key);
  expect(await agency.exit).toBe(2);
  expect(agency.errors).toMatch(
    /^receipts.log \(CLI_RECEIPTS_LOG\): the verifier key of [^\n]* is mistyped[^\n]*\n$/,
  );
});
