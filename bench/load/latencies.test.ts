import { Latencies } from './latencies';

it('answers quantiles within one percent', () => {
  const latencies = new Latencies();
  for (let index = 1; index <= 10_000; index++) latencies.add(index / 100);
  for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
    const exactMs = share * 100;
    expect(latencies.quantileMs(share)).toBeGreaterThanOrEqual(exactMs * 0.999);
    expect(latencies.quantileMs(share)).toBeLessThanOrEqual(exactMs * 1.01);
  }
});

it('knows microseconds and minutes', () => {
  const latencies = new Latencies();
  latencies.add(0.003);
  expect(latencies.quantileMs(1)).toBe(0.003);
  latencies.add(600_000);
  expect(latencies.quantileMs(1)).toBeGreaterThanOrEqual(600_000);
  expect(latencies.quantileMs(1)).toBeLessThan(606_000);
});

it('answers 0 when there are none', () => {
  expect(new Latencies().quantileMs(0.5)).toBe(0);
});
