import { Presences } from './presence';

let nowMs = 0;
beforeEach(() => {
  nowMs = 1_000;
  jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
});
afterEach(() => jest.restoreAllMocks());

test('a party is connected since the first of the connections that are open', () => {
  const presences = new Presences();
  const first = presences.connected(2, 'certificate');
  nowMs = 2_000;
  const second = presences.connected(2, 'certificate');
  expect(presences.of(2)).toMatchObject({ connections: 2, right: 'certificate', sinceMs: 1_000 });
  first();
  first();
  expect(presences.of(2)).toMatchObject({ connections: 1, sinceMs: 2_000 });
  second();
  expect(presences.of(2)).toMatchObject({ connections: 0, right: undefined, sinceMs: undefined });
});

test('of several rights the weakest is told', () => {
  const presences = new Presences();
  presences.connected(2, 'certificate');
  const unproven = presences.connected(2, 'none');
  presences.connected(2, 'token');
  expect(presences.of(2).right).toBe('none');
  expect(rights(presences)).toEqual([0, 0, 1]);
  unproven();
  expect(presences.of(2).right).toBe('token');
  expect(rights(presences)).toEqual([0, 1, 0]);
});

test('agencies are counted by their rights, the operator is not one of them', () => {
  const presences = new Presences();
  const leave = [
    presences.connected(1, 'certificate'),
    presences.connected(1, 'certificate'),
    presences.connected(2, 'certificate'),
    presences.connected('operator', 'certificate'),
  ];
  expect(rights(presences)).toEqual([2, 0, 0]);
  leave[0]!();
  expect(rights(presences)).toEqual([2, 0, 0]);
  for (const each of leave) each();
  expect(rights(presences)).toEqual([0, 0, 0]);
});

test('who has asked without a connection is not connected, and asking again is the last time', () => {
  const presences = new Presences();
  presences.seen(3, 'token', 'http');
  nowMs = 5_000;
  presences.seen(3, 'certificate', 'http');
  expect(presences.of(3)).toMatchObject({
    connections: 0,
    right: undefined,
    seen: { right: 'certificate', door: 'http', atMs: 5_000 },
  });
  expect(rights(presences)).toEqual([0, 0, 0]);
});

test('of the certificates of a party the first to expire is told, as long as its connection is open', () => {
  const presences = new Presences();
  presences.connected('auditor', 'token');
  const early = presences.connected(4, 'certificate', 7_000);
  const late = presences.connected(4, 'certificate', 9_000);
  expect([...presences.certificates()]).toEqual([[4, 7_000]]);
  early();
  expect([...presences.certificates()]).toEqual([[4, 9_000]]);
  late();
  expect([...presences.certificates()]).toEqual([]);
});

function rights(presences: Presences): number[] {
  return (['certificate', 'token', 'none'] as const).map((right) => presences.connectedAgencies(right));
}
