/** A lottery whose winning number is not known before its sale is sealed, as its operator sets it up. */
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { betBytes } from '../../server/testing/bets';
import { verifierKey } from '../../transparency/notes/note';
import { ROOT } from './built';
import { call, RawClient } from './raw_client';
import { httpPortOf, Program, Stage } from './programs';
import { agencyLine } from './wire';

export const ORIGIN = 'lottery.example/test';
const OPERATOR = 'token-of-the-operator';
const AUDITOR = 'token-of-the-auditor';
const AGENCY = 'token-of-agency-one';
export const TOKENS = { operator: OPERATOR, auditor: AUDITOR, agency: AGENCY };

/** A chain that signs what the tests want. */
const PERIOD_SECONDS = 3;
const GENESIS_SECONDS = 1_700_000_000;
const SEED = '42';
const TWO_HOURS_SECONDS = 7_200;

/** A round that is due in two hours, and when: nobody waits for it, since the tests can sign it. */
export function roundInTwoHours(): { readonly round: number; readonly due: string } {
  const periods = (Date.now() / 1_000 + TWO_HOURS_SECONDS - GENESIS_SECONDS) / PERIOD_SECONDS;
  const round = Math.ceil(periods) + 1;
  const dueAtMs = (GENESIS_SECONDS + PERIOD_SECONDS * (round - 1)) * 1_000;
  return { round, due: new Date(dueAtMs).toISOString().replace('.000Z', 'Z') };
}

/** The public key, and the signatures of rounds, in hexadecimal. */
export function signRounds(...rounds: readonly number[]): readonly string[] {
  const script = join(ROOT, 'tests/support/sign_beacon.mjs');
  const words = [script, SEED, ...rounds.map(String)];
  return execFileSync(process.execPath, words, { encoding: 'utf8' }).trimEnd().split('\n');
}

/** One agency's lottery in a folder of its own, with a policy that names the chain. */
export class GivenNumberLottery {
  readonly folder: string;
  readonly #stage: Stage;
  readonly #environment: Readonly<Record<string, string>>;
  server!: Program;
  tcpPort = 0;
  #httpPort = 0;

  constructor(stage: Stage, name: string, environment: Readonly<Record<string, string>>) {
    this.#stage = stage;
    this.folder = stage.path(name);
    mkdirSync(this.folder);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const [beaconKey = ''] = signRounds();
    const file = (base: string, text: string): string => {
      const path = join(this.folder, base);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    this.#environment = {
      AGENCIES: '1',
      DATA_DIR: join(this.folder, 'ledger'),
      HTTP_PORT: '0',
      HTTP_TOKENS_FILE: file('tokens.ini', `operator = ${OPERATOR}\nauditor = ${AUDITOR}\n1 = ${AGENCY}\n`),
      RECEIPTS: 'on',
      RECEIPTS_ORIGIN: ORIGIN,
      RECEIPTS_KEY: file('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
      RECEIPTS_POLICY: file(
        'policy.txt',
        `log ${verifierKey(ORIGIN, publicKey)}\nquorum none\n` +
          `beacon test ${beaconKey} ${PERIOD_SECONDS} ${GENESIS_SECONDS} ${'5a'.repeat(32)} test\n`,
      ),
      ...environment,
    };
  }

  async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const { server, port } = await this.#stage.startServer({ ...this.#environment, ...environment });
    this.server = server;
    this.tcpPort = port;
    this.#httpPort = await httpPortOf(server);
  }

  async kill(): Promise<void> {
    this.server.signal('SIGKILL');
    await this.server.exit;
  }

  /** Sells 10,000 numbers, one bet each, so that whatever number is drawn has one. */
  async sell(): Promise<void> {
    const client = await RawClient.open(this.tcpPort);
    for (let batchId = 1; batchId <= 10; batchId++) {
      const first = (batchId - 1) * 1_000;
      const bets = Array.from({ length: 1_000 }, (_, index) => ({
        id: first + index + 1,
        document: String(100_000 + first + index),
        number: first + index,
      }));
      client.write(betBytes(1, batchId, bets));
      await client.readReply();
    }
    client.close();
  }

  /** The agency's FIN, which is answered when the draw has run. */
  finish(): Promise<string> {
    return call(this.tcpPort, agencyLine('FIN', 1));
  }

  async ask(path: string): Promise<Record<string, unknown>> {
    const response = await fetch(`http://127.0.0.1:${this.#httpPort}${path}`);
    return (await response.json()) as Record<string, unknown>;
  }

  /** The status, and the outcome or the code of the refusal. */
  async put(path: string, token: string, body: unknown): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#httpPort}${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { outcome, code } = (await response.json()) as { outcome?: string; code?: string };
    return `${response.status} ${outcome ?? code}`;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#httpPort}`;
  }

  /** Takes the bundle over HTTP and has it verified, once it has a result. */
  async verify(): Promise<{ exit: number | null; output: string }> {
    const response = await fetch(`${this.url}/draw/bundle`);
    const bundle = join(this.folder, 'bundle');
    mkdirSync(bundle, { recursive: true });
    execFileSync('tar', ['-xf', '-', '-C', bundle], { input: Buffer.from(await response.arrayBuffer()) });
    const words = ['verifier/verify.mjs', '--policy', join(this.folder, 'policy.txt'), '--bundle', bundle];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' });
    return { exit: status, output: `${stdout}${stderr}` };
  }
}
