import type { StoredLottery } from '../../server/ledger/audit_reader';
import type { Draw } from '../../server/ledger/draw';
import { Difference, Replay, ReplayCounts, StoredSegment } from './replay';

/** A ledger and what its bets say, as far as a replay looks at them. */
interface Told {
  readonly stored: StoredLottery;
  readonly segments: readonly StoredSegment[];
  readonly winners: ReadonlyMap<number, string>;
}

const DRAW: Draw = {
  bets: 9,
  winnerNumber: 7_574,
  winners: new Map([[2, '11,12']]),
  missingAgencies: [],
  isCalledOff: false,
};

/** A lottery of two agencies, from its beginning to behind its draw. */
const GOOD: Told = {
  stored: {
    agencies: 2,
    isSaleClosed: true,
    finished: new Map([
      [1, 1],
      [2, 3],
    ]),
    finishPlace: 'behind',
    draw: DRAW,
  },
  segments: [
    {
      sequence: 1,
      lines: `PUT,/agencies/1/batches/1,201,0
GET,/agencies/2/batches/1,404,first
PUT,/agencies/2/batches/1,201,second
GET,/agencies/1,200,0
PUT,/agencies/1/batches/1,200,0
PUT,/agencies/1/batches/1,409,0
GET,/agencies/1/batches/1,200,x-1
`,
      batches: [
        { agency: 1, batchId: 1, bets: 2 },
        { agency: 2, batchId: 1, bets: 3 },
      ],
    },
    {
      sequence: 2,
      lines: `GET,/agencies,200,0
GET,/agencies/1/winners,409,0
GET,/draw,200,0
PUT,/agencies/9/batches/1,404,0
GET,/agencies/none,404,0
PUT,/agencies/2/batches/100000000,404,0
PUT,/agencies/-/batches/7,422,0
PUT,/agencies/2/finish,401,0
PUT,/agencies/1/finish,200,0
PUT,/agencies/1/batches/2,410,0
`,
      batches: [],
    },
    {
      sequence: 3,
      lines: `PUT,/agencies/2/batches/3,201,0
PUT,/agencies/2/batches/2,201,0
PUT,/agencies/2/finish,200,0
PUT,/agencies/2/finish,200,again
`,
      batches: [
        { agency: 2, batchId: 3, bets: 1 },
        { agency: 2, batchId: 2, bets: 3 },
      ],
    },
    { sequence: 4, lines: 'PUT,/draw,201,0\n', batches: [] },
    {
      sequence: 5,
      lines: `GET,/agencies/1/winners,200,0
GET,/draw,200,0
PUT,/agencies/2/batches/4,410,0
PUT,/agencies/2/batches/3,200,0
PUT,/agencies/1/finish,200,0
GET,/agencies/2/batches/2,200,0
`,
      batches: [],
    },
  ],
  winners: new Map([[2, '11,12']]),
};

function replay({ stored, segments, winners }: Told): { found: string[]; counts: ReplayCounts } {
  const found: string[] = [];
  const tell = ({ line, reason }: Difference): void => void found.push(`${line ?? 'ledger'}: ${reason}`);
  const replaying = new Replay(stored, tell);
  for (const segment of segments) replaying.segment(segment);
  return { counts: replaying.end(winners), found };
}

const found = (told: Told): string[] => replay(told).found;

function changeSegment(sequence: number, change: (segment: StoredSegment) => Partial<StoredSegment>): Told {
  return {
    ...GOOD,
    segments: GOOD.segments.map((segment) =>
      segment.sequence === sequence ? { ...segment, ...change(segment) } : segment,
    ),
  };
}

/** Changes the lines of a segment. */
function edit(sequence: number, change: (lines: string[]) => string[]): Told {
  return changeSegment(sequence, ({ lines }) => ({
    lines: change(lines.split('\n').slice(0, -1))
      .map((line) => `${line}\n`)
      .join(''),
  }));
}

const drop = (sequence: number, index: number): Told =>
  edit(sequence, (lines) => lines.filter((_, each) => each !== index));
const replace = (sequence: number, index: number, line: string): Told =>
  edit(sequence, (lines) => lines.with(index, line));
const insert = (sequence: number, index: number, line: string): Told =>
  edit(sequence, (lines) => lines.toSpliced(index, 0, line));
const swap = (sequence: number, one: number, other: number): Told =>
  edit(sequence, (lines) => lines.with(one, lines[other]!).with(other, lines[one]!));
const change = (changed: Partial<StoredLottery>): Told => ({
  ...GOOD,
  stored: { ...GOOD.stored, ...changed },
});
const changeDraw = (changed: Partial<Draw>): Told => change({ draw: { ...DRAW, ...changed } });

test('a good log has no difference', () => {
  expect(replay(GOOD)).toEqual({
    found: [],
    counts: { lines: 28, batches: 4, bets: 9, finishedAgencies: 2 },
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

describe('a changed log is found out', () => {
  test.each<[string, Told, string[]]>([
    [
      'the line of a stored batch is gone',
      drop(1, 0),
      [
        '2: batch 1 of agency 2 is stored in another order: batch 1 of agency 1 comes before it',
        '4: PUT /agencies/1/batches/1 200: no such batch was stored before',
        '5: PUT /agencies/1/batches/1 409: no such batch was stored before',
        '6: GET /agencies/1/batches/1 200: no such batch was stored before',
        'ledger: batch 1 of agency 1 is stored in segment 1 without a line',
      ],
    ],
    [
      'the lines of two stored batches are swapped',
      swap(3, 0, 1),
      ['18: batch 2 of agency 2 is stored in another order: batch 3 of agency 2 comes before it'],
    ],
    [
      'the line of a stored batch comes twice',
      insert(3, 1, 'PUT,/agencies/2/batches/3,201,0'),
      ['19: PUT /agencies/2/batches/3 201: the batch was stored before'],
    ],
    [
      'a batch is said to be stored that is not',
      insert(1, 3, 'PUT,/agencies/1/batches/5,201,0'),
      ['4: batch 5 of agency 1 is not stored in segment 1'],
    ],
    [
      'a batch is said to be stored behind the end of its sale',
      replace(2, 9, 'PUT,/agencies/1/batches/2,201,0'),
      ['17: PUT /agencies/1/batches/2 201: the sale was closed for its agency'],
    ],
    [
      'a batch is said to be stored behind the draw',
      replace(5, 2, 'PUT,/agencies/2/batches/4,201,0'),
      ['25: PUT /agencies/2/batches/4 201: the sale was closed for its agency'],
    ],
    [
      'a batch is repeated that was not stored',
      replace(5, 2, 'PUT,/agencies/2/batches/4,200,0'),
      ['25: PUT /agencies/2/batches/4 200: no such batch was stored before'],
    ],
    [
      'a conflict with a batch that was not stored',
      insert(1, 0, 'PUT,/agencies/1/batches/1,409,0'),
      ['1: PUT /agencies/1/batches/1 409: no such batch was stored before'],
    ],
    [
      'a stored batch is said to be closed out',
      replace(5, 3, 'PUT,/agencies/2/batches/3,410,0'),
      ['26: PUT /agencies/2/batches/3 410: the batch was stored before'],
    ],
    [
      'a batch is said to be closed out before the end of its sale',
      swap(2, 8, 9),
      ['16: PUT /agencies/1/batches/2 410: the sale was open for its agency'],
    ],
    [
      'a batch is not found that is stored',
      replace(5, 5, 'GET,/agencies/2/batches/2,404,0'),
      ['28: GET /agencies/2/batches/2 404: the batch was stored before'],
    ],
    [
      'a batch is read before it is stored',
      swap(1, 0, 6),
      [
        '1: GET /agencies/1/batches/1 200: no such batch was stored before',
        '3: batch 1 of agency 2 is stored in another order: batch 1 of agency 1 comes before it',
        '5: PUT /agencies/1/batches/1 200: no such batch was stored before',
        '6: PUT /agencies/1/batches/1 409: no such batch was stored before',
      ],
    ],
    [
      'the line of the end of a sale is gone',
      drop(2, 8),
      [
        '16: PUT /agencies/1/batches/2 410: the sale was open for its agency',
        '26: agency 1 has finished behind segment 1, not 4',
      ],
    ],
    [
      'an end of a sale is said of an agency that does not exist',
      insert(2, 0, 'PUT,/agencies/3/finish,200,0'),
      ['8: PUT /agencies/3/finish 200: there is no such thing in this lottery'],
    ],
    [
      'an agency is not found that exists',
      insert(2, 0, 'GET,/agencies/2,404,0'),
      ['8: GET /agencies/2 404: that is no answer to this operation'],
    ],
    [
      'a batch that there can be is not found by whoever brings it',
      insert(1, 0, 'PUT,/agencies/2/batches/99999999,404,0'),
      ['1: PUT /agencies/2/batches/99999999 404: that is no answer to this operation'],
    ],
    [
      'a path is found that names nothing',
      replace(2, 4, 'GET,/agencies/none,200,0'),
      ['12: GET /agencies/none 200: there is no such thing in this lottery'],
    ],
    [
      'winners before the draw',
      replace(2, 1, 'GET,/agencies/1/winners,200,0'),
      ['9: GET /agencies/1/winners 200: the draw had not run'],
    ],
    [
      'no winners behind the draw',
      replace(5, 0, 'GET,/agencies/1/winners,409,0'),
      ['23: GET /agencies/1/winners 409: the sale was closed for the draw before'],
    ],
    [
      'winners said to be called off',
      replace(5, 0, 'GET,/agencies/1/winners,410,0'),
      ['23: GET /agencies/1/winners 410: the draw was not called off'],
    ],
    [
      'winners asked for between the last end of a sale and the draw',
      insert(4, 0, 'GET,/agencies/1/winners,409,0'),
      ['22: GET /agencies/1/winners 409: the draw was due, and nobody is answered before it has run'],
    ],
    [
      'the draw asked for between the last end of a sale and the draw',
      insert(4, 0, 'GET,/draw,200,0'),
      ['22: GET /draw 200: the draw was due, and nobody is answered before it has run'],
    ],
    [
      'the line of the draw is gone',
      drop(4, 0),
      [
        '22: GET /agencies/1/winners 200: the draw had not run',
        '23: GET /draw 200: the draw was due, and nobody is answered before it has run',
        'ledger: the sale is closed for the draw without a line',
        'ledger: 9 bets were in the draw, not 0',
      ],
    ],
    [
      'the line of the draw comes twice',
      insert(5, 1, 'PUT,/draw,201,0'),
      ['24: PUT /draw 201: the sale was closed for the draw before'],
    ],
    [
      'the line of the draw has a client',
      replace(4, 0, 'PUT,/draw,201,me'),
      expect.arrayContaining(['22: PUT /draw 201: that is no answer to this operation']) as string[],
    ],
    [
      'the draw stands above a batch that was in it',
      insert(3, 1, 'PUT,/draw,201,0'),
      [
        '20: PUT /agencies/2/batches/2 201: the sale was closed for its agency',
        'ledger: batch 2 of agency 2 is stored in segment 3 without a line',
        '23: PUT /draw 201: the sale was closed for the draw before',
        'ledger: 9 bets were in the draw, not 6',
      ],
    ],
    ['no line', insert(1, 0, ''), ['1: it has not the form of a line']],
    ['another operation', insert(1, 0, 'POST,/draw,201,0'), ['1: it has not the form of a line']],
    [
      'a status that nobody gives',
      insert(1, 0, 'GET,/agencies,503,0'),
      ['1: GET /agencies 503: that is no answer to this operation'],
    ],
    [
      'an operation that there is none of',
      insert(1, 0, 'PUT,/agencies/1,200,0'),
      ['1: PUT /agencies/1 200: that is no answer to this operation'],
    ],
    [
      'a line that was cut off',
      changeSegment(5, ({ lines }) => ({ lines: lines.slice(0, -1) })),
      ['28: it has no end'],
    ],
  ])('%s', (_, told, differences) => {
    expect(found(told)).toEqual(differences);
  });
});

describe('a changed ledger is found out', () => {
  test.each<[string, Told, string[]]>([
    [
      'a batch was removed',
      changeSegment(1, ({ batches }) => ({ batches: batches.slice(1) })),
      ['1: batch 1 of agency 1 is not stored in segment 1', 'ledger: 9 bets were in the draw, not 7'],
    ],
    [
      'a batch was added',
      changeSegment(2, () => ({ batches: [{ agency: 2, batchId: 9, bets: 1 }] })),
      [
        'ledger: batch 9 of agency 2 is stored in segment 2 without a line',
        'ledger: 9 bets were in the draw, not 10',
      ],
    ],
    [
      'the order of batches was changed',
      changeSegment(3, ({ batches }) => ({ batches: batches.toReversed() })),
      ['18: batch 3 of agency 2 is stored in another order: batch 2 of agency 2 comes before it'],
    ],
    [
      'a batch has other bets',
      changeSegment(3, ({ batches }) => ({ batches: batches.map((batch) => ({ ...batch, bets: 4 })) })),
      ['ledger: 9 bets were in the draw, not 13'],
    ],
    [
      'an agency has not finished',
      change({ finished: new Map([[2, 3]]) }),
      ['16: agency 1 has not finished in the ledger'],
    ],
    [
      'an agency has finished elsewhere',
      change({
        finished: new Map([
          [1, 3],
          [2, 3],
        ] as const),
      }),
      ['16: agency 1 has finished behind segment 3, not 1'],
    ],
    [
      'an agency has finished that never did',
      { ...change({ agencies: 3, finished: new Map([...GOOD.stored.finished, [3, 4]]) }) },
      [
        'ledger: agency 3 has finished without a line',
        'ledger: agency 3 was not missing in the draw, and has not finished',
      ],
    ],
    [
      'the sale is open again',
      change({ isSaleClosed: false }),
      ['22: the sale is open in the ledger', 'ledger: there is a draw, and the sale is open'],
    ],
    [
      'the draw is gone',
      change({ draw: undefined }),
      [
        '23: GET /agencies/1/winners 200: the ledger has no draw',
        '24: GET /draw 200: the ledger has no draw',
      ],
    ],
    ['the draw has other bets', changeDraw({ bets: 10 }), ['ledger: 10 bets were in the draw, not 9']],
    [
      'the draw was called off after all',
      changeDraw({ isCalledOff: true }),
      [
        '23: GET /agencies/1/winners 200: the draw was called off',
        'ledger: 9 bets were in the draw, not 0',
        'ledger: the winners of agency 2 are not those that its bets say',
      ],
    ],
    [
      'an agency was missing that had finished',
      changeDraw({ missingAgencies: [2] }),
      ['ledger: agency 2 was missing in the draw, and had finished'],
    ],
    [
      'the winners of an agency are others',
      changeDraw({ winners: new Map([[2, '11']]) }),
      ['ledger: the winners of agency 2 are not those that its bets say'],
    ],
    [
      'an agency has winners that has none',
      changeDraw({ winners: new Map([...DRAW.winners, [1, '13']]) }),
      ['ledger: the winners of agency 1 are not those that its bets say'],
    ],
    [
      'the winners are gone',
      changeDraw({ winners: new Map() }),
      ['ledger: the winners of agency 2 are not those that its bets say'],
    ],
  ])('%s', (_, told, differences) => {
    expect(found(told)).toEqual(differences);
  });
});

test('winners that could not be read are not compared', () => {
  const replaying = new Replay(GOOD.stored, ({ reason }) => {
    throw new Error(reason);
  });
  for (const segment of GOOD.segments) replaying.segment(segment);
  expect(replaying.end(undefined)).toMatchObject({ lines: 28 });
});
