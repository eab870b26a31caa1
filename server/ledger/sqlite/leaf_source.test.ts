import { builtModule } from '../../../tests/support/built';
import { batchOf } from '../../testing/bets';
import type { LeafSegment } from '../leaf_source';
import { leafSourceContract } from '../testing/leaf_source_contract';
import { SqliteAuditReader } from './audit_reader';
import { SqliteLeafSource } from './leaf_source';
import { Store } from './store';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { commitParcel, execute, TERMS } from './testing/open_store';

const { SqliteLedger } = builtModule<typeof import('./sqlite_ledger')>('server/ledger/sqlite/sqlite_ledger');

const ignore = (): void => undefined;
let folder = '';

afterAll(removeFolders);

/** What is told of a segment: its batches by their texts. */
function shown({ sequence, leaves }: LeafSegment): unknown {
  return [sequence, ...leaves.map((leaf) => (leaf.kind === 'batch' ? leaf.text.toString() : leaf))];
}

leafSourceContract('SqliteLeafSource', {
  open: (terms) => {
    folder = newFolder();
    return SqliteLedger.open({
      folder,
      terms,
      maxBatchBytes: 4 * 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
    });
  },
  auditLines,
  openSource: () => Promise.resolve(new SqliteLeafSource(folder)),
  damages: {
    'a text': () =>
      execute(folder, "UPDATE segments SET text = CAST(replace(CAST(text AS TEXT), '1987', '1988') AS BLOB)"),
    'a line': () => execute(folder, "UPDATE segments SET audit_lines = replace(audit_lines, '201', '200')"),
    'a row': () => execute(folder, 'UPDATE batches SET last_bet_id = last_bet_id + 1'),
    'a row that is gone': () => execute(folder, 'DELETE FROM batches'),
  },
});

test('tells of the batches of each segment in the order of the log', async () => {
  folder = newFolder();
  const store = Store.open(folder, TERMS);
  const source = new SqliteLeafSource(folder);
  const [first, second, third] = [batchOf(2, 1), batchOf(1, 1), batchOf(1, 2)];
  const stored = 'PUT,/agencies/2/batches/1,201,0\nGET,/draw,200,0\nPUT,/agencies/1/batches/1,201,7\n';
  const more =
    'PUT,/agencies/1/batches/2,201,0\nPUT,/agencies/2/batches/1,200,0\nPUT,/agencies/1/finish,200,0\n';
  commitParcel(store, [first, second], stored);
  commitParcel(store, [third, first], `${more}PUT,/draw,201,0\n`);
  const all = [...source.read(0)];
  expect(all.map(shown)).toEqual([
    [1, first.text.toString(), second.text.toString()],
    [2, third.text.toString(), { kind: 'finish', agency: 1 }, { kind: 'seal' }],
  ]);
  expect(all[0]!.leaves[0]).toMatchObject({ agency: 2, batchId: 1, bets: 1, lastBetId: first.lastBetId });
  expect([...source.read(1)].map(({ sequence }) => sequence)).toEqual([2]);
  await source.close();
  store.close();
});

/** The audit log, read beside the ledger. */
async function auditLines(): Promise<string[]> {
  const reader = new SqliteAuditReader(folder);
  try {
    return [...reader.read()].flatMap(({ lines }) => lines.split('\n').slice(0, -1));
  } finally {
    await reader.close();
  }
}
