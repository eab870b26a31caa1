/** The log that a real server has written, before an implementation by others, golang.org/x/mod/sumdb. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { COMPILING_TIMEOUT_MS, describeWithGo, GoCrossCheck } from '../support/go/go';
import { LogKey, makeLogKey } from '../support/log_key';
import { Stage } from '../support/programs';
import { RawClient } from '../support/raw_client';
import { agencyLine, batch, batchLine, bet, winReply } from '../support/wire';
import { newTiles, tilePath } from '../../transparency/tree/tiles';

/** More leaves than a tile has. */
const BATCHES = 300;
/** Of the terms, the finish, the seal and the result. */
const OTHER_LEAVES = 4;
const ASKED = [1, 255, 256, BATCHES];

describeWithGo('the log of a whole lottery before that of Go', () => {
  const stage = new Stage();
  let go: GoCrossCheck;
  let key: LogKey;
  /** The receipts of {@link ASKED}, from the end of the lottery. */
  const receipts: string[] = [];

  beforeAll(async () => {
    go = await GoCrossCheck.compile();
    key = makeLogKey(stage.path('key'));
    const { server, port } = await stage.startServer({ AGENCIES: '1', ...key.environment });
    const client = await RawClient.open(port);
    for (let id = 1; id <= BATCHES; id++) client.write(batch(id, [bet(1, id)]));
    for (let id = 1; id <= BATCHES; id++) expect(await client.readReply()).toMatch(/^ACK,/);
    client.write(agencyLine('FIN', 1));
    expect(await client.readReply()).toBe(winReply(''));
    while (!(await receiptOf(client, 1)).includes(`\n\n${originOf(key)}\n${BATCHES + OTHER_LEAVES}\n`));
    for (const id of ASKED) receipts.push(await receiptOf(client, id));
    client.close();
    server.signal('SIGTERM');
    expect(await server.exit).toBe(0);
  }, COMPILING_TIMEOUT_MS);
  afterAll(async () => {
    go.remove();
    await stage.close();
  });

  const file = (name: string): Buffer => readFileSync(stage.path(join('ledger', 'log', name)));
  const checkpointIn = (receipt: string): string => receipt.slice(receipt.indexOf('\n\n') + 2);

  test('Go opens every checkpoint, and no changed one', () => {
    const notes = ['checkpoint', 'seal/checkpoint'].map((name) => file(name).toString());
    const all = [...notes, ...receipts.map(checkpointIn)];
    const checks = all.map((note) => ({ kind: 'open-note', key: key.verifierKey, note }));
    expect(go.run(checks)).toEqual(all.map((note) => ({ refusal: '', text: `${note.split('\n\n')[0]}\n` })));
    const changed = checks.map((check) => ({ ...check, note: check.note.replace('\n30', '\n40') }));
    for (const { refusal } of go.run(changed)) expect(refusal).toMatch(/^invalid signature/);
  });

  test('Go makes the proofs of the receipts from the tiles, and finds their leaves in the tree', () => {
    const size = BATCHES + OTHER_LEAVES;
    const root = file('checkpoint').toString().split('\n')[2]!;
    const tiles = Object.fromEntries(
      [...newTiles(0, size)]
        .filter(({ level }) => level !== 'entries')
        .map(({ level, index, width }) => tilePath(level, index, width))
        .map((path) => [path, file(path).toString('base64')]),
    );
    const proofs = receipts.map((receipt) => {
      const [, , index, ...lines] = receipt.split('\n');
      return { index: Number(index!.slice('index '.length)), proof: lines.slice(0, lines.indexOf('')) };
    });
    const made = go.run(proofs.map(({ index }) => ({ kind: 'tiles', index, size, root, tiles })));
    expect(made).toEqual(proofs.map(({ proof }) => ({ refusal: '', proof })));
  });
});

const originOf = ({ environment }: LogKey): string => environment.RECEIPTS_ORIGIN!;

async function receiptOf(client: RawClient, batchId: number): Promise<string> {
  client.write(batchLine('RCP', 1, batchId));
  return (await client.readReply()).slice(12);
}
