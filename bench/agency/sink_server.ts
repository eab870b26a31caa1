/**
 * `node sink_server.js ACK_DELAY_MS`: a server that keeps nothing but sums, with which it answers a CHK. Each batch is
 * acknowledged as soon as it has come, or so many milliseconds later, one after another. It tells the parent process its
 * port, and each FIN; the winners, none, are told when the parent says so.
 */
import { createServer, Socket } from 'node:net';

import { exitOnUnexpectedErrors } from '../../program/exit';
import { encodeAck } from '../../protocol/ack';
import { encodeCrc } from '../../protocol/crc';
import { encodeHas } from '../../protocol/has';
import { NO_CHECK, payloadCheck } from '../../protocol/payload_check';
import { RequestDecoder } from '../../protocol/request_decoder';
import { encodeWin } from '../../protocol/win';

exitOnUnexpectedErrors();

const AGENCY = 1;
const ackDelayMs = Number(process.argv[2] ?? 0);
let ackedBets = 0;
/** Of all batches that have come. */
let lastBatchId = 0;
let bets = 0;
let check = NO_CHECK;

const server = createServer({ noDelay: true }, (socket) => {
  const decoder = new RequestDecoder();
  const acknowledge = ackDelayMs > 0 ? acknowledgeLater(socket) : acknowledgeNow(socket);
  socket.on('error', () => undefined);
  process.on('message', () => socket.write(encodeWin('')));
  socket.on('data', (bytes) => {
    socket.cork();
    decoder.push(bytes);
    for (let request = decoder.next(); request !== undefined; request = decoder.next()) {
      if (request.type === 'BET') {
        lastBatchId = request.batchId;
        bets += request.batchSize;
        check = payloadCheck(request.payload, check);
        acknowledge(request.batchId, request.batchSize);
      }
      if (request.type === 'CHK') socket.write(encodeCrc(lastBatchId, bets, check));
      if (request.type === 'ASK') socket.write(encodeHas(0, 0, 0));
      if (request.type === 'FIN') process.send?.({ ackedBets });
    }
    socket.uncork();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ address: server.address() }));
process.on('disconnect', () => process.exit(0));

type Acknowledge = (batchId: number, bets: number) => void;

function acknowledgeNow(socket: Socket): Acknowledge {
  return (batchId, bets) => {
    ackedBets += bets;
    socket.write(encodeAck(AGENCY, batchId));
  };
}

function acknowledgeLater(socket: Socket): Acknowledge {
  const acknowledge = acknowledgeNow(socket);
  let before = Promise.resolve();
  return (batchId, bets) => {
    before = before.then(async () => {
      await new Promise((resolve) => setTimeout(resolve, ackDelayMs));
      acknowledge(batchId, bets);
    });
  };
}
