/** The run of an agency from which the code cache is made: it sends a few bets to a server that keeps nothing. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { crc32 } from 'node:zlib';

/** The run takes a fifth of a second. */
const LIMIT_MS = 30_000;
const AGENCY = 1;
const BETS = 500;
const WINNER = '30000000';

/**
 * Runs the program and writes its code cache, as `warm_agency.cjs` does.
 *
 * Only the way of a bet over plain TCP gets into the cache, which every start reads as a whole: TLS and receipts, and lines
 * with quotes, are compiled where they are used.
 *
 * @param {string} compiled the folder of the compiled modules
 * @param {string} program the file of the bundled program
 * @param {string} name the path that the program will have
 * @param {string} cache the file to be written
 * @returns {Promise<void>} rejected when the agency fails, or cannot reach the server on this machine
 */
export async function makeCache(compiled, program, name, cache) {
  const folder = mkdtempSync(join(tmpdir(), 'lottery-bundle-'));
  const server = sinkServer(createRequire(join(compiled, 'protocol', 'request_decoder.js')));
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    writeFileSync(join(folder, 'agency-1.csv'), betsText());
    await runAgency([program, name, cache], folder, server.address().port);
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function betsText() {
  const rows = Array.from({ length: BETS }, (_, row) => `Ana,Paz,${30_000_000 + row},1990-01-01,${row}\n`);
  return rows.join('');
}

/** A server for one agency, which acknowledges everything and keeps only the sums. */
function sinkServer(load) {
  const { RequestDecoder } = load('./request_decoder.js');
  const { encodeAck } = load('./ack.js');
  const { encodeCrc } = load('./crc.js');
  const { encodeHas } = load('./has.js');
  const { encodeWin } = load('./win.js');
  let lastBatchId = 0;
  let bets = 0;
  let check = 0;
  const answers = {
    ASK: () => encodeHas(lastBatchId, bets, bets),
    BET: ({ batchId, batchSize, payload }) => {
      lastBatchId = batchId;
      bets += batchSize;
      check = crc32(payload, check);
      return encodeAck(AGENCY, batchId);
    },
    CHK: () => encodeCrc(lastBatchId, bets, check),
    FIN: () => encodeWin(WINNER),
  };
  return createServer((socket) => {
    const decoder = new RequestDecoder();
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      decoder.push(bytes);
      for (let request = decoder.next(); request !== undefined; request = decoder.next()) {
        const answer = answers[request.type]?.(request);
        // The agency says then what it has missed.
        if (answer === undefined) return socket.destroy();
        socket.write(answer);
      }
    });
  });
}

async function runAgency(words, folder, port) {
  const agency = fork(join(import.meta.dirname, 'warm_agency.cjs'), words, {
    cwd: folder,
    env: {
      CLI_ID: String(AGENCY),
      CLI_SERVER_ADDRESS: `127.0.0.1:${port}`,
      CLI_DATA_FILE: join(folder, 'agency-1.csv'),
      CLI_DATA_WINNERSFILE: join(folder, 'winners.txt'),
    },
    // What Node is told here would be in the cache's flags.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  agency.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const timer = setTimeout(() => agency.kill('SIGKILL'), LIMIT_MS);
  try {
    const [code, signal] = await once(agency, 'close');
    if (code === 0) return;
    throw new Error(errors.trim().split('\n').pop() || `the agency has ended with ${code ?? signal}`);
  } finally {
    clearTimeout(timer);
  }
}
