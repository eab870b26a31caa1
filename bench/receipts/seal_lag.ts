/** How much longer agencies wait for their WIN when the sale is sealed before the draw. */
import { encodeFin } from '../../protocol/fin';
import { OperationError } from '../../program/exit';
import { AGENCIES, Contestant, inFolder } from '../contestants';
import { Conversation } from '../conversation';
import type { Spread } from '../figures';
import { runLoad } from '../load/run_load';

/** What is sold before. */
export interface SealLagPlan {
  readonly bets: number;
  readonly betCount: number;
  readonly window: number;
  readonly folder: string;
}

/** One contestant at the end of its sale. */
export interface SealLagRun {
  readonly contestant: string;
  readonly bets: number;
  /** From the FINs, sent as soon as the last bet is acknowledged, to the last WIN. */
  readonly winMs: number;
}

/** A contestant at the end of its sale. */
export interface SealLagFigures {
  readonly contestant: string;
  readonly bets: number;
  readonly winMs: Spread;
}

/** The load ends with its bets; it may take so long. */
const LONGEST_MS = 600_000;

/** Sells as fast as the server takes it, then lets all agencies finish at once. @throws OperationError when it fails */
export function measureSealLag(
  { bets, betCount, window, folder: parent }: SealLagPlan,
  contestant: Contestant,
): Promise<SealLagRun> {
  return inFolder(parent, async (folder) => {
    const server = await contestant.start(folder);
    try {
      const conversations = await Promise.all(
        Array.from({ length: AGENCIES }, () => Conversation.open(server.port)),
      );
      const maxBatches = Math.ceil(bets / betCount);
      const load = { ports: [server.port], connections: AGENCIES, window, betCount, maxBatches };
      const { acknowledgedBatches } = await runLoad(
        { ...load, warmUpMs: 0, measureMs: LONGEST_MS },
        server.processId,
      );
      const winMs = await finishAll(conversations);
      for (const conversation of conversations) conversation.close();
      return { contestant: contestant.name, bets: acknowledgedBatches * betCount, winMs };
    } finally {
      await server.stop();
    }
  });
}

async function finishAll(conversations: readonly Conversation[]): Promise<number> {
  const startedMs = performance.now();
  const replies = await Promise.all(
    conversations.map((conversation, index) => conversation.ask(encodeFin(index + 1))),
  );
  const wrong = replies.find(({ type }) => type !== 'WIN');
  if (wrong !== undefined) throw new OperationError(`a FIN was answered ${wrong.type}`);
  return performance.now() - startedMs;
}
