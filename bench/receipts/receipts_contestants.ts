/** The lottery's server with receipts and without, and somebody who asks for them. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { AGENCIES, Contestant, RunningServer, startLottery } from '../contestants';
import { ReceiptAsker } from './receipt_asker';

/** Without receipts: the yardstick. */
export const OFF = 'receipts off';
/** With a log that nobody asks. */
export const ON = 'receipts on';
/** With a log, and somebody who asks for each agency. */
export const ASKED = 'receipts on, asked';

/** Starts a server that gives receipts, with a new key. */
export function startWithReceipts(folder: string): Promise<RunningServer> {
  const keyFile = join(folder, 'log-key.pem');
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return startLottery(folder, {
    RECEIPTS: 'on',
    RECEIPTS_ORIGIN: 'bench.example/receipts',
    RECEIPTS_KEY: keyFile,
  });
}

/** Without, with, and asked for. */
export const RECEIPT_CONTESTANTS: readonly Contestant[] = [
  { name: OFF, promise: 'RECEIPTS = off', start: (folder) => startLottery(folder, {}) },
  { name: ON, promise: 'RECEIPTS = on', start: startWithReceipts },
  {
    name: ASKED,
    promise: `the same, and for each of ${AGENCIES} agencies somebody asks for the receipt of its last batch again and again`,
    start: async (folder) => {
      const server = await startWithReceipts(folder);
      const asker = await ReceiptAsker.start(server.port);
      return {
        ...server,
        stop: async () => {
          await asker.stop();
          await server.stop();
        },
      };
    },
  },
];
