import { partsOf } from './draw_parts';

function draw(bets: number, drawMs: number): Parameters<typeof partsOf>[0][number] {
  return { bets, drawMs, finsMs: 0, databaseCpuMs: bets / 50_000, serversCpuMs: bets / 10_000 };
}

it('tells what every draw costs from what each bet adds', () => {
  const parts = partsOf(
    [draw(0, 30), draw(0, 10), draw(0, 20)],
    [draw(1_000_000, 120), draw(4_000_000, 420)],
  );
  expect(parts).toEqual({
    fixedMs: 20,
    scanMsPerMillion: 100,
    databaseCpuMsPerMillion: 20,
    serversCpuMsPerMillion: 100,
  });
});

it('lets the larger draws weigh more where they do not lie on a line', () => {
  const { scanMsPerMillion } = partsOf([draw(0, 0)], [draw(1_000_000, 200), draw(10_000_000, 1_000)]);
  expect(scanMsPerMillion).toBeCloseTo(101, 0);
});
