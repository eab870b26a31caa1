import { CheckedBatch } from '../../../protocol/checked_batch';
import { batchOf } from '../../testing/bets';
import { COMPLETE } from '../ledger';
import { APPEND, CLOSE_SALE, FINISH, FromWriter, OUTCOMES, Parcel, STANDING } from './operations';
import { Store } from './store';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { TERMS } from './testing/open_store';
import { answerAt, Writer } from './writer';

let folder = '';
let stores: Store[] = [];
let writer: Writer;
const disk = { isFull: false, cannotOpen: false };

/** Opens the store; its commit fails while the disk is full. */
function openStore(): Store {
  if (disk.cannotOpen) throw new Error('cannot\nopen');
  const store = Store.open(folder, TERMS);
  const commit = store.commit.bind(store);
  store.commit = () => {
    if (disk.isFull) throw new Error('disk\nfull');
    commit();
  };
  stores.push(store);
  return store;
}

beforeEach(() => {
  folder = newFolder();
  stores = [];
  disk.isFull = disk.cannotOpen = false;
  writer = new Writer(openStore(), openStore);
});
afterEach(() => writer.close());
afterAll(removeFolders);

function parcelOf(...batches: CheckedBatch[]): Parcel {
  const operations = batches.flatMap((batch) => [
    ...[APPEND, batch.agency, batch.batchId, batch.betCount, batch.lastBetId, batch.text.length],
  ]);
  const text = Buffer.from(batches.map(({ text }) => text.toString()).join(';'));
  return { kind: 'parcel', operations: Float64Array.from(operations), text };
}

function parcelWithout(kind: number, agency: number): Parcel {
  return { kind: 'parcel', operations: Float64Array.from([kind, agency, 0, 0, 0, 0]), text: Buffer.alloc(0) };
}

/** The outcomes of all appends of a commit. */
function outcomesOf(answer: FromWriter): string[] {
  if (answer.kind !== 'committed') return [answer.kind];
  return Array.from({ length: answer.answers.length / 3 }, (_, index) => {
    return OUTCOMES[answerAt(answer.answers, index)[0]]!;
  });
}

const REJECTED = { kind: 'rejected', parcels: 1, reason: 'disk full' };

test('parcels are carried out together, in their order', () => {
  const answer = writer.commit([
    parcelOf(batchOf(1, 1), batchOf(1, 2, [{ id: 9 }])),
    parcelWithout(STANDING, 1),
    parcelWithout(FINISH, 1),
    parcelOf(batchOf(1, 3), batchOf(1, 1)),
    parcelWithout(CLOSE_SALE, 0),
    parcelOf(batchOf(2, 1)),
  ]);
  expect(answer).toEqual({
    kind: 'committed',
    parcels: 6,
    answers: Float64Array.from([
      ...[0, 0, 0, 0, 0, 0],
      ...[2, 9, 2],
      ...[0, 0, 0],
      ...[3, 0, 0, 1, 0, 0],
      ...[0, 0, 0],
      ...[3, 0, 0],
    ]),
  });
});

test('a failed commit leaves nothing and rejects everything until goOn', () => {
  writer.commit([parcelOf(batchOf(1, 1))]);
  disk.isFull = true;
  expect(writer.commit([parcelOf(batchOf(1, 2)), parcelWithout(FINISH, 2)])).toEqual({
    ...REJECTED,
    parcels: 2,
  });
  disk.isFull = false;
  expect(writer.commit([parcelOf(batchOf(1, 3))])).toEqual(REJECTED);
  expect(writer.commit([parcelWithout(STANDING, 1)])).toEqual(REJECTED);
  expect(writer.storeDraw({ ...COMPLETE, winners: new Map(), bets: 1 })).toEqual({
    kind: 'draw-rejected',
    reason: 'disk full',
  });
  expect(stores).toHaveLength(1);
  writer.goOn();
  expect(outcomesOf(writer.commit([parcelOf(batchOf(1, 3), batchOf(1, 1))]))).toEqual([
    'stored',
    'already-stored',
  ]);
  expect(stores).toHaveLength(2);
  expect(stores[1]!.state).toMatchObject({
    batches: 2,
    bets: 2,
    finishedAgencies: new Set(),
    draw: undefined,
  });
  expect(stores[1]!.standing(1)).toMatchObject({ lastBatchId: 1 });
});

test('what fails again is rejected again', () => {
  disk.isFull = true;
  for (let round = 0; round < 3; round++) {
    expect(writer.commit([parcelOf(batchOf(1, 1))])).toEqual(REJECTED);
    writer.goOn();
  }
  disk.isFull = false;
  expect(outcomesOf(writer.commit([parcelOf(batchOf(1, 1))]))).toEqual(['stored']);
});

test('a file that cannot be opened again rejects until it can', () => {
  disk.isFull = true;
  writer.commit([parcelOf(batchOf(1, 1))]);
  disk.isFull = false;
  disk.cannotOpen = true;
  writer.goOn();
  expect(writer.commit([parcelOf(batchOf(1, 1))])).toEqual({ ...REJECTED, reason: 'cannot open' });
  disk.cannotOpen = false;
  writer.goOn();
  expect(outcomesOf(writer.commit([parcelOf(batchOf(1, 1))]))).toEqual(['stored']);
});

test('a draw that fails leaves nothing', () => {
  disk.isFull = true;
  const draw = { ...COMPLETE, winners: new Map([[1, '7']]), bets: 1 };
  expect(writer.storeDraw(draw)).toEqual({ kind: 'draw-rejected', reason: 'disk full' });
  disk.isFull = false;
  writer.goOn();
  expect(writer.storeDraw(draw)).toEqual({ kind: 'draw-stored' });
  expect(stores.at(-1)!.state.draw).toEqual(draw);
});

test('it can be closed after a failure, and twice', () => {
  disk.isFull = true;
  writer.commit([parcelOf(batchOf(1, 1))]);
  writer.close();
  writer.close();
});
