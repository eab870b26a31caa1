import { Timeline, TIMELINE_MS } from './timeline';

const START_MS = 1_795_000_000_000;

/** A timeline with a moment each second, and so many bets more in each. */
function steady(seconds: number, betsPerSecond: number): Timeline {
  const timeline = new Timeline({ atMs: [START_MS], bets: [0] });
  for (let second = 1; second <= seconds; second++) {
    timeline.add(START_MS + second * 1_000, second * betsPerSecond);
  }
  return timeline;
}

test('rates are between moments that follow each other, however far apart', () => {
  const timeline = new Timeline({ atMs: [START_MS, START_MS + 1_000], bets: [0, 100] });
  timeline.add(START_MS + 3_000, 500);
  timeline.add(START_MS + 3_500, 500);
  expect(timeline.plot(60_000)).toMatchObject({
    seconds: [0, 1, 3, 3.5].map((second) => START_MS / 1_000 + second),
    bets: [0, 100, 500, 500],
    betsPerSecond: [0, 100, 200, 0],
  });
});

test('a plot is a minute wide at least, and as wide as it is asked for once so much is known', () => {
  const widthOf = (timeline: Timeline, spanMs: number): number => {
    const { from, until } = timeline.plot(spanMs);
    return until - from;
  };
  expect(widthOf(steady(5, 1), TIMELINE_MS)).toBe(60);
  expect(widthOf(steady(200, 1), TIMELINE_MS)).toBe(200);
  expect(widthOf(steady(200, 1), 60_000)).toBe(60);
  expect(widthOf(steady(2_000, 1), TIMELINE_MS)).toBe(600);
});

test('what is older is forgotten', () => {
  const { seconds, bets } = steady(2_000, 3).plot(TIMELINE_MS);
  expect(seconds).toHaveLength(601);
  expect([bets[0], bets.at(-1)]).toEqual([4_200, 6_000]);
});

test('only the span is plotted, and its first rate is one', () => {
  const { seconds, betsPerSecond } = steady(300, 7).plot(60_000);
  expect(seconds).toHaveLength(61);
  expect(new Set(betsPerSecond)).toEqual(new Set([7]));
});

test('a moment that is not later is left out', () => {
  const timeline = steady(2, 5);
  timeline.add(START_MS + 2_000, 99);
  timeline.add(START_MS + 1_000, 99);
  expect(timeline.plot(60_000).bets).toEqual([0, 5, 10]);
});

test('minutes are told from the newest on, the oldest of them as far as it is known', () => {
  const minutes = steady(150, 10).minutes();
  expect(minutes).toEqual([
    { untilMs: START_MS + 150_000, bets: 1_500, betsPerSecond: 10 },
    { untilMs: START_MS + 90_000, bets: 900, betsPerSecond: 10 },
    { untilMs: START_MS + 30_000, bets: 300, betsPerSecond: 10 },
  ]);
  expect(new Timeline({ atMs: [START_MS], bets: [5] }).minutes()).toEqual([]);
});

test('minutes end even where moments are far apart', () => {
  const timeline = new Timeline({ atMs: [START_MS], bets: [0] });
  timeline.add(START_MS + 180_000, 180);
  timeline.add(START_MS + 400_000, 400);
  expect(timeline.minutes().map(({ bets }) => bets)).toEqual([400, 180]);
});

test('of one moment there is a plot, without a rate', () => {
  expect(new Timeline({ atMs: [START_MS], bets: [5] }).plot(TIMELINE_MS)).toMatchObject({
    bets: [5],
    betsPerSecond: [0],
  });
});
