import { builtModule } from '../../../tests/support/built';
import { END } from './slot_codec';
import { newRingMemory, SubmissionSender } from './submission_ring';
import { newFolder, removeFolders } from './testing/ledger_folder';
import type { WriterStart } from './writer_messages';

type Threads = typeof import('node:worker_threads');
const threads = jest.requireActual<Threads>('node:worker_threads');
const { dropPreparedWriter, prepareWriter, startWriter } = builtModule<typeof import('./start_writer')>(
  'server/ledger/sqlite/start_writer',
);

/** How many threads were started. */
let started = 0;
const { Worker } = threads;

beforeAll(() => {
  threads.Worker = class extends Worker {
    constructor(...words: ConstructorParameters<typeof Worker>) {
      super(...words);
      started++;
    }
  };
});
beforeEach(() => (started = 0));
afterAll(() => {
  threads.Worker = Worker;
  removeFolders();
});

/** Starts a writer over a new ledger, and ends it. @returns how many batches it found */
async function startAndEnd(): Promise<number> {
  const start: WriterStart = {
    folder: newFolder(),
    terms: { agencies: 1, winnerNumber: 1 },
    mayCreate: true,
    memory: newRingMemory(1_000),
    committedFrames: undefined,
  };
  const { writer, state } = await startWriter(start);
  const ended = new Promise<void>((resolve) => writer.on('exit', resolve));
  const sender = new SubmissionSender(start.memory);
  sender.put(END);
  sender.publish();
  await ended;
  return state.batches;
}

test('a writer that was prepared is the next that is started, and the one after it is another', async () => {
  prepareWriter();
  prepareWriter();
  expect(started).toBe(1);
  expect(await startAndEnd()).toBe(0);
  expect(started).toBe(1);
  expect(await startAndEnd()).toBe(0);
  expect(started).toBe(2);
});

test('one that was dropped is not used', async () => {
  prepareWriter();
  await dropPreparedWriter();
  await dropPreparedWriter();
  expect(await startAndEnd()).toBe(0);
  expect(started).toBe(2);
});
