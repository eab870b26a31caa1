import { EXAMPLE } from '../transparency/notes/testing/keys';
import { readBets } from './bets';
import { Books } from './books';
import { readEntry } from './entries';
import type { Frame } from './frames';
import { Difference } from './mistakes';
import type { OwnWinner } from './result';
import { ORIGIN, smallLottery } from './testing/small_lottery';

/** Takes leaves into new books. */
function count(frames: readonly Frame[], origin = ORIGIN): Books {
  const taken: Frame[] = [];
  function* winnersOn(number: number): Generator<OwnWinner> {
    for (const [index, { entry, text }] of taken.entries()) {
      const batch = readEntry(entry, index);
      if (batch.kind !== 'batch') continue;
      for (const bet of readBets(text) ?? []) {
        if (bet.number === number)
          yield { agency: batch.agency, batchId: batch.batchId, document: bet.document };
      }
    }
  }
  const books = new Books(origin, winnersOn);
  for (const frame of frames) {
    books.take(frame);
    taken.push(frame);
  }
  return books;
}

const LEAVES = { terms: 0, first: 1, second: 2, finish: 5, seal: 7, result: 8 };

/** The lottery with one entry changed. */
function changed(index: number, from: string | RegExp, to: string): Frame[] {
  const frames = smallLottery();
  const before = frames[index]!.entry.toString('latin1');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  frames[index] = { ...frames[index]!, entry: Buffer.from(after, 'latin1') };
  return frames;
}

function moved(order: readonly number[]): Frame[] {
  const frames = smallLottery();
  return order.map((index) => frames[index]!);
}

test('what the server makes is found equal, up to the winners in the order of their batches', () => {
  const books = count(smallLottery());
  expect([books.size, books.bets, books.sealedSize]).toEqual([9, 6, 8]);
});

test('the example is found equal, byte for byte', () => {
  const text = Buffer.from(
    '1,1,Renata Isabel,Ibáñez,31204458,1987-03-17,2201;1,2,Bruno Ezequiel,Saavedra,21689196,2000-05-10,7574',
  );
  const salt = Buffer.from(EXAMPLE.salt, 'hex');
  const key = Buffer.from('77cd61c73f22492130f474c3661fc2ab2df0adc45b3eb6a257d84b2d9b8085fe', 'hex');
  const secrets = [Buffer.alloc(0), salt, key, Buffer.alloc(0)];
  const frames = EXAMPLE.entries.map((entry, index) => ({
    entry: Buffer.from(entry),
    secret: secrets[index]!,
    text: index === 1 ? text : Buffer.alloc(0),
  }));
  const books = count(frames, EXAMPLE.logName);
  expect(books.root.toString('base64')).toBe('muknCXy/EfJECoETgc6TXTlgwYbVkFOVIEyruRQQlZQ=');
});

test.each<[string, () => Frame[], RegExp]>([
  ['another origin', () => changed(LEAVES.terms, 'origin lot', 'origin rot'), /^leaf 0: the origin/],
  ['no leaf at all', () => changed(LEAVES.first, 'v1', 'v2'), /^leaf 1 is none/],
  [
    'a count with a zero before it',
    () => changed(LEAVES.first, '\n1 2 2 4', '\n1 2 02 4'),
    /^leaf 1 is none/,
  ],
  ['terms twice', () => moved([0, 0]), /^leaf 1: the terms are leaf 0/],
  ['no terms', () => moved([1]), /^leaf 0: the terms are leaf 0/],
  ['a batch twice', () => moved([0, 1, 1]), /^agency 1, batch 2: it stands there twice/],
  ['a batch behind its FIN', () => moved([0, 3, 6, 3]), /^agency 2, batch 1: it stands behind the end/],
  ['a batch behind the seal', () => moved([0, 1, 2, 3, 4, 5, 6, 7, 1]), /^leaf 8: behind the seal/],
  ['a result before the seal', () => moved([0, 8]), /^leaf 1: behind the seal/],
  ['a leaf behind the result', () => moved([0, 1, 2, 3, 4, 5, 6, 7, 8, 8]), /^leaf 9: nothing may stand/],
  ['a batch left out', () => moved([0, 2]), /^agency 1, batch 1: chain/],
  [
    'an agency that is none',
    () => changed(LEAVES.first, '\n1 2 ', '\n9 2 '),
    /it is none of the 3 agencies$/,
  ],
  [
    'other bets in number',
    () => changed(LEAVES.first, ' 2 4\n', ' 3 4\n'),
    /bets: the server says 3, the control counts 2$/,
  ],
  ['another last bet', () => changed(LEAVES.first, ' 2 4\n', ' 2 5\n'), /last bet: the server says 5/],
  [
    'other sums of batches',
    () => changed(LEAVES.first, '\n1 2\n', '\n2 2\n'),
    /batches so far: the server says 2/,
  ],
  ['other sums of bets', () => changed(LEAVES.first, '\n1 2\n', '\n1 3\n'), /bets so far: the server says 3/],
  [
    'other sums of a FIN',
    () => changed(LEAVES.finish, '2 4', '2 5'),
    /^agency 1, end of its sale: bets: the server says 5/,
  ],
  ['a FIN twice', () => moved([0, 3, 6, 6]), /^agency 2, end of its sale: it stands there twice/],
  [
    'other sums of the seal',
    () => changed(LEAVES.seal, 'bets 6', 'bets 7'),
    /^seal: bets: the server says 7/,
  ],
  ['another agency missing', () => changed(LEAVES.seal, 'missing 3', 'missing 2'), /^seal: missing agencies/],
  [
    'another table',
    () => changed(LEAVES.seal, /numbers \w{4}/, 'numbers 0000'),
    /^seal: table of the numbers/,
  ],
  [
    'another table',
    () => changed(LEAVES.seal, /agencies \w{4}/, 'agencies 0000'),
    /^seal: table of the agencies/,
  ],
  [
    'another number',
    () => changed(LEAVES.result, 'number 7574', 'number 12'),
    /^result: number: the server says 12/,
  ],
  [
    'another source',
    () => changed(LEAVES.result, 'fixed', 'entered'),
    /^result: where the number comes from/,
  ],
  [
    'more winners',
    () => changed(LEAVES.result, 'winners 3', 'winners 4'),
    /^result: winners: the server says 4/,
  ],
  [
    'the winners of another order',
    () =>
      smallLottery(
        new Map([
          [1, '3007574,1007574'],
          [3, '7007574'],
        ]),
      ),
    /^result: table of/,
  ],
  [
    'a winner of another agency',
    () =>
      smallLottery(
        new Map([
          [2, '1007574,3007574'],
          [3, '7007574'],
        ]),
      ),
    /^result: table of/,
  ],
])('found: %s', (_, frames, reason) => {
  const found = ((): unknown => {
    try {
      return count(frames());
    } catch (error) {
      return error;
    }
  })();
  expect(found).toBeInstanceOf(Difference);
  expect((found as Difference).message).toMatch(reason);
});

test('a bet that is changed, one that is not valid, and a wrong salt or key are found, without a word of them', () => {
  const change = (index: number, part: Partial<Frame>): Frame[] =>
    smallLottery().map((frame, at) => (at === index ? { ...frame, ...part } : frame));
  const { text } = smallLottery()[1]!;
  const other = (from: string, to: string): Buffer => Buffer.from(text.toString().replace(from, to));
  const salt = Buffer.alloc(32, 1);
  for (const [frames, reason] of [
    [change(1, { text: other('7574', '7575') }), /^agency 1, batch 2: commitment to its bets: /],
    [change(1, { text: other('Ana', 'Eva') }), /^agency 1, batch 2: commitment to its bets: /],
    [
      change(1, { text: other('1987-03', '1987-13') }),
      /^agency 1, batch 2: it holds a bet that is not valid$/,
    ],
    [change(1, { text: Buffer.alloc(0) }), /^agency 1, batch 2: it holds a bet that is not valid$/],
    [change(1, { secret: salt }), /^agency 1, batch 2: commitment to its bets: /],
    [change(LEAVES.finish, { secret: salt }), /^agency 1, end of its sale: the salts of its batches/],
    [change(LEAVES.seal, { secret: salt }), /^agency 3, seal: the salts of its batches/],
    [change(LEAVES.seal, { secret: Buffer.alloc(0) }), /^seal: bytes of keys/],
  ] as const) {
    expect(() => count(frames)).toThrow(reason);
    expect(() => count(frames)).not.toThrow(/Ana|Eva|Díaz|1007574/);
  }
});
