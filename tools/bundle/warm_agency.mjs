/** The run of an agency from which the code cache is made: it sends a few bets to a server that keeps nothing. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { inScratchFolder, runToItsEnd } from './warm_run.mjs';

const AGENCY = 1;
const BETS = 500;
const WINNER = '30000000';

/**
 * Runs the program and writes its code cache.
 *
 * Only the way of a bet over plain TCP gets into the cache, which every start reads as a whole: TLS and receipts, and lines
 * with quotes, are compiled where they are used.
 *
 * @param {string} compiled the folder of the compiled modules
 * @param {import('./warm_run.mjs').WarmFiles} files
 * @returns {Promise<void>} rejected when the agency fails, or cannot reach the server on this machine
 */
export async function warmAgency(compiled, files) {
  const server = sinkServer(createRequire(join(compiled, 'protocol', 'request_decoder.js')));
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await inScratchFolder((folder) => {
      const dataFile = join(folder, 'agency-1.csv');
      writeFileSync(dataFile, betsText());
      return runToItsEnd(files, folder, {
        CLI_ID: String(AGENCY),
        CLI_SERVER_ADDRESS: `127.0.0.1:${server.address().port}`,
        CLI_DATA_FILE: dataFile,
        CLI_DATA_WINNERSFILE: join(folder, 'winners.txt'),
      });
    });
  } finally {
    server.close();
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
  const { NO_CHECK, payloadCheck } = load('./payload_check.js');
  const { encodeWin } = load('./win.js');
  let lastBatchId = 0;
  let bets = 0;
  let check = NO_CHECK;
  const answers = {
    ASK: () => encodeHas(lastBatchId, bets, bets),
    BET: ({ batchId, batchSize, payload }) => {
      lastBatchId = batchId;
      bets += batchSize;
      check = payloadCheck(payload, check);
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
