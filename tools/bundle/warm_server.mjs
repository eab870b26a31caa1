/** The run of a server from which its code cache is made: one small agency sells, finishes and gets its winners. */
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

/**
 * Runs the program and writes its code cache.
 *
 * Only the way of a bet over plain TCP into SQLite gets into the cache, which every start reads as a whole: other doors and
 * databases are compiled where they are used.
 *
 * @param {string} compiled the folder of the compiled modules
 * @param {{ program: string, name: string, cache: string }} files as of `runToItsEnd`
 * @returns {Promise<void>} rejected when the server fails, or cannot be reached on this machine
 */
export function warmServer(compiled, files) {
  const load = createRequire(join(compiled, 'protocol', 'reply_decoder.js'));
  const environment = (folder) => ({
    SERVER_PORT: '0',
    SERVER_LISTEN_ADDRESS: HOST,
    AGENCIES: String(AGENCY),
    DATA_DIR: join(folder, 'ledger'),
  });
  return inScratchFolder((folder) =>
    runToItsEnd(files, folder, environment(folder), async (server) => {
      await sell(load, await portOf(server));
      server.kill('SIGTERM');
    }),
  );
}

async function portOf(server) {
  for await (const line of createInterface({ input: server.stdout })) {
    const port = /action: accept_connections .* port: (\d+)/.exec(line)?.[1];
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
