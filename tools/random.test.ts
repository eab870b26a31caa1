import { Random } from './random';

const BETS = 2;
const WINNERS = 3;

const words = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.word());

test('gives the same numbers for the same key, on any machine', () => {
  expect(words(new Random(7574, BETS, 1), 4)).toEqual([2509896472, 2352315569, 1341752632, 4149509236]);
});

test('gives other numbers for another seed, purpose or member', () => {
  const keys: [number, number, number][] = [
    [0, BETS, 1],
    [1, BETS, 1],
    [0xffff_ffff, BETS, 1],
    [0, WINNERS, 1],
    [0, BETS, 2],
  ];
  const beginnings = keys.map((key) => words(new Random(...key), 3).join());
  expect(new Set(beginnings).size).toBe(keys.length);
});

test('stays below the bound and reaches all that is below it, about equally often', () => {
  const random = new Random(1, BETS, 1);
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 100_000; draw++) counts[random.below(10)]!++;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  expect(random.below(1)).toBe(0);
  expect(random.below(0x1_0000_0000)).toBeLessThan(0x1_0000_0000);
});

test('gives fractions from 0 up to 1, about equally often', () => {
  const random = new Random(1);
  const halves = [0, 0];
  for (let draw = 0; draw < 10_000; draw++) {
    const fraction = random.fraction();
    expect(fraction).toBeGreaterThanOrEqual(0);
    expect(fraction).toBeLessThan(1);
    halves[Math.floor(2 * fraction)]!++;
  }
  expect(Math.abs(halves[0]! - halves[1]!)).toBeLessThan(500);
});

test('takes a sample, each item once, and no more than there are', () => {
  const random = new Random(1);
  const list = Array.from({ length: 100 }, (_, index) => index);
  const sample = random.sample(list, 30);
  expect(new Set(sample).size).toBe(30);
  expect(list).toEqual(expect.arrayContaining(sample));
  expect(random.sample(list, 1_000).sort((one, other) => one - other)).toEqual(list);
  expect(random.sample([], 3)).toEqual([]);
});

test('picks early what stands first, and in the end everything', () => {
  const random = new Random(1, BETS, 1);
  const counts = { a: 0, b: 0, c: 0 };
  for (let draw = 0; draw < 9_000; draw++) counts[random.pickEarly(['a', 'b', 'c'] as const)]++;
  expect(counts.a).toBeGreaterThan(counts.b);
  expect(counts.b).toBeGreaterThan(counts.c);
  expect(counts.c).toBeGreaterThan(0);
});

test('refuses to pick from nothing', () => {
  expect(() => new Random(1, BETS, 1).pick([])).toThrow(RangeError);
});
