/** Forged draws that everybody can find out from what was published, before the number is known. */
import { Buffer } from 'node:buffer';

import {
  batchOf,
  BETS,
  CONTROL_KEY,
  cosignature,
  DRAW,
  finishOf,
  logSignature,
  makeDraw,
  ORIGIN,
  OTHER_CONTROL_KEY,
  OTHER_LOG_KEY,
  RESULT,
  SALE,
  saltOf,
  SEAL,
} from './draw_maker.mjs';
import {
  inHand,
  changedSale,
  tricked,
  trickedBeacon,
  retold,
  withFile,
  flipped,
  inText,
  replaceLine,
  inBatch,
  resigned,
  otherTree,
} from './tricks.mjs';

/** What was done, which check must catch it and none before it, and what the verifier is given then. */
export const FORGERIES = [
  // The policy and the terms.
  [
    'another policy than the one in leaf 0',
    'policy',
    (world) => ({
      ...inHand(world.draw('fixed')),
      policy: Buffer.from(`${world.policy}# another line\n`),
    }),
  ],
  ['a parallel draw of another origin', 'terms', tricked({ terms: inText(ORIGIN, `${ORIGIN}-b`) })],
  ['terms with a line too many', 'terms', tricked({ terms: (text) => `${text}margin 0\n` })],
  ['terms without agencies', 'terms', tricked({ terms: inText('agencies 3', 'agencies 0') })],
  ['a fixed number that is none', 'terms', tricked({ terms: inText('fixed 7574', 'fixed 07574') })],

  // The tree.
  [
    'a log key that the policy does not name',
    'tree',
    (world) => {
      const draw = makeDraw({ ...world.plan('fixed'), tricks: {} });
      const [text] = draw.files
        .get('checkpoint')
        .toString()
        .split(/(?<=\n)\n/);
      draw.files.set('checkpoint', Buffer.from(`${text}\n${logSignature(OTHER_LOG_KEY, text)}`));
      return inHand(draw);
    },
  ],
  [
    'two signatures of the log, one of them bad',
    'tree',
    withFile('checkpoint', (bytes) => {
      const lines = bytes.toString().split('\n');
      const bad = logSignature(
        { ...OTHER_LOG_KEY, id: Buffer.from(lines[4].split(' ')[2], 'base64').subarray(0, 4) },
        'x',
      );
      return [...lines.slice(0, 5), bad.trimEnd(), ...lines.slice(5)].join('\n');
    }),
  ],
  [
    'an entry other than the one that was signed',
    'tree',
    (world) => {
      const draw = world.draw('fixed');
      const path = `tile/entries/000.p/${draw.entries.length}`;
      return withFile(path, (bytes) =>
        Buffer.from(bytes.toString('latin1').replace('\n1 3 1 5\n', '\n1 3 1 6\n'), 'latin1'),
      )(world);
    },
  ],
  [
    'a hash tile that is not of the tree',
    'tree',
    (world) => withFile(`tile/0/000.p/${world.draw('fixed').entries.length}`, flipped)(world),
  ],
  [
    'a bundle of entries that was cut off',
    'tree',
    (world) =>
      withFile(`tile/entries/000.p/${world.draw('fixed').entries.length}`, (bytes) => bytes.subarray(0, -1))(
        world,
      ),
  ],
  [
    "a batch behind its agency's finish",
    'tree',
    retold(changedSale((sale) => [...sale, batchOf(1, 4, [5])])),
  ],
  [
    'a batch that is in the tree twice',
    'tree',
    retold(changedSale((sale) => [...sale.slice(0, 3), sale[0], ...sale.slice(3)])),
  ],
  [
    'a batch of an agency that there is not',
    'tree',
    retold(changedSale((sale) => [batchOf(4, 1, [1], BETS[1]), ...sale])),
  ],
  ['a finish twice', 'tree', retold(changedSale((sale) => [...sale, finishOf(1)]))],
  [
    'a batch behind the seal',
    'tree',
    retold([
      ...SALE.filter(({ kind, agency }) => kind !== 'finish' || agency !== 2),
      SEAL,
      batchOf(2, 3, [3]),
      RESULT,
    ]),
  ],
  ['a second result', 'tree', retold([...DRAW, RESULT])],
  ['a leaf behind the result', 'tree', retold([...DRAW, finishOf(2)])],
  ['a result without a seal', 'tree', retold([...SALE, RESULT])],
  [
    'a count of an agency that is too high',
    'tree',
    tricked({ batch: inBatch(2, inText('\n2 4\n', '\n2 5\n')) }),
  ],
  [
    'a chain that leaves out a batch',
    'tree',
    tricked({ batch: inBatch(2, replaceLine(5, saltOf(1, 1).toString('base64'))) }),
  ],
  [
    'reordered leaves with their old chains',
    'tree',
    (world) => {
      const events = changedSale(([first, second, third, ...rest]) => [third, second, first, ...rest]);
      const old = world.draw('fixed').entries.map(String);
      const batch = (text) => old.find((entry) => entry.split('\n')[1] === text.split('\n')[1]) ?? text;
      return tricked({ batch }, { events })(world);
    },
  ],
  ['a finish that counts less', 'tree', tricked({ finish: inText('\n3 5\n', '\n2 4\n') })],
  [
    'a number with leading zeros',
    'tree',
    tricked({ batch: inBatch(3, inText('\n1 3 1 5\n', '\n1 3 1 05\n')) }),
  ],
  ['an entry with a line too many', 'tree', tricked({ finish: (text) => `${text}ok\n` })],
  ['an entry of another kind', 'tree', tricked({ finish: inText('lottery-finish/v1', 'lottery-refund/v1') })],
  ['base64 that is not canonical', 'tree', tricked({ finish: inText('=\n', '\n') })],

  // The seal.
  ['sealed twice', 'seal', retold([...SALE, SEAL, SEAL, RESULT])],
  [
    'a sealed checkpoint of another size',
    'seal',
    withFile('seal/checkpoint', (_, draw) => draw.checkpoint(draw.entries.length)),
  ],
  [
    'a sealed checkpoint of another tree',
    'seal',
    (world) => withFile('seal/checkpoint', (_, draw) => otherTree(world, draw.entries.length - 1))(world),
  ],
  [
    'a sealed checkpoint that the log did not sign',
    'seal',
    withFile('seal/checkpoint', (bytes) => {
      const [text] = bytes.toString().split(/(?<=\n)\n/);
      return `${text}\n${cosignature(CONTROL_KEY, text, 1_797_933_492)}`;
    }),
  ],
  [
    'a numbers table that was changed after the draw',
    'seal',
    withFile('seal/numbers', (bytes) => String(bytes).replace('7574 3', '7574 2')),
  ],
  ['a numbers table with a bet less', 'seal', tricked({ numbersTable: inText('7574 3', '7574 2') })],
  [
    'a numbers table out of order',
    'seal',
    tricked({ numbersTable: (text) => `${text.trimEnd().split('\n').reverse().join('\n')}\n` }),
  ],
  [
    'an agencies table that was changed',
    'seal',
    withFile('seal/agencies', (bytes) => String(bytes).replace('1 3 5', '1 3 4')),
  ],
  ['an agencies table other than the entries', 'seal', tricked({ agenciesTable: inText('1 3 5', '1 2 4') })],
  ['a seal with too few bets', 'seal', tricked({ seal: inText('bets 8', 'bets 7') })],
  ['a seal with too many batches', 'seal', tricked({ seal: inText('batches 5', 'batches 6') })],
  ['a seal that calls an agency missing', 'seal', tricked({ seal: inText('missing -', 'missing 3') })],

  // Who saw it, and when.
  ['no cosignature', 'witnessed', tricked({ cosignature: () => '' })],
  [
    'a cosignature with another key',
    'witnessed',
    withFile('seal/checkpoint', (bytes) =>
      resigned(bytes, (text) =>
        cosignature({ ...OTHER_CONTROL_KEY, id: CONTROL_KEY.id }, text, 1_797_933_492),
      ),
    ),
  ],
  [
    'a cosignature of a witness that nobody knows',
    'witnessed',
    withFile('seal/checkpoint', (bytes) =>
      resigned(bytes, (text) => cosignature(OTHER_CONTROL_KEY, text, 1_797_933_492)),
    ),
  ],
  [
    'a seal that was backdated: cosigned after the close',
    'witnessed',
    trickedBeacon({ seconds: (seconds) => seconds + 5 }),
  ],
  [
    'a seal that was cosigned when the round was public',
    'witnessed',
    trickedBeacon({ seconds: (seconds) => seconds + 100 }),
  ],
  [
    'terms that let the seal wait for the round',
    'witnessed',
    (world) => trickedBeacon({}, { closeSeconds: world.plan('drand').number.closeSeconds + 60 })(world),
  ],
];
