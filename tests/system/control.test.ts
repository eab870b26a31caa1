/** The internal control as a process beside the server: no draw without it, and none over what it cannot count again. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, IncomingMessage, request, Server } from 'node:http';
import { AddressInfo } from 'node:net';

import { cosignerKey } from '../../transparency/notes/cosignature';
import { verifierKey } from '../../transparency/notes/note';
import { ROOT } from '../support/built';
import { httpPortOf, Program, Stage } from '../support/programs';

const ORIGIN = 'lottery.example/control-test';
const CONTROL = 'control.example/test';
const FIRST = ['1,Renata Isabel,Díaz,31204458,1987-03-17,7574\n', '2,Ana,Paz,20111222,1990-02-28,12\n'];

let stage: Stage;
const servers: Server[] = [];
beforeEach(() => void (stage = new Stage()));
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await stage.close();
});

/** A server that needs a control, and how the control is started. */
interface Scene {
  readonly server: Program;
  readonly port: number;
  readonly httpPort: number;
  /** @param serverPort where it asks for leaves; the server's if left out */
  readonly startControl: (serverPort?: number) => Promise<Program>;
  readonly settings: Readonly<Record<string, string>>;
}

function key(name: string): { readonly file: string; readonly publicKey: KeyObject } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const file = stage.path(name);
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return { file, publicKey: createPublicKey(privateKey) };
}

/** A port that is free, so that the control can be started later than the server. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function setUp(agencies: number, more: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const logKey = key('log.pem');
  const controlKey = key('control.pem');
  const controlPort = await freePort();
  const log = verifierKey(ORIGIN, logKey.publicKey);
  const witness = cosignerKey(CONTROL, controlKey.publicKey);
  writeFileSync(stage.path('policy.txt'), `log ${log}\nwitness control ${witness}\nquorum control\n`);
  const settings = {
    AGENCIES: String(agencies),
    RECEIPTS: 'on',
    RECEIPTS_ORIGIN: ORIGIN,
    RECEIPTS_KEY: logKey.file,
    RECEIPTS_POLICY: stage.path('policy.txt'),
    HTTP_PORT: '0',
    CONTROL_URL: `http://127.0.0.1:${controlPort}`,
    CONTROL_VERIFIER_KEY: witness,
    ...more,
  };
  const { server, port } = await stage.startServer(settings);
  const httpPort = await httpPortOf(server);
  const startControl = async (serverPort = httpPort): Promise<Program> => {
    const control = stage.run('control/main.js', {
      CONTROL_SERVER_URL: `http://127.0.0.1:${serverPort}`,
      CONTROL_LOG: log,
      CONTROL_NAME: CONTROL,
      CONTROL_KEY: controlKey.file,
      CONTROL_PORT: String(controlPort),
      CONTROL_DATA_DIR: stage.path('control-data'),
    });
    await control.untilOutput(/action: accept_checkpoints/);
    return control;
  };
  return { server, port, httpPort, startControl, settings };
}

function sell(port: number, agency: number): Program {
  const file = stage.path(`agency-${agency}.csv`);
  writeFileSync(file, FIRST.map((row) => row.slice(2)).join(''));
  return stage.startAgency(agency, port, { CLI_DATA_FILE: file, CLI_BATCH_MAXAMOUNT: '1' });
}

/** Fetches what the server publishes, and verifies it against the policy of the log and its control. */
async function verify(httpPort: number): Promise<{ readonly exit: number | null; readonly output: string }> {
  const folder = stage.path('draw');
  mkdirSync(folder);
  const answer = await fetch(`http://127.0.0.1:${httpPort}/draw/bundle`);
  execFileSync('tar', ['-xf', '-', '-C', folder], { input: Buffer.from(await answer.arrayBuffer()) });
  const words = ['verifier/verify.mjs', '--policy', stage.path('policy.txt'), '--bundle', folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' });
  return { exit: status, output: `${stdout}${stderr}` };
}

/** What the page is told of the log, once both have signed the result. */
async function logOnPage(httpPort: number): Promise<unknown> {
  const { body } = await fetch(`http://127.0.0.1:${httpPort}/events`);
  let text = '';
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(part).toString();
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const [, data = '{}'] = /^data: (.*)$/m.exec(event) ?? [];
      const { figures } = JSON.parse(data) as { figures: { log: { hasResult: boolean; signers: string[] } } };
      if (figures.log.hasResult && figures.log.signers.length > 1) return figures.log;
    }
  }
  throw new Error('the feed has ended');
}

async function metric(httpPort: number): Promise<string | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  return /^lottery_control_balanced (\d)$/m.exec(text)?.[1];
}

/** `GET /draw` answers at once, whatever the draw waits for. */
async function untilWaitingFor(httpPort: number, gate: string): Promise<void> {
  for (;;) {
    const draw: unknown = await (await fetch(`http://127.0.0.1:${httpPort}/draw`)).json();
    expect(draw).toMatchObject({ state: 'awaited', bets: null, winners: [] });
    if ((draw as { waits_for?: string }).waits_for === gate) return;
  }
}

test('cosigns the seal and the result of a true draw, which then verifies with a witness', async () => {
  const { server, port, httpPort, startControl } = await setUp(2);
  const control = await startControl();
  const agencies = [1, 2].map((agency) => sell(port, agency));
  expect(await Promise.all(agencies.map(({ exit }) => exit))).toEqual([0, 0]);
  expect(readFileSync(stage.path('winners-1.txt'), 'utf8')).toBe('31204458\n');
  expect(control.output).toContain('action: cosign | result: success | leaves: 8 | bets: 4 | sealed: true');
  expect(control.output).toContain('action: cosign | result: success | leaves: 9 | bets: 4 | sealed: true');
  expect(control.output + server.output).not.toMatch(/Renata|31204458/);
  const { exit, output } = await verify(httpPort);
  expect(output).toContain(`witnessed      ${CONTROL}`);
  expect([exit, output]).toEqual([0, expect.stringContaining('VERIFIED')]);
  expect(await metric(httpPort)).toBe('1');
  const both = [ORIGIN, CONTROL];
  expect(await logOnPage(httpPort)).toMatchObject({ size: 9, signers: both, sealSigners: both });
});

test.each(['before', 'after'])(
  'cosigns that the sale was called off, which proves when: a control that is started %s it',
  async (when) => {
    const deadline = { DRAW_DEADLINE: '500ms', DRAW_DEADLINE_ACTION: 'call-off' };
    const { server, port, httpPort, startControl } = await setUp(2, deadline);
    let control = when === 'before' ? await startControl() : undefined;
    const agency = sell(port, 1);
    await server.untilOutput(/action: sorteo \| result: fail \| reason: called off/);
    // Nobody waits for it.
    expect(await agency.exit).toBe(1);
    control ??= await startControl();
    for (const leaves of [5, 6])
      await control.untilOutput(new RegExp(`action: cosign \\| result: success \\| leaves: ${leaves} `));
    await server.untilOutput(/action: control \| result: success/);
    const { exit, output } = await verify(httpPort);
    expect(output).toMatch(/^witnessed +\S+ at /m);
    expect(output).toMatch(/^TRUE AS FAR AS IT GOES: .*the lottery was called off/m);
    expect(exit).toBe(3);
    const checkpoint = await (await fetch(`http://127.0.0.1:${httpPort}/checkpoint`)).text();
    expect(checkpoint).toMatch(/^[^\n]+\n6\n/);
    expect(checkpoint).toContain(`— ${CONTROL} `);
  },
);

test('gives the cosignature of the seal again that the server has lost, and until then no bundle is given', async () => {
  const { server, port, startControl, settings } = await setUp(1);
  const control = await startControl();
  expect(await sell(port, 1).exit).toBe(0);
  control.signal('SIGTERM');
  server.signal('SIGTERM');
  await Promise.all([control.exit, server.exit]);
  rmSync(stage.path('ledger/log/seal'), { recursive: true });
  const again = await stage.startServer(settings);
  await again.server.untilOutput(
    /result: fail \| error: .*ECONNREFUSED.* \| consequence: the seal lacks its/,
  );
  const httpPort = await httpPortOf(again.server);
  expect((await fetch(`http://127.0.0.1:${httpPort}/draw/bundle`)).status).toBe(404);
  expect(await metric(httpPort)).toBe('0');
  expect(again.server.output).not.toContain('action: control | result: success');
  await startControl(httpPort);
  await again.server.untilOutput(/action: control \| result: success/);
  expect(await verify(httpPort)).toMatchObject({ exit: 0 });
  expect(await metric(httpPort)).toBe('1');
});

test('is waited for with the draw, also when it was stopped in between, and the server too', async () => {
  const { server, port, httpPort: firstHttpPort, startControl, settings } = await setUp(1);
  const before = await startControl();
  await before.untilOutput(/action: cosign/);
  before.signal('SIGTERM');
  expect(await before.exit).toBe(0);
  const agency = sell(port, 1);
  await server.untilOutput(/action: control \| result: fail \| error: the control cannot be reached/);
  await server.untilOutput(/action: hold_draw/);
  await untilWaitingFor(firstHttpPort, 'control');
  agency.signal('SIGTERM');
  await agency.exit;
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  expect(server.output).not.toContain('action: sorteo');
  const again = await stage.startServer(settings);
  const httpPort = await httpPortOf(again.server);
  await startControl(httpPort);
  await again.server.untilOutput(/action: sorteo \| result: success/);
  expect(again.server.output).toContain('action: control | result: success');
  expect((await verify(httpPort)).exit).toBe(0);
});

/** A way to the server on which one byte of a bet is changed. */
async function lyingWay(httpPort: number): Promise<number> {
  const proxy = createServer((incoming, outgoing) => {
    const { url, headers } = incoming;
    request({ port: httpPort, path: url, headers }, (answer: IncomingMessage) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        const body = Buffer.concat(parts);
        const at = body.indexOf(',7574');
        if (at >= 0) body.write(',7575', at);
        outgoing.writeHead(answer.statusCode ?? 500, { 'content-length': body.length }).end(body);
      });
    }).end();
  });
  servers.push(proxy);
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return (proxy.address() as AddressInfo).port;
}

test('does not cosign over bets that are not those of the log, and says where', async () => {
  const { server, port, httpPort, startControl, settings } = await setUp(1);
  const control = await startControl(await lyingWay(httpPort));
  sell(port, 1);
  await control.untilOutput(
    /action: count \| result: fail \| error: agency 1, batch 1: commitment to its bets: the server says \S+ the control counts \S+$/m,
  );
  await server.untilOutput(
    /action: control \| result: fail \| error: the control answers 422: agency 1, batch 1/,
  );
  expect(control.output).not.toMatch(/Renata|31204458/);
  expect(await metric(httpPort)).toBe('0');
  expect(server.output).not.toContain('action: sorteo');
  // Also over the true bets, after a start.
  control.signal('SIGTERM');
  await control.exit;
  const again = await startControl();
  expect(again.output).toMatch(
    /action: count \| result: fail \| error: agency 1, batch 1: .* \| found_at: \S+Z$/m,
  );
  const status = await fetch(`${settings['CONTROL_URL']}/status`);
  expect([status.status, await status.text()]).toEqual([503, expect.stringContaining('difference agency 1')]);
  expect(await metric(httpPort)).toBe('0');
  expect(server.output).not.toContain('action: sorteo');
});
