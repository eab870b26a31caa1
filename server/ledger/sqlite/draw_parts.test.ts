import { builtModule } from '../../../tests/support/built';
import { batchOf } from '../../testing/bets';
import { BLOCK_SEGMENTS } from './draw_scan';
import { Store } from './store';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { appendParcel, execute, TERMS } from './testing/open_store';

const { searchInParts } = builtModule<typeof import('./draw_parts')>('server/ledger/sqlite/draw_parts');

const { winnerNumber } = TERMS;
const SEGMENTS = 3 * BLOCK_SEGMENTS;
let folder = '';

beforeEach(() => {
  folder = newFolder();
  const store = Store.open(folder, TERMS);
  store.begin();
  for (let batchId = 1; batchId <= SEGMENTS; batchId++)
    appendParcel(store, [batchOf(1, batchId, [{ document: String(batchId), number: winnerNumber }])]);
  store.commit();
  store.close();
});
afterAll(removeFolders);

const DOCUMENTS = Array.from({ length: SEGMENTS }, (_, index) => index + 1).join(',');

test.each([
  ['in this thread alone', undefined],
  ['in others beside it', 1],
])('finds all winners: %s', async (_, minPartBytes) => {
  const found = await searchInParts({ folder, winnerNumber }, minPartBytes);
  expect(found).toEqual({ winners: new Map([[1, DOCUMENTS]]), bets: SEGMENTS });
});

test('tells what another thread has found damaged', async () => {
  execute(folder, `UPDATE segments SET checksum = 0 WHERE sequence = ${BLOCK_SEGMENTS + 1}`);
  await expect(searchInParts({ folder, winnerNumber }, 1)).rejects.toThrow(
    `the ledger is damaged: segment ${BLOCK_SEGMENTS + 1} is not what was stored`,
  );
});
