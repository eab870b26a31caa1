/** A small lottery's log and ledger, good and changed. For tests of the replay. */
import type { PlacedNote, StoredLottery } from '../../../server/ledger/audit_reader';
import type { Draw } from '../../../server/ledger/draw';
import { Difference, Replay, ReplayCounts, StoredSegment } from '../replay';

/** A ledger and what its bets say, as far as a replay looks at them. */
export interface Told {
  readonly stored: StoredLottery;
  readonly segments: readonly StoredSegment[];
  /** None if left out. */
  readonly notes?: readonly PlacedNote[];
  readonly winners: ReadonlyMap<number, string>;
}

/** Its draw. */
export const DRAW: Draw = {
  bets: 9,
  winnerNumber: 7_574,
  winners: new Map([[2, '11,12']]),
  missingAgencies: [],
  isCalledOff: false,
};

/** A lottery of two agencies, from its beginning to after its draw. */
export const GOOD: Told = {
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
REFUSED,*,401,12
`,
      batches: [],
    },
  ],
  winners: new Map([[2, '11,12']]),
};

/** Replays a log: what was found, and what was counted. */
export function replay({ stored, segments, notes = [], winners }: Told): {
  found: string[];
  counts: ReplayCounts;
} {
  const found: string[] = [];
  const tell = ({ line, reason }: Difference): void => void found.push(`${line ?? 'ledger'}: ${reason}`);
  const replaying = new Replay(stored, tell);
  for (const segment of segments) replaying.segment(segment);
  for (const note of notes) replaying.note(note);
  return { counts: replaying.end(winners), found };
}

/** What is found when it is replayed. */
export const found = (told: Told): string[] => replay(told).found;

/** The good lottery with another segment. */
export function changeSegment(
  sequence: number,
  change: (segment: StoredSegment) => Partial<StoredSegment>,
): Told {
  return {
    ...GOOD,
    segments: GOOD.segments.map((segment) =>
      segment.sequence === sequence ? { ...segment, ...change(segment) } : segment,
    ),
  };
}

/** Changes the lines of a segment. */
export function edit(sequence: number, change: (lines: string[]) => string[]): Told {
  return changeSegment(sequence, ({ lines }) => ({
    lines: change(lines.split('\n').slice(0, -1))
      .map((line) => `${line}\n`)
      .join(''),
  }));
}

/** Without a line of a segment. */
export const drop = (sequence: number, index: number): Told =>
  edit(sequence, (lines) => lines.filter((_, each) => each !== index));
/** With another line in its place. */
export const replace = (sequence: number, index: number, line: string): Told =>
  edit(sequence, (lines) => lines.with(index, line));
/** With one line more. */
export const insert = (sequence: number, index: number, line: string): Told =>
  edit(sequence, (lines) => lines.toSpliced(index, 0, line));
/** With two lines in each other's place. */
export const swap = (sequence: number, one: number, other: number): Told =>
  edit(sequence, (lines) => lines.with(one, lines[other]!).with(other, lines[one]!));
/** With another ledger. */
export const change = (changed: Partial<StoredLottery>): Told => ({
  ...GOOD,
  stored: { ...GOOD.stored, ...changed },
});
/** With another draw. */
export const changeDraw = (changed: Partial<Draw>): Told => change({ draw: { ...DRAW, ...changed } });
