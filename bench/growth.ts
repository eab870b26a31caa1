/** What grows with the ledger: taking bets in, starting again, the draw, memory. */
import { encodeAsk } from '../protocol/ask';
import { encodeFin } from '../protocol/fin';
import { Conversation } from './conversation';
import { AGENCIES, inFolder, LOTTERY, RunningServer } from './contestants';
import { runLoad } from './load/run_load';
import { residentMemoryMib, peakMemoryMib } from './process_usage';

const FILL_BET_COUNT = 2_000;
const BET_COUNT = 200;
const WINDOW = 8;

/** A ledger of one size. */
export interface GrowthFigures {
  /** Bets in the ledger when the others were measured. */
  readonly bets: number;
  /** Bets a second that it takes in then. */
  readonly betsPerSecond: number;
  readonly p99Ms: number;
  /** From starting the program to accepting connections. */
  readonly restartMs: number;
  /** From the last FIN to the last WIN. */
  readonly drawMs: number;
  /** The longest that another connection waited for an answer while the draw ran. */
  readonly longestAnswerMs: number;
  /** When it has started again; while bets came in; the most of all, the draw included. */
  readonly memoryAtStartMib: number;
  readonly memoryUnderLoadMib: number;
  readonly memoryPeakMib: number;
}

/** @param measureMs for how long taking bets in is measured */
export async function measureGrowth(parent: string, bets: number, measureMs: number): Promise<GrowthFigures> {
  const taking = await measureTaking(parent, bets, measureMs);
  // In a ledger of its own: taking bets in adds many.
  const ending = await measureEnding(parent, bets);
  const { memoryUnderLoadMib } = taking;
  return { bets, ...taking, ...ending, memoryPeakMib: Math.max(memoryUnderLoadMib, ending.memoryPeakMib) };
}

type TakingFigures = Pick<GrowthFigures, 'betsPerSecond' | 'p99Ms' | 'memoryUnderLoadMib'>;
type EndingFigures = Omit<GrowthFigures, 'bets' | keyof TakingFigures>;

function measureTaking(parent: string, bets: number, measureMs: number): Promise<TakingFigures> {
  return inFolder(parent, async (folder) => {
    const server = await LOTTERY.start(folder);
    try {
      const batches = await fill(server, bets);
      const load = await runLoad(
        {
          ports: [server.port],
          connections: AGENCIES,
          window: WINDOW,
          betCount: BET_COUNT,
          warmUpMs: 500,
          measureMs,
          firstBatchId: batches + AGENCIES,
        },
        server.processId,
      );
      return {
        betsPerSecond: (load.bets / load.elapsedMs) * 1_000,
        p99Ms: load.p99Ms,
        memoryUnderLoadMib: peakMemoryMib(server.processId),
      };
    } finally {
      await server.stop();
    }
  });
}

function measureEnding(parent: string, bets: number): Promise<EndingFigures> {
  return inFolder(parent, async (folder) => {
    let server = await LOTTERY.start(folder);
    try {
      await fill(server, bets);
      await server.stop();
      const startedMs = performance.now();
      server = await LOTTERY.start(folder);
      const restartMs = performance.now() - startedMs;
      const memoryAtStartMib = residentMemoryMib(server.processId);
      const draw = await measureDraw(server.port);
      return { restartMs, ...draw, memoryAtStartMib, memoryPeakMib: peakMemoryMib(server.processId) };
    } finally {
      await server.stop();
    }
  });
}

/** @returns how many batches there are then, about */
async function fill(server: RunningServer, bets: number): Promise<number> {
  const batches = bets / FILL_BET_COUNT;
  if (batches === 0) return 0;
  const unlimitedMs = 600_000;
  await runLoad(
    {
      ports: [server.port],
      connections: AGENCIES,
      window: WINDOW,
      betCount: FILL_BET_COUNT,
      warmUpMs: 0,
      measureMs: unlimitedMs,
      maxBatches: batches,
    },
    server.processId,
  );
  return batches;
}

async function measureDraw(port: number): Promise<{ drawMs: number; longestAnswerMs: number }> {
  const agencies = await Promise.all(Array.from({ length: AGENCIES }, () => Conversation.open(port)));
  const other = await Conversation.open(port);
  const startedMs = performance.now();
  const end = new AbortController();
  const drawn = Promise.all(agencies.map((agency, index) => agency.ask(encodeFin(index + 1)))).then(
    (replies) => {
      end.abort();
      const refused = replies.find(({ type }) => type !== 'WIN');
      if (refused !== undefined) throw new Error(`a FIN was answered with ${refused.type}`);
    },
  );
  let longestAnswerMs = 0;
  while (!end.signal.aborted) {
    const askedMs = performance.now();
    await other.ask(encodeAsk(1));
    longestAnswerMs = Math.max(longestAnswerMs, performance.now() - askedMs);
  }
  await drawn;
  const drawMs = performance.now() - startedMs;
  for (const conversation of [...agencies, other]) conversation.close();
  return { drawMs, longestAnswerMs };
}
