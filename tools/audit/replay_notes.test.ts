/** What the replay says of notes. */
import type { PlacedNote } from '../../server/ledger/audit_reader';
import { found, GOOD, replay, Told } from './testing/told_ledger';

/** The first line of what stands here is line 30 of the log. */
const LINES = [
  'GET,/notes/notice,404,0',
  'PUT,/notes/notice,201,1',
  'PUT,/agencies/1/notes/a,201,2',
  'PUT,/agencies/1/notes/b,201,2',
  'PUT,/agencies/1/notes/a,200,0',
  'PUT,/agencies/1/notes/a,412,0',
  'PUT,/agencies/1/notes/c,507,0',
  'PUT,/agencies/1/notes/a,409,0',
  'PUT,/agencies/1/notes/c,404,0',
  'PUT,/agencies/1/notes/b,413,0',
  'PUT,/agencies/9/notes/b,404,0',
  'PUT,/agencies/1/notes/a%20b,400,0',
  'GET,/agencies/1/notes,200,0',
  'GET,/agencies/1/notes/a,200,0',
  'DELETE,/agencies/1/notes/b,412,0',
  'DELETE,/agencies/1/notes/b,200,0',
  'DELETE,/agencies/1/notes/b,404,0',
  'DELETE,/agencies/1/notes/a,403,0',
];
const NOTES: readonly PlacedNote[] = [
  { owner: 0, name: 'notice', segment: 6 },
  { owner: 1, name: 'a', segment: 7 },
];

function told(lines: readonly string[], notes = NOTES): Told {
  const segments = [
    { sequence: 6, lines: lines.map((line) => `${line}\n`).join(''), batches: [] },
    { sequence: 7, lines: 'PUT,/agencies/1/notes/a,200,0\n', batches: [] },
  ];
  return { ...GOOD, segments: [...GOOD.segments, ...segments], notes };
}

test('a good log has no difference', () => {
  expect(replay(told(LINES))).toMatchObject({ found: [], counts: { lines: 48, notes: 2 } });
});

test.each<[string, Told, string[]]>([
  [
    'a note was there before',
    told(LINES.with(4, 'PUT,/agencies/1/notes/a,201,0')),
    ['34: PUT /agencies/1/notes/a 201: the note was there before'],
  ],
  [
    'a note was not there',
    told(LINES.toSpliced(3, 1)),
    ['44: DELETE /agencies/1/notes/b 200: there was no such note'],
  ],
  [
    'a note is read that is not there',
    told(LINES.with(0, 'GET,/notes/notice,200,0')),
    ['30: GET /notes/notice 200: there was no such note'],
  ],
  [
    'a note is not found that is there',
    told(LINES.with(13, 'GET,/agencies/1/notes/a,404,0')),
    ['43: GET /agencies/1/notes/a 404: the note was there before'],
  ],
  [
    'a note is removed that was not',
    told(LINES.toSpliced(15, 1)),
    [
      '45: DELETE /agencies/1/notes/b 404: the note was there before',
      'ledger: /agencies/1/notes/b is not stored',
    ],
  ],
  [
    'a status that no note has',
    told(LINES.with(5, 'PUT,/agencies/1/notes/a,410,0')),
    ['35: PUT /agencies/1/notes/a 410: that is no answer to this operation'],
  ],
  [
    'something else is removed',
    told([...LINES, 'DELETE,/agencies/1/batches/1,200,0']),
    ['48: DELETE /agencies/1/batches/1 200: that is no answer to this operation'],
  ],
  ['a note is gone', told(LINES, NOTES.slice(1)), ['ledger: /notes/notice is not stored']],
  [
    'a note has come from nowhere',
    told(LINES, [...NOTES, { owner: 2, name: 'x', segment: 7 }]),
    ['ledger: /agencies/2/notes/x is stored without a line'],
  ],
  [
    'a note was written elsewhere',
    told(LINES, [NOTES[0]!, { owner: 1, name: 'a', segment: 6 }]),
    ['ledger: /agencies/1/notes/a was written last in segment 6, not 7'],
  ],
])('%s', (_, changed, differences) => {
  expect(found(changed)).toEqual(differences);
});
