/** `npm run bench`: measures, and says what came out. */
import { stopSignal } from '../program/signals';

import { join } from 'node:path';

import { EXIT_DONE, EXIT_FAILED, runProgram } from '../program/exit';
import { makeFolder } from '../program/folders';
import { writeWholeFile } from '../program/whole_file';
import { MainJobFigures, measureMainJob } from './agency/main_job';
import { measureMemory, measureStreaming, MemoryFigures, StreamingFigures } from './agency/agency_streaming';
import { BenchArguments, readArguments, USAGE } from './arguments';
import { AGENCIES, Contestant, LOTTERY, NULL_STORE, PLAIN_LOG, ROW_PER_BET, WATCHED } from './contestants';
import { GrowthFigures, measureGrowth } from './growth';
import { httpPlan, measureHttp } from './http/http';
import { IdleFigures, measureIdleConnections } from './idle_connections';
import { LatencyFigures, measureLatency } from './latency';
import { Machine, machineText, thisMachine } from './machine';
import { findPeers } from './peers/find_peers';
import { throughputPlot } from './report/plot';
import { standingText } from './report/standing_text';
import { agencyText, growthText, idleText, latencyText } from './report/texts';
import { sharesOf, sumUp, ThroughputFigures, throughputTable } from './report/throughput_table';
import { scalePlan } from './scale/plan';
import { measureScale } from './scale/scale';
import { measureThroughput, runText, ThroughputRun } from './throughput';

const ROOT = join(__dirname, '..', '..');
const DATA_FOLDER = join(ROOT, '.data');
/** Under this share of the plain log, `--quick` fails. */
const LEAST_SHARE = 0.3;
const WINDOW = 8;
const GROWTH_BETS = [0, 1_000_000, 10_000_000];
const IDLE_CONNECTIONS = 10_000;
const STREAMED_ROWS = 1_000_000;
const MANY_ROWS = 10_000_000;
const AGENCY_LIMIT_MS = 300_000;

/** Everything that was measured; what `--json` prints. */
interface Figures {
  readonly machine: Machine;
  readonly throughput: readonly ThroughputFigures[];
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
  readonly latency?: LatencyFigures;
  readonly growth?: readonly GrowthFigures[];
  readonly idle?: IdleFigures;
  readonly mainJob: MainJobFigures;
  readonly streaming?: StreamingFigures;
  readonly agencyMemory?: MemoryFigures;
}

void runProgram(async () => {
  const stop = stopSignal();
  const choice = readArguments(process.argv.slice(2));
  if (choice === 'help') {
    process.stdout.write(USAGE);
    return EXIT_DONE;
  }
  makeFolder(choice.folder);
  if (choice.isScale) return scale(choice, stop);
  // Children end when the channel to this process closes.
  stop.addEventListener('abort', () => process.exit(EXIT_DONE));
  if (choice.isHttp) return http(choice);
  if (choice.isTls) return tls(choice);
  if (choice.isReceipts) return receipts(choice);
  const figures = await measure(choice);
  if (choice.plotFile !== undefined) {
    const plot = throughputPlot(figures.throughput, 'Bets a second, on durable storage');
    await writeWholeFile(choice.plotFile, [plot]);
  }
  if (choice.asJson) printJson(figures);
  return choice.isQuick ? judge(figures) : EXIT_DONE;
});

async function scale(choice: BenchArguments, stop: AbortSignal): Promise<number> {
  const say = speaker(choice);
  const machine = thisMachine();
  say(machineText(machine));
  const report = (run: ThroughputRun): void => showText(choice, runText(run));
  const figures = await measureScale(choice.folder, scalePlan(choice), { say, report }, stop);
  if (figures !== undefined && choice.asJson) printJson({ machine, ...figures });
  return EXIT_DONE;
}

async function http(choice: BenchArguments): Promise<number> {
  const say = speaker(choice);
  const machine = thisMachine();
  say(machineText(machine));
  const report = (text: string): void => showText(choice, text);
  const figures = await measureHttp(httpPlan(choice), { say, report });
  if (choice.asJson) printJson({ machine, ...figures });
  return EXIT_DONE;
}

async function tls(choice: BenchArguments): Promise<number> {
  const { measureTls, tlsPlan } = await import('./tls/tls.js');
  const say = speaker(choice);
  const machine = thisMachine();
  say(machineText(machine));
  const report = (text: string): void => showText(choice, text);
  const figures = await measureTls(tlsPlan(choice), { say, report });
  if (choice.asJson) printJson({ machine, ...figures });
  return EXIT_DONE;
}

async function receipts(choice: BenchArguments): Promise<number> {
  const { measureReceipts, receiptsPlan } = await import('./receipts/receipts.js');
  const say = speaker(choice);
  const machine = thisMachine();
  say(machineText(machine));
  const report = (text: string): void => showText(choice, text);
  const figures = await measureReceipts(receiptsPlan(choice), { say, report });
  if (choice.asJson) printJson({ machine, ...figures });
  return EXIT_DONE;
}

/** Says what is for people, unless the figures are for programs. */
function speaker({ asJson }: BenchArguments): (text: string) => void {
  return (text) => {
    if (!asJson) process.stdout.write(text);
  };
}

function printJson(figures: object): void {
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
}

async function measure(choice: BenchArguments): Promise<Figures> {
  const say = speaker(choice);
  const machine = thisMachine();
  say(`${machineText(machine)}\n`);
  const { throughput, leftOut, standing } = await measureTaking(choice, say);
  for (const { name, reason } of leftOut) say(`${name} is left out: ${reason}\n`);
  const figures = { machine, throughput, leftOut };
  if (choice.isQuick) {
    const mainJob = await measureMainJob(DATA_FOLDER, AGENCIES, choice.rounds);
    say(agencyText(mainJob));
    return { ...figures, mainJob };
  }
  const latency = await measureLatency(choice.folder, 200, 3_000);
  say(latencyText(latency));
  const growth: GrowthFigures[] = [];
  for (const bets of GROWTH_BETS) growth.push(await measureGrowth(choice.folder, bets, 3_000));
  say(growthText(growth));
  const idle = await measureIdleConnections(choice.folder, IDLE_CONNECTIONS, 3_000);
  say(idleText(idle));
  const mainJob = await measureMainJob(DATA_FOLDER, AGENCIES, choice.rounds);
  const source = join(DATA_FOLDER, 'agency-1.csv');
  const streaming = await measureStreaming({ source, rows: STREAMED_ROWS, runs: choice.rounds });
  const agencyMemory = await measureMemory(source, MANY_ROWS, 0, AGENCY_LIMIT_MS);
  say(agencyText(mainJob, streaming, agencyMemory));
  say(standing);
  return { ...figures, latency, growth, idle, mainJob, streaming, agencyMemory };
}

async function measureTaking(
  choice: BenchArguments,
  say: (text: string) => void,
): Promise<Pick<Figures, 'throughput' | 'leftOut'> & { readonly standing: string }> {
  const ours = choice.isQuick
    ? [LOTTERY, WATCHED, PLAIN_LOG]
    : [LOTTERY, WATCHED, PLAIN_LOG, NULL_STORE, ROW_PER_BET];
  const { peers, leftOut } = choice.withPeers ? await findPeers(choice.folder) : { peers: [], leftOut: [] };
  const contestants: Contestant[] = [...ours, ...peers];
  const runs = await measureThroughput(
    {
      contestants,
      betCounts: choice.isQuick ? [200] : [70, 200, 2_000],
      rounds: choice.rounds,
      warmUpMs: 1_000,
      measureMs: 2_000,
      window: WINDOW,
      folder: choice.folder,
    },
    (run) => showText(choice, runText(run)),
  );
  const throughput = sumUp(runs, PLAIN_LOG.name);
  say(`Taking bets in: ${AGENCIES} connections, ${WINDOW} batches in flight on each.\n\n`);
  say(throughputTable(throughput, 'of the log'));
  for (const { name, promise } of contestants) say(`  ${name}: ${promise}\n`);
  for (const { betCount, share } of sharesOf(runs, WATCHED.name, LOTTERY.name))
    say(`Batches of ${betCount}: watched, it takes ${share.toFixed(2)} of what it takes otherwise.\n`);
  const others = contestants.filter(({ name }) => name !== LOTTERY.name && name !== WATCHED.name);
  const standing = choice.withPeers ? `\n${standingText(runs, LOTTERY.name, others)}` : '';
  return { throughput, leftOut, standing };
}

/** On the terminal only: output that is kept in a file should hold the figures. */
function showText({ asJson }: BenchArguments, text: string): void {
  if (!asJson && process.stderr.isTTY) process.stderr.write(`  ${text}\n`);
}

function judge({ throughput }: Figures): number {
  const ours = throughput.find(({ contestant }) => contestant === LOTTERY.name);
  const share = ours?.shareOfYardstick ?? 0;
  if (share >= LEAST_SHARE) return EXIT_DONE;
  process.stderr.write(
    `the server takes ${share.toFixed(2)} of what the plain log takes, under ${LEAST_SHARE}\n`,
  );
  return EXIT_FAILED;
}
