/** Agencies that do everything that is allowed and much that is not, at once, across a restart of the server. */
import { Program, Stage } from '../../support/programs';
import { Random } from '../../../tools/random';
import { LedgerOrder, readLedgerOrder } from './ledger_order';
import { Call, Message, RecordedConnection } from './recorder';

export const WINNER_NUMBER = 7574;
const AGENCIES = 4;
const CONNECTIONS_OF_AGENCY = 3;
const BATCHES_OF_AGENCY = 50;
/** Of a thousand messages of the second half, so many are FINs, before the restart and behind it. */
const FINS_OF_THOUSAND_BEFORE = 5;
const FINS_OF_THOUSAND_AFTER = 40;
const MESSAGES_BEFORE_RESTART = 60;
const MESSAGES_AFTER_RESTART = 40;

/** What was seen, and what the ledger says in the end. */
export interface History {
  readonly calls: readonly Call[];
  readonly ledger: LedgerOrder;
}

/** Plays once. The seed decides what is sent, not when it arrives. */
export async function playHistory(stage: Stage, seed: number): Promise<History> {
  const random = new Random(seed);
  const calls: Call[] = [];
  const settings = { AGENCIES: String(AGENCIES), DATA_DIR: stage.path(`history ${seed}`) };
  const first = await stage.startServer(settings);
  const before = { messages: MESSAGES_BEFORE_RESTART, finsOfThousand: FINS_OF_THOUSAND_BEFORE };
  const playing = sendOnAll({ port: first.port, calls, ...before }, random);
  await untilAnswered(calls, (AGENCIES * CONNECTIONS_OF_AGENCY * MESSAGES_BEFORE_RESTART) / 2);
  await end(first.server, random.chance(500) ? 'SIGKILL' : 'SIGTERM');
  for (const connection of await playing) await connection.close();

  const second = await stage.startServer(settings);
  const after = { messages: MESSAGES_AFTER_RESTART, finsOfThousand: FINS_OF_THOUSAND_AFTER };
  const connections = await sendOnAll({ port: second.port, calls, ...after }, random);
  await finishAll(second.port, calls, random);
  for (const connection of connections) {
    await connection.untilAllWins();
    await connection.close();
  }
  await end(second.server, 'SIGTERM');
  return { calls, ledger: readLedgerOrder(settings.DATA_DIR) };
}

/** Every agency sends its FIN, some more than once, and what comes behind a FIN. */
async function finishAll(port: number, calls: Call[], random: Random): Promise<void> {
  const agencies = Array.from({ length: AGENCIES }, (_, index) => index + 1);
  await Promise.all(
    agencies.map(async (agency) => {
      const connection = await RecordedConnection.open(port, calls);
      for (let count = random.below(3); count >= 0; count--) connection.send({ kind: 'FIN', agency });
      for (let count = 0; count < 5; count++) connection.send(chooseMessage(agency, random, false));
      connection.send({ kind: 'FIN', agency });
      await connection.untilAllWins();
      connection.send({ kind: 'FIN', agency });
      await connection.untilFewerThan(1);
      await connection.untilAllWins();
      await connection.close();
    }),
  );
}

/** What is sent on each connection of a part of the play. */
interface PartPlan {
  readonly port: number;
  readonly calls: Call[];
  readonly messages: number;
  readonly finsOfThousand: number;
}

async function sendOnAll(part: PartPlan, random: Random): Promise<RecordedConnection[]> {
  const lanes = Array.from({ length: AGENCIES * CONNECTIONS_OF_AGENCY }, (_, index) => index);
  const opened = await Promise.all(
    lanes.map((lane) => {
      const agency = 1 + (lane % AGENCIES);
      // Only some ask: the others are never barred by a later connection.
      const isAsking = lane >= AGENCIES;
      return sendOnOne({ ...part, agency, isAsking, random: new Random(random.word()) });
    }),
  );
  return opened.flat();
}

interface LanePlan extends PartPlan {
  readonly agency: number;
  readonly isAsking: boolean;
  readonly random: Random;
}

/** Sends so many messages, a few unanswered at a time; on a new connection when the server has closed the last. */
async function sendOnOne(plan: LanePlan): Promise<RecordedConnection[]> {
  const { port, calls, agency, messages, random } = plan;
  const connections: RecordedConnection[] = [];
  let connection: RecordedConnection | undefined;
  for (let sent = 0; sent < messages; sent++) {
    if (connection === undefined || connection.isOver) {
      connection = await RecordedConnection.open(port, calls).catch(() => undefined);
      // The server is gone: what is left is not sent.
      if (connection === undefined) return connections;
      connections.push(connection);
    }
    const isFin = sent > messages / 2 && random.chance(plan.finsOfThousand);
    connection.send(isFin ? { kind: 'FIN', agency } : chooseMessage(agency, random, plan.isAsking));
    // Of what follows a batch that is barred the checker cannot know what was carried out: those that may be barred wait.
    await connection.untilFewerThan(plan.isAsking ? 1 : 1 + random.below(5));
  }
  await connection?.untilFewerThan(1);
  return connections;
}

/** A batch, now and then with other bets under an id that is likely taken, or an ASK. */
function chooseMessage(agency: number, random: Random, isAsking: boolean): Message {
  if (isAsking && random.chance(150)) return { kind: 'ASK', agency };
  const batchId = 1 + random.below(BATCHES_OF_AGENCY);
  return { kind: 'BET', agency, batchId, text: textOf(agency, batchId, random.chance(200) ? 1 : 0) };
}

function textOf(agency: number, batchId: number, variant: number): string {
  return Array.from({ length: 1 + (batchId % 4) }, (_, index) => {
    const betId = batchId * 10 + index;
    const number = (betId + variant) % 5 === 0 ? WINNER_NUMBER : betId;
    return `${agency},${betId},Ana,Paz,${agency}${betId}${variant},1987-03-17,${number}`;
  }).join(';');
}

async function untilAnswered(calls: readonly Call[], count: number): Promise<void> {
  while (calls.filter(({ reply }) => reply !== undefined).length < count)
    await new Promise((resolve) => setImmediate(resolve));
}

async function end(server: Program, signal: NodeJS.Signals): Promise<void> {
  server.signal(signal);
  await server.exit;
}
