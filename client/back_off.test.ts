import fc from 'fast-check';

// Takes FC_SEED from the environment.
import '../protocol/testing/arbitraries';
import { BackOff } from './back_off';

function waits(random: number, count: number): number[] {
  const backOff = new BackOff(() => random);
  return Array.from({ length: count }, () => backOff.nextMs());
}

describe('the pauses', () => {
  test('double up to five seconds', () => {
    expect(waits(0.5, 9)).toEqual([50, 100, 200, 400, 800, 1_600, 2_500, 2_500, 2_500]);
  });

  test('are never shorter than 20 ms', () => {
    expect(waits(0, 3)).toEqual([20, 20, 20]);
  });

  test('stay bounded after however many failures', () => {
    const backOff = new BackOff(() => 0.999_999);
    for (let failure = 0; failure < 5_000; failure++) expect(backOff.nextMs()).toBeLessThanOrEqual(5_000);
  });

  test('begin anew after a success', () => {
    const backOff = new BackOff(() => 0.5);
    backOff.nextMs();
    backOff.nextMs();
    backOff.reset();
    expect(backOff.nextMs()).toBe(50);
  });

  test('lie between the bounds, whatever the random numbers', () => {
    const randoms = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(randoms, (numbers) => {
        const rest = [...numbers];
        const backOff = new BackOff(() => rest.shift() ?? 0);
        for (const index of numbers.keys()) {
          const waitMs = backOff.nextMs();
          expect(waitMs).toBeGreaterThanOrEqual(20);
          expect(waitMs).toBeLessThanOrEqual(Math.min(5_000, 100 * 2 ** index));
        }
      }),
    );
  });
});
