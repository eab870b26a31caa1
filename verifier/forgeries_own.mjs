/** Forged draws that an agency finds out by its receipts and bets, and forged numbers and winners. */
import { Buffer } from 'node:buffer';

import {
  agencyKeyOf,
  batchOf,
  BETS,
  logSignature,
  makeDraw,
  OTHER_LOG_KEY,
  SALE,
  saltOf,
} from './draw_maker.mjs';
import {
  inHand,
  changedSale,
  without,
  OTHER_BETS,
  tricked,
  trickedBeacon,
  retold,
  retoldBehindReceipts,
  withFile,
  withReceipt,
  flipped,
  inText,
  winnersOfOne,
} from './tricks.mjs';

/** What the receipt of a batch has beside its proof; the first batch of an agency has a chain of zeros before it. */
const withChain = (salt, chain = Buffer.alloc(32)) => Buffer.concat([salt, chain]);

/** What was done, which check must catch it and none before it, and what the verifier is given then. */
export const FORGERIES = [
  // The receipts.
  ['a leaf dropped that has a receipt', 'receipts', retoldBehindReceipts(without(1, 2))],
  [
    'reordered leaves',
    'receipts',
    retoldBehindReceipts(changedSale(([first, second, third, ...rest]) => [third, second, first, ...rest])),
  ],
  [
    'a bet changed, with receipts of before',
    'receipts',
    retoldBehindReceipts(
      changedSale((sale) =>
        sale.map((event) => (event === SALE[2] ? batchOf(1, 2, [3, 4], OTHER_BETS) : event)),
      ),
    ),
  ],
  ['another tree for another agency', 'receipts', retoldBehindReceipts(without(2, 1))],
  ['a ledger put back from a backup', 'receipts', retoldBehindReceipts(SALE.slice(0, 3))],
  [
    'a proof that was cut off',
    'receipts',
    withReceipt((receipt) => ({ ...receipt, path: receipt.path.slice(0, -1) })),
  ],
  [
    'a proof with a hash too many',
    'receipts',
    withReceipt((receipt) => ({ ...receipt, path: [...receipt.path, receipt.path[0]] })),
  ],
  [
    'a proof with a bit flipped',
    'receipts',
    withReceipt((receipt) => ({
      ...receipt,
      path: receipt.path.map((hash, at) => (at === 1 ? flipped(hash) : hash)),
    })),
  ],
  ['an empty proof', 'receipts', withReceipt((receipt) => ({ ...receipt, path: [] }))],
  ['a proof of another leaf', 'receipts', withReceipt((receipt) => ({ ...receipt, index: 2 }))],
  [
    'a proof of a leaf that is not in its tree',
    'receipts',
    withReceipt((receipt) => ({ ...receipt, index: receipt.entries.length })),
  ],
  [
    'a receipt that another log signed',
    'receipts',
    withReceipt((receipt) => {
      const [text] = receipt.checkpoint.split(/(?<=\n)\n/);
      return { ...receipt, checkpoint: `${text}\n${logSignature(OTHER_LOG_KEY, text)}` };
    }),
  ],
  [
    'a receipt without its salt',
    'receipts',
    (world) => {
      const receipts = world.draw('fixed').receiptsOf(1);
      receipts.set(
        'finish.tlog-proof',
        Buffer.from(String(receipts.get('finish.tlog-proof')).replace(/^extra .*\n/m, '')),
      );
      return { ...inHand(world.draw('fixed')), receipts };
    },
  ],

  // An agency's own bets.
  ['a batch dropped that had an ACK only', 'bets', retold(without(1, 3))],
  [
    "a batch added in an agency's name",
    'bets',
    retold(changedSale((sale) => [batchOf(1, 4, [6], [...BETS[1], BETS[2][0]]), ...sale])),
  ],
  [
    'a bet changed, the counts as before',
    'bets',
    retold(
      changedSale((sale) =>
        sale.map((event) => (event === SALE[2] ? batchOf(1, 2, [3, 4], OTHER_BETS) : event)),
      ),
    ),
  ],
  [
    'another salt in a receipt',
    'bets',
    (world) => {
      const draw = world.draw('fixed');
      return {
        ...inHand(draw),
        receipts: draw.receiptsOf(1).set('1.tlog-proof', draw.receipt(1, withChain(saltOf(1, 2)))),
      };
    },
  ],
  [
    'another chain in a receipt',
    'receipts',
    (world) => {
      const draw = world.draw('fixed');
      const extra = withChain(saltOf(1, 1), Buffer.alloc(32, 1));
      return { ...inHand(draw), receipts: draw.receiptsOf(1).set('1.tlog-proof', draw.receipt(1, extra)) };
    },
  ],
  [
    'another key of the salts in the receipt of the FIN',
    'bets',
    (world) => {
      const draw = world.draw('fixed');
      const index = 1 + SALE.findIndex(({ kind, agency }) => kind === 'finish' && agency === 1);
      return { ...inHand(draw), receipts: new Map([['f', draw.receipt(index, agencyKeyOf(2))]]) };
    },
  ],

  // The beacon.
  [
    'a number that was entered where one was fixed',
    'beacon',
    tricked({ result: inText('\nfixed\n', '\nentered\n') }),
  ],
  [
    'a fixed number where a beacon was promised',
    'beacon',
    trickedBeacon({ result: (text) => text.replace(/\nbeacon .*\nseed .*\n/, '\nfixed\n') }),
  ],
  [
    "a round of the operator's choice",
    'beacon',
    (world) =>
      trickedBeacon({ result: inText(/beacon \d+ /, `beacon ${world.plan('drand').number.round + 1} `) })(
        world,
      ),
  ],
  [
    'the right signature of a wrong round',
    'beacon',
    (world) => trickedBeacon({}, { signature: world.signatures.nextRound })(world),
  ],
  [
    'a signature with another key',
    'beacon',
    (world) => trickedBeacon({}, { signature: world.signatures.otherKey })(world),
  ],
  [
    'a signature for another domain (DST)',
    'beacon',
    (world) => trickedBeacon({}, { signature: world.signatures.otherDomain })(world),
  ],
  [
    'the point at infinity for a signature',
    'beacon',
    trickedBeacon({}, { signature: Buffer.concat([Buffer.of(0xc0), Buffer.alloc(47)]) }),
  ],
  ['a signature that is no point', 'beacon', trickedBeacon({}, { signature: Buffer.alloc(48, 0xab) })],
  [
    'another chain than the policy knows',
    'beacon',
    trickedBeacon({}, { chainHash: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e972' }),
  ],
  [
    'another public key of the chain, in the policy',
    'beacon',
    (world) => ({
      ...inHand(makeDraw({ ...world.plan('drand'), policy: undefined })),
      policy: Buffer.from(world.policy.replace(/^(beacon \S+ )\S+/m, `$1${world.otherPublicKey}`)),
    }),
  ],

  // The number.
  ['another number than the fixed one', 'number', tricked({ number: () => 12 })],
  [
    'a draw repeated: the next word of the seed',
    'number',
    trickedBeacon({ number: (_, { seed }) => seed.readUInt32BE(4) % 10_000 }),
  ],
  [
    'a biased number: a byte less of the seed',
    'number',
    trickedBeacon({ number: (_, { seed }) => seed.readUIntBE(0, 3) % 10_000 }),
  ],
  ['another seed', 'number', trickedBeacon({ seed: flipped })],

  // The winners.
  ['a winner left out', 'winners', tricked(winnersOfOne((documents) => documents.slice(1)))],
  ['a winner too many', 'winners', tricked(winnersOfOne((documents) => [...documents, '99999999']))],
  [
    'a winner of one agency given to another',
    'winners',
    tricked({
      winnersOf: ({ agency, documents }) => ({
        documents: { 1: documents.slice(1), 2: [...documents, '28111222'] }[agency] ?? documents,
      }),
    }),
  ],
  ["a winner's document swapped", 'winners', tricked(winnersOfOne(([first]) => [first, '99999999']))],
  ['winners in another order', 'winners', tricked(winnersOfOne((documents) => [...documents].reverse()))],
  [
    'a table of winners that was changed',
    'winners',
    withFile('result/agencies', (bytes) => String(bytes).replace('1 2 ', '1 1 ')),
  ],
  ['a table of winners with another sum', 'winners', tricked({ winnersTable: inText('1 2 ', '1 3 ') })],
  [
    'a count of winners other than the sealed table',
    'winners',
    tricked({ result: inText('winners 3', 'winners 2') }),
  ],
  [
    'another document in the WIN',
    'winners',
    (world) => ({
      ...inHand(world.draw('fixed')),
      winnersFile: Buffer.from('31204458\n28111223\n'),
    }),
  ],
];
