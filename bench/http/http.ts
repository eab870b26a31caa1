/** How fast requests over HTTP are answered, beside servers that do nothing else. */
import { answeringText, besideText, ratiosText } from '../report/http_text';
import { AnsweringPlan, AnsweringRun, HttpCase, measureAnswering } from './answering';
import { BARE_FASTIFY, BARE_HTTP, lotteryOverHttp } from './http_contestants';
import { BesidePlan, BesideRun, measureBeside } from './beside';
import { BesideFigures, sumUpBeside } from './sum_up_beside';
import { AnsweringFigures, HttpRatio, ratiosOf, sumUpAnswering } from './sum_up_answering';

const LOTTERY_OVER_HTTP = lotteryOverHttp();
const CONTESTANTS = [LOTTERY_OVER_HTTP, BARE_FASTIFY, BARE_HTTP];
const SINGLE: HttpCase = { exchange: 'put batch', betCount: 1, connections: 100 };
const CASES: readonly HttpCase[] = [
  ...[1, 10, 100, 1_000].map((connections) => ({ ...SINGLE, connections })),
  ...[10, 100].map((connections) => ({ ...SINGLE, betCount: 200, connections })),
  { exchange: 'get batch', betCount: 200, connections: 100 },
  { exchange: 'put note', betCount: 0, connections: 100 },
  { exchange: 'get note', betCount: 0, connections: 100 },
];

const BESIDE = { betCount: 200, clients: 10, clientBetCount: 9_999 };

/** What is measured over HTTP. */
export interface HttpPlan {
  readonly answering: AnsweringPlan;
  readonly beside: BesidePlan;
}

/** Everything that was measured over HTTP. */
export interface HttpFigures {
  readonly answering: readonly AnsweringFigures[];
  readonly ratios: readonly HttpRatio[];
  readonly beside: readonly BesideFigures[];
}

/** The whole of it, or what can be measured within a minute. */
export function httpPlan({
  isQuick,
  rounds,
  folder,
}: {
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly folder: string;
}): HttpPlan {
  const durations = isQuick ? { warmUpMs: 500, measureMs: 1_000 } : { warmUpMs: 1_000, measureMs: 2_000 };
  return {
    answering: { contestants: CONTESTANTS, cases: CASES, rounds, folder, ...durations },
    beside: { ...BESIDE, workers: isQuick ? [0, 1] : [0, 1, 2], rounds, folder, ...durations },
  };
}

/**
 * Measures all of it.
 *
 * @param listener `say` takes the texts for people, `report` a line on each run
 * @throws OperationError when an answer is wrong
 */
export async function measureHttp(
  { answering, beside }: HttpPlan,
  { say, report }: Record<'say' | 'report', (text: string) => void>,
): Promise<HttpFigures> {
  const runs = await measureAnswering(answering, (run) => report(runText(run)));
  const figures = sumUpAnswering(runs);
  say(answeringText(figures));
  for (const { name, promise } of answering.contestants) say(`  ${name}: ${promise}\n`);
  const besideFigures = sumUpBeside(await measureBeside(beside, (run) => report(besideRunText(run))));
  say(besideText(besideFigures, beside));
  const yardsticks = [BARE_FASTIFY.name, BARE_HTTP.name];
  const ratios = yardsticks.flatMap((yardstick) => ratiosOf(runs, LOTTERY_OVER_HTTP.name, yardstick));
  say(ratiosText(ratios));
  return { answering: figures, ratios, beside: besideFigures };
}

function runText({ contestant, exchange, connections, answers, elapsedMs }: AnsweringRun): string {
  return `${contestant}, ${exchange}, ${connections} connections: ${Math.round((answers / elapsedMs) * 1_000)} requests/s`;
}

function besideRunText({ workers, p99Ms }: BesideRun): string {
  const others = workers === undefined ? 'nobody' : `large batches, ${workers} workers`;
  return `TCP beside ${others}: p99 ${p99Ms.toFixed(1)} ms`;
}
