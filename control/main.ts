/** The internal control of a lottery, a program of its own: `npm run control` (docs/OPERATING.md, "The internal control"). */
import { Books } from './books';
import { CosignedCheckpoints } from './cosigned';
import { listen } from './door';
import { ServerFeed } from './feed';
import { KeptDifference } from './kept_difference';
import { oneLine, UsageError } from './mistakes';
import { Cosigner } from './notes';
import { OwnCopy } from './own_copy';
import { readSettings, USAGE } from './settings';
import { Witness, WitnessAnswer, WitnessEvent } from './witness';

const EXIT_DONE = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

async function run(stop: AbortSignal): Promise<void> {
  const [word, ...more] = process.argv.slice(2);
  if (word === '-h' || word === '--help') return void process.stdout.write(USAGE);
  if (word !== undefined || more.length > 0) {
    throw new UsageError(
      `${JSON.stringify(word)}: nothing is allowed here but --help; the settings are variables`,
    );
  }
  const settings = readSettings(process.env);
  const { log, name, key, folder } = settings;
  const kept = new KeptDifference(folder);
  const copy = new OwnCopy(folder);
  const cosigned = new CosignedCheckpoints(folder);
  const books = new Books(log.name, (number) => copy.winnersOn(number));
  const cosigner = new Cosigner(name, key);
  const feed = new ServerFeed(settings.serverUrl, settings.token);
  const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
  const parts = { log, cosigner, books, copy, cosigned, kept, feed, nowSeconds };
  const witness = new Witness({ ...parts, tell: tellEvent });
  witness.readOwnCopy();
  const failed = new AbortController();
  const { server, port } = await listen(settings, {
    addCheckpoint: (body) => witness.addCheckpoint(body),
    cosignatureOf: (size) => witness.cosignatureOf(size),
    status: () => statusOf(books, cosigned, witness),
    onFailed: (error) => failed.abort(error),
  });
  tell('accept_checkpoints', 'in_progress', {
    address: settings.address,
    port,
    leaves: books.size,
    cosigned: cosigned.latest?.size ?? 0,
    verifier_key: cosigner.verifierKey,
  });
  await ended(AbortSignal.any([stop, failed.signal]));
  server.close();
  server.closeAllConnections();
  if (failed.signal.aborted) throw failed.signal.reason;
  tell('shutdown', 'success', { signal: String(stop.reason) });
}

function statusOf(books: Books, cosigned: CosignedCheckpoints, witness: Witness): WitnessAnswer {
  const { difference, contradiction } = witness;
  let state = 'balanced';
  if (difference !== undefined) state = `difference ${difference}`;
  else if (contradiction !== undefined) state = `contradiction ${contradiction}`;
  return {
    status: state === 'balanced' ? 200 : 503,
    type: 'text/plain; charset=utf-8',
    body: `leaves ${books.size}\nbets ${books.bets}\ncosigned ${cosigned.latest?.size ?? 0}\n${state}\n`,
  };
}

function tellEvent(event: WitnessEvent): void {
  switch (event.kind) {
    case 'cosigned':
      return tell('cosign', 'success', {
        leaves: event.size,
        bets: event.bets,
        ...(event.isSealed && { sealed: true }),
      });
    case 'difference':
      return tell('count', 'fail', {
        error: event.reason,
        ...(event.foundAt !== undefined && { found_at: event.foundAt }),
      });
    case 'contradiction':
      return tell('cosign', 'fail', { error: event.reason });
    case 'feed-failed':
      return tell('read_leaves', 'fail', { error: event.reason });
  }
}

function tell(action: string, result: string, details: Record<string, string | number | boolean>): void {
  const words = Object.entries({ action, result, ...details }).map(([name, value]) => `${name}: ${value}`);
  process.stdout.write(`${new Date().toISOString()} ${words.join(' | ')}\n`);
}

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

function end(error: unknown): never {
  process.stderr.write(`${oneLine(error)}\n`);
  process.exit(error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED);
}

const stopping = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stopping.abort(name));
process.on('uncaughtException', end);
process.on('unhandledRejection', end);
run(stopping.signal).then(() => process.exit(EXIT_DONE), end);
