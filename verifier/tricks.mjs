/** How draws are forged: what `forgeries_published.mjs` and `forgeries_own.mjs` are written with. */
import { Buffer } from 'node:buffer';

import {
  batchOf,
  BETS,
  csvOf,
  makeDraw,
  pathOf,
  receiptOf,
  RESULT,
  SALE,
  saltOf,
  SEAL,
} from './draw_maker.mjs';

/** What agency 1 has in hand when it verifies a draw: what was published, and what is its own. */
export const inHand = (published, own = published) => ({
  bundle: published.files,
  agency: 1,
  bets: [csvOf(BETS[1])],
  receipts: own.receiptsOf(1),
  winnersFile: Buffer.from(
    published
      .documentsOf(1)
      .map((document) => `${document}\n`)
      .join(''),
  ),
});

/** The sale with some of its events changed. */
export const changedSale = (change) => [...change([...SALE]), SEAL, RESULT];
export const without = (agency, batch) =>
  changedSale((sale) => sale.filter((event) => !(event.agency === agency && event.batch === batch)));
export const OTHER_BETS = BETS[1].map((bet, index) => (index === 3 ? { ...bet, document: '99999999' } : bet));

/** A draw made with tricks, as agency 1 verifies it that has its receipts from it. */
export const tricked = (tricks, more) => (world) =>
  inHand(makeDraw({ ...world.plan('fixed'), tricks, ...more }));
/** The same, of a draw whose number comes from a beacon. */
export const trickedBeacon = (tricks, number) => (world) => {
  const plan = world.plan('drand');
  return inHand(makeDraw({ ...plan, tricks, number: { ...plan.number, ...number } }));
};
/** A draw with other events, and receipts of its own. */
export const retold = (events) => (world) => inHand(makeDraw({ ...world.plan('fixed'), events }));
/** The same, verified by an agency that has its receipts from the true one. */
export const retoldBehindReceipts = (events) => (world) =>
  inHand(makeDraw({ ...world.plan('fixed'), events }), world.draw('fixed'));
/** The true draw, with one of its files changed. */
export const withFile = (path, change) => (world) => {
  const draw = world.draw('fixed');
  const bundle = new Map(draw.files);
  bundle.set(path, Buffer.from(change(bundle.get(path), draw)));
  return { ...inHand(draw), bundle };
};
/** The true draw, and a receipt of agency 1's first batch that was tampered with. */
export const withReceipt = (change) => (world) => {
  const draw = world.draw('fixed');
  const size = draw.entries.length;
  const whole = { index: 1, entries: draw.entries, extra: saltOf(1, 1), checkpoint: draw.checkpoint(size) };
  const receipt = { ...whole, path: pathOf(1, draw.entries) };
  return { ...inHand(draw), receipts: new Map([['1.tlog-proof', Buffer.from(receiptOf(change(receipt)))]]) };
};
export const flipped = (hash) => Buffer.from(hash.map((byte, index) => (index === 5 ? byte ^ 1 : byte)));
export const inText = (one, other) => (text) => text.replace(one, other);
export const replaceLine = (number, line) => (text) =>
  text
    .split('\n')
    .map((old, index) => (index === number - 1 ? line : old))
    .join('\n');
/** Does something to the entry of one batch of agency 1. */
export const inBatch = (batch, change) => (text) =>
  text.startsWith(`lottery-batch/v1\n1 ${batch} `) ? change(text) : text;
export const winnersOfOne = (change) => ({
  winnersOf: ({ agency, documents }) => ({ documents: agency === 1 ? change(documents) : documents }),
});

/** A checkpoint with its log's signature, and another cosignature. */
export function resigned(bytes, cosign) {
  const [text, signatures] = bytes.toString().split(/(?<=\n)\n/);
  return `${text}\n${signatures.split('\n')[0]}\n${cosign(text)}`;
}

/** A checkpoint of the log over another tree of this size. */
export function otherTree(world, size) {
  const sale = SALE.map((event) => (event === SALE[2] ? batchOf(1, 2, [3, 4], OTHER_BETS) : event));
  return makeDraw({ ...world.plan('fixed'), events: [...sale, SEAL] }).checkpoint(size);
}
