import { NoAnswer } from './api/api_client';
import { holdingOf, holdingText } from './opening';
import { closeStubs, StubAnswer, stubServer } from './testing/stub_server';

const never = new AbortController().signal;
const METRICS = `# HELP lottery_bets_total bets
lottery_bets_total 1234567
lottery_agencies 1
lottery_finished_agencies 1
lottery_agency_bets_total{agency="1"} 7
lottery_drawn 1
lottery_draw_called_off 0
`;
afterEach(closeStubs);

const holding = async (answer: StubAnswer) => holdingOf(await stubServer(() => answer), never);

test('what a server holds is read from its metrics', async () => {
  const found = await holding({ status: 200, body: Buffer.from(METRICS) });
  expect(found).toEqual({ bets: 1_234_567, agencies: 1, finishedAgencies: 1, isDecided: true });
  expect(holdingText(found!, 2)).toBe('1,234,567 bets, 2 notes, 1 of 1 agency finished, the draw is decided');
  expect(holdingText({ ...found!, bets: 1, isDecided: false }, undefined)).toBe(
    '1 bet, 1 of 1 agency finished, not drawn',
  );
});

test('a draw that was called off is decided', async () => {
  const metrics = METRICS.replace('drawn 1', 'drawn 0').replace('called_off 0', 'called_off 1');
  expect(await holding({ status: 200, body: Buffer.from(metrics) })).toMatchObject({ isDecided: true });
});

test.each<[string, StubAnswer]>([
  ['that has no metrics', { status: 404 }],
  ['that tells others', { status: 200, body: Buffer.from('process_start_time_seconds 1\n') }],
])('a server %s does not tell', async (_, answer) => {
  expect(await holding(answer)).toBeUndefined();
});

test('a server that does not answer is an error', async () => {
  await expect(holding(undefined)).rejects.toThrow(NoAnswer);
});
