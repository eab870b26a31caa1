import { Replay } from './replay';
import type { Draw } from '../../server/ledger/draw';
import type { StoredLottery } from '../../server/ledger/audit_reader';
import { Told, GOOD, replay, found } from './testing/told_ledger';

test('a good log has no difference', () => {
  expect(replay(GOOD)).toEqual({
    found: [],
    counts: { lines: 29, countedRefusals: 12, batches: 4, bets: 9, finishedAgencies: 2, notes: 0 },
  });
});

test('a log that has only begun has none', () => {
  const stored: StoredLottery = {
    ...GOOD.stored,
    isSaleClosed: false,
    finished: new Map(),
    draw: undefined,
  };
  expect(found({ stored, segments: GOOD.segments.slice(0, 1), winners: new Map() })).toEqual([]);
  expect(found({ stored, segments: [], winners: new Map() })).toEqual([]);
});

test('nor a draw that was called off, with an agency that finished while it was held', () => {
  const draw: Draw = {
    bets: 0,
    winnerNumber: undefined,
    winners: new Map(),
    missingAgencies: [2],
    isCalledOff: true,
  };
  const stored = {
    ...GOOD.stored,
    finished: new Map([
      [1, 1],
      [2, 2],
    ] as const),
    draw,
  };
  const lines = `PUT,/draw,201,0
PUT,/agencies/2/finish,200,0
GET,/agencies/1/winners,410,0
GET,/draw,200,0
PUT,/agencies/2/batches/2,410,0
`;
  const segments = [...GOOD.segments.slice(0, 2), { sequence: 3, lines, batches: [] }];
  expect(found({ stored, segments, winners: GOOD.winners })).toEqual([]);
});

describe('where the ledger has the segment that a FIN stands in, and numbers are missing', () => {
  const segments = GOOD.segments.map((segment) => ({ ...segment, sequence: segment.sequence * 3 }));
  const withFinish = (segment: number): Told => ({
    ...GOOD,
    segments,
    stored: {
      ...GOOD.stored,
      finished: new Map([
        [1, 6],
        [2, segment],
      ]),
      finishPlace: 'in',
    },
  });

  test('a good log has no difference', () => {
    expect(found(withFinish(9))).toEqual([]);
  });

  test('a FIN elsewhere is found out', () => {
    expect(found(withFinish(8))).toEqual(['20: agency 2 has finished in segment 8, not 9']);
  });
});

test('winners that could not be read are not compared', () => {
  const replaying = new Replay(GOOD.stored, ({ reason }) => {
    throw new Error(reason);
  });
  for (const segment of GOOD.segments) replaying.segment(segment);
  expect(replaying.end(undefined)).toMatchObject({ lines: 29 });
});
