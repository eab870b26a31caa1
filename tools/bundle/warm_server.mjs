/** The runs of a server from which its code caches are made. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { inScratchFolder, runToItsEnd } from './warm_run.mjs';

const HOST = '127.0.0.1';
const AGENCY = 1;
const BATCHES = 20;
const BETS_OF_BATCH = 25;
/** What the operator's browser and monitoring ask for first. */
const VISITED = ['/', '/readyz', '/draw', '/metrics', '/agencies?limit=1', '/nowhere'];

/**
 * Runs the program and writes its code cache: one small agency sells, finishes and gets its winners.
 *
 * Only the way of a bet over plain TCP into SQLite gets into the cache, which every start reads as a whole: other doors and
 * databases are compiled where they are used.
 *
 * @param {string} compiled the folder of the compiled modules
 * @param {import('./warm_run.mjs').WarmFiles} files
 * @returns {Promise<void>} rejected when the server fails, or cannot be reached on this machine
 */
export function warmServer(compiled, files) {
  const load = createRequire(join(compiled, 'protocol', 'reply_decoder.js'));
  return inScratchFolder((folder) =>
    runToItsEnd(files, folder, environmentIn(folder), async (server) => {
      await sell(load, await portOf(server, 'accept_connections'));
      server.kill('SIGTERM');
    }),
  );
}

/**
 * Runs the program with its HTTP door, and writes the code cache of the packages that are loaded for that.
 *
 * @param {string} compiled the folder of the compiled modules
 * @param {import('./warm_run.mjs').WarmFiles} files
 * @returns {Promise<void>} rejected when the server fails, or cannot be reached on this machine
 */
export function warmHttpDoor(compiled, files) {
  return inScratchFolder((folder) =>
    runToItsEnd(files, folder, { ...environmentIn(folder), HTTP_PORT: '0' }, async (server) => {
      const url = `http://${HOST}:${await portOf(server, 'accept_http')}`;
      for (const path of VISITED) await (await globalThis.fetch(`${url}${path}`)).arrayBuffer();
      server.kill('SIGTERM');
    }),
  );
}

function environmentIn(folder) {
  return {
    SERVER_PORT: '0',
    SERVER_LISTEN_ADDRESS: HOST,
    AGENCIES: String(AGENCY),
    DATA_DIR: join(folder, 'ledger'),
  };
}

async function portOf(server, action) {
  for await (const line of createInterface({ input: server.stdout })) {
    const port = new RegExp(`action: ${action} .* port: (\\d+)`).exec(line)?.[1];
    if (port === undefined) continue;
    server.stdout.resume();
    return Number(port);
  }
  throw new Error('the server has told no port');
}

/** Does what an agency does, which is ended by the WIN. */
async function sell(load, port) {
  const { ReplyDecoder } = load('./reply_decoder.js');
  const decoder = new ReplyDecoder();
  const socket = connect({ host: HOST, port });
  await once(socket, 'connect');
  socket.write(Buffer.concat(messages(load)));
  for await (const bytes of socket) {
    decoder.push(bytes);
    for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) {
      if (reply.type === 'ERR') throw new Error(`the server has refused a message: ${reply.code}`);
      if (reply.type === 'WIN') return;
    }
  }
  throw new Error('the server has closed the connection');
}

function messages(load) {
  const { encodeAsk } = load('./ask.js');
  const { encodeBet } = load('./bet.js');
  const { encodeChk } = load('./chk.js');
  const { encodeFin } = load('./fin.js');
  const betsOf = (batch) =>
    Array.from({ length: BETS_OF_BATCH }, (_, index) => {
      const number = batch * BETS_OF_BATCH + index + 1;
      return `${AGENCY},${number},Ana,Paz,${30_000_000 + number},1990-01-01,${number}`;
    });
  const batches = Array.from({ length: BATCHES }, (_, batch) => encodeBet(batch + 1, betsOf(batch)));
  return [encodeAsk(AGENCY), ...batches, encodeChk(AGENCY, 0), encodeFin(AGENCY)];
}
