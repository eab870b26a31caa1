/** How long the draw takes, for the agencies that wait for it. */
import { encodeFin } from '../../protocol/fin';
import { OperationError } from '../../program/exit';
import { Conversation } from '../conversation';
import { sumOf } from '../figures';
import { cpuMsOfTree } from '../process_usage';
import { Database } from './database';
import { RunningServers } from './servers';

const FINS_LIMIT_MS = 30_000;
const DRAW_LIMIT_MS = 120_000;

/** A draw, and the FINs before it. */
export interface DrawFigures {
  /** How many bets it was held over. */
  readonly bets: number;
  /** From the first FIN until all but the last one are stored, all being sent at once. */
  readonly finsMs: number;
  /** From the last FIN to the last WIN. */
  readonly drawMs: number;
  /** Processor time in that time. */
  readonly databaseCpuMs: number;
  readonly serversCpuMs: number;
}

/**
 * Finishes all agencies, the last one when all others have, and waits for every WIN.
 *
 * @param bets how many must be in the draw
 * @throws OperationError when the draw is over other bets, or is not held in time
 */
export async function measureDraw(
  database: Database,
  servers: RunningServers,
  agencies: number,
  bets: number,
): Promise<DrawFigures> {
  const { ports } = servers;
  const conversations = await Promise.all(
    Array.from({ length: agencies }, (_, index) => Conversation.open(ports[index % ports.length]!)),
  );
  try {
    const figures = await finishAll(database, servers, conversations);
    const drawn = await database.drawnBets();
    if (drawn === bets) return { bets, ...figures };
    throw new OperationError(`acknowledged were ${bets} bets, in the draw were ${drawn}`);
  } finally {
    for (const conversation of conversations) conversation.close();
  }
}

async function finishAll(
  database: Database,
  { processIds }: RunningServers,
  conversations: readonly Conversation[],
): Promise<Omit<DrawFigures, 'bets'>> {
  const last = conversations.length - 1;
  const startedMs = performance.now();
  const waiting = conversations.slice(0, last).map((conversation, index) => win(conversation, index + 1));
  // Until they are awaited together, below.
  for (const answer of waiting) answer.catch(() => undefined);
  await database.finished(last, FINS_LIMIT_MS);
  const finishedMs = performance.now();
  const cpuMs = (): number[] => [database.processId, ...processIds].map(cpuMsOfTree);
  const cpuBeforeMs = cpuMs();
  const lastSentMs = performance.now();
  waiting.push(win(conversations[last]!, conversations.length));
  await within(DRAW_LIMIT_MS, Promise.all(waiting), 'the draw was not held in time');
  const drawMs = performance.now() - lastSentMs;
  const [databaseCpuMs = NaN, ...serversCpuMs] = cpuMs().map(
    (afterMs, index) => afterMs - cpuBeforeMs[index]!,
  );
  return { finsMs: finishedMs - startedMs, drawMs, databaseCpuMs, serversCpuMs: sumOf(serversCpuMs) };
}

async function win(conversation: Conversation, agency: number): Promise<void> {
  const { type } = await conversation.ask(encodeFin(agency));
  if (type !== 'WIN') throw new OperationError(`a FIN was answered with ${type}`);
}

async function within(limitMs: number, work: Promise<unknown>, failure: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OperationError(failure)), limitMs);
  });
  await Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
}
