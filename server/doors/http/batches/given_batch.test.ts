import fc from 'fast-check';

import { CheckedBatch } from '../../../../protocol/checked_batch';
import { BetFields, bets, betText } from '../../../../protocol/testing/arbitraries';
import { Refusal } from '../refusals/problem';
import { readCsvBatch } from './csv_batch';
import { checkGivenBatch, GivenBatch } from './given_batch';
import { readJsonBatch } from './json_batch';
import { storedAsCsv, storedAsJson } from './stored_bets';

const AGENCY = 7;
const MAX_PAYLOAD_BYTES = 1_000_000;

/** The six fields that a request gives of a bet. */
type Fields = readonly [string, string, string, string, string, string];

/** Fields that are right, with one among them that may hold anything. */
const anyFields: fc.Arbitrary<Fields> = fc
  .tuple(
    fc.nat({ max: 5 }),
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(',', ';', '"', '\r', '\n', 'a', '1', ' ', '\0'), maxLength: 20 }),
      fc.constantFrom('\ud800', 'a\udfffb', '1,Eva,Gil,1,2000-01-01,1;7,2,Eva', '"', '""', '\ufeff', '٣'),
    ),
    bets(AGENCY),
  )
  .map(([place, text, bet]) => {
    const fields = fieldsOf(bet);
    fields[place] = text;
    return fields;
  });

function fieldsOf({ betId, firstName, lastName, document, birthdate, number }: BetFields) {
  const fields: [string, string, string, string, string, string] = [
    betId,
    firstName,
    lastName,
    document,
    birthdate,
    number,
  ];
  return fields;
}

/** What is stored of a batch, or why nothing is. */
function outcomeOf(read: () => GivenBatch): CheckedBatch | Refusal {
  try {
    return checkGivenBatch(read(), 1, MAX_PAYLOAD_BYTES);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** Refused, or stored as exactly these fields of exactly these bets. */
function expectExact(outcome: CheckedBatch | Refusal, rows: readonly Fields[]): void {
  if (outcome instanceof Refusal) return;
  expect(outcome.betCount).toBe(rows.length);
  const stored = outcome.text.toString().split(';');
  expect(stored.map((bet) => bet.split(','))).toEqual(rows.map((row) => [String(AGENCY), ...row]));
}

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;

test('JSON is stored as exactly the fields that were given, or not at all', () => {
  const asJson = ([betId, first, last, document, birthdate, number]: Fields): object => ({
    bet_id: Number(betId),
    first_name: first,
    last_name: last,
    document,
    birthdate,
    number: Number(number),
  });
  fc.assert(
    fc.property(fc.array(anyFields, { minLength: 1, maxLength: 4 }), (rows) => {
      const body = Buffer.from(JSON.stringify({ bets: rows.map(asJson) }));
      const plain = rows.map((row): Fields => [
        String(Number(row[0])),
        row[1],
        row[2],
        row[3],
        row[4],
        String(Number(row[5])),
      ]);
      expectExact(
        outcomeOf(() => readJsonBatch(AGENCY, body)),
        plain,
      );
    }),
    { numRuns: 2_000 },
  );
});

test('quoted CSV is stored as exactly the fields that were given, or not at all', () => {
  fc.assert(
    fc.property(
      fc.array(anyFields, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('\n', '\r\n'),
      (rows, end) => {
        const body = Buffer.from(rows.map((row) => row.map(quoted).join(',')).join(end));
        // What is no sound text is another text once it is written in UTF-8.
        const sent = rows.map(
          (row) => row.map((field) => Buffer.from(field).toString()) as unknown as Fields,
        );
        expectExact(
          outcomeOf(() => readCsvBatch(AGENCY, body)),
          sent,
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

test('plain CSV is stored line by line as it stands, or not at all', () => {
  const line = fc.oneof(
    bets(AGENCY).map((bet) => fieldsOf(bet).join(',')),
    anyFields.map((fields) => fields.join(',')),
  );
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
      // What is no sound text is another text once it is written in UTF-8.
      const body = Buffer.from(lines.join('\n')).toString();
      fc.pre(!/(^|,|\n)"/.test(body));
      const outcome = outcomeOf(() => readCsvBatch(AGENCY, Buffer.from(body)));
      if (outcome instanceof Refusal) return;
      const stored = body
        .replace(/^\ufeff/, '')
        .split(/\r?\n/)
        .filter((text) => text !== '');
      expect(outcome.text.toString()).toBe(stored.map((text) => `${AGENCY},${text}`).join(';'));
    }),
    { numRuns: 2_000 },
  );
});

test('the lines between quoted ones are read as they are without them', () => {
  const first = '1,"Ana",Paz,1,2000-01-01,1\n';
  fc.assert(
    fc.property(fc.array(anyFields, { minLength: 1, maxLength: 4 }), (rows) => {
      const body = rows.map((row) => `${row.join(',')}\n`).join('');
      fc.pre(!/(^|,|\n)"|^\ufeff/.test(body));
      const plain = readCsvBatch(AGENCY, Buffer.from(body)).bets();
      const [, ...behind] = readCsvBatch(AGENCY, Buffer.from(first + body)).bets();
      expect(behind).toEqual([...plain]);
    }),
    { numRuns: 1_000 },
  );
});

test('good bets are stored as they would be over TCP, and are given back as they were', () => {
  fc.assert(
    fc.property(fc.array(bets(AGENCY), { minLength: 1, maxLength: 5 }), (batch) => {
      const text = batch.map(betText).join(';');
      const csv = storedAsCsv(Buffer.from(text));
      const again = outcomeOf(() => readCsvBatch(AGENCY, Buffer.from(csv)));
      expect(again).toMatchObject({ agency: AGENCY, betCount: batch.length });
      expect(again instanceof Refusal || again.text.toString()).toBe(text);
      const json = storedAsJson(Buffer.from(text));
      const parsed = outcomeOf(() => readJsonBatch(AGENCY, Buffer.from(JSON.stringify({ bets: json }))));
      expect(parsed instanceof Refusal || storedAsJson(parsed.text)).toEqual(json);
    }),
    { numRuns: 1_000 },
  );
});

test('whatever bytes come as CSV, what is stored are lines of it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const good = Buffer.from('1,Ana,Paz,1,2000-01-01,1\n');
      const body = Buffer.concat([good, bytes]);
      const outcome = outcomeOf(() => readCsvBatch(AGENCY, body));
      if (outcome instanceof Refusal) return;
      expect(body.includes(outcome.text.subarray(2))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

describe('what is wrong', () => {
  const problemsOf = (csv: string | Buffer) => {
    const outcome = outcomeOf(() => readCsvBatch(AGENCY, Buffer.from(csv)));
    if (!(outcome instanceof Refusal)) throw new Error('it is good');
    return (outcome.details.errors ?? []).map(({ position, field }) => `${position} ${field}`);
  };
  const good = '1,Ana,Paz,1,2000-01-01,1';

  test.each<[string, string | Buffer, string[]]>([
    [
      'each field',
      '0,Ana,Paz,1,2000-01-01,1\n1,,Paz,1,2000-01-01,1\n1,Ana,,1,2000-01-01,1',
      ['1 bet_id', '2 first_name', '3 last_name'],
    ],
    [
      'the last fields',
      '1,A,B,x,2000-01-01,1\n1,A,B,1,2000-1-1,1\n1,A,B,1,2000-01-01,12345',
      ['1 document', '2 birthdate', '3 number'],
    ],
    ['too few fields', `${good}\n1,Ana`, ['2 bet']],
    ['too many fields', `${good}\n${good},1`, ['2 bet']],
    ['the second bet, after empty lines', `\n${good}\n\r\n\n1,Ana\n`, ['2 bet']],
    ['nothing but empty lines', '\n\r\n\n', []],
    ['a comma in quotes', `${good}\n1,"A,B",Paz,1,2000-01-01,1`, ['2 first_name']],
    ['a semicolon', `${good}\n1,Ana,P;z,1,2000-01-01,1`, ['2 last_name']],
    ['a second bet in a line', `${good};${AGENCY},${good}`, ['1 bet']],
    ['a second bet in quotes', `1,"Ana",Paz,1,2000-01-01,"1;${AGENCY},${good}"`, ['1 number']],
    ['a line break in quotes', `1,"A\nna",Paz,1,2000-01-01,1\n${good}`, ['1 bet', '2 bet']],
    ['a carriage return at the end of all', `${good}\r`, ['1 number']],
    ['a quote that is never closed', `${good}\n${good}\n1,"Ana,Paz,1,2000-01-01,1\n${good}`, ['3 bet']],
    [
      'a name that is much too long',
      `${good}\n1,"${'a'.repeat(2_000)}",Paz,1,2000-01-01,1`,
      ['2 first_name'],
    ],
    ['bytes that are no UTF-8', Buffer.from('1,\xff,Paz,1,2000-01-01,1', 'latin1'), ['1 first_name']],
    ['a byte order mark that is not the first', `\ufeff\ufeff${good}`, ['1 bet_id']],
    ['a byte order mark within', `${good}\n\ufeff${good}`, ['2 bet_id']],
    ['quotes without end', `${good}\n${'"'.repeat(3_000)}\n${good}`, ['2 bet']],
    ['a name that is too long', `1,${'é'.repeat(65)},Paz,1,2000-01-01,1`, ['1 first_name']],
  ])('%s', (_, csv, problems) => {
    expect(problemsOf(csv)).toEqual(problems);
  });

  test('is never repeated', () => {
    const outcome = outcomeOf(() => readCsvBatch(AGENCY, Buffer.from('1,Zenobia;,Paz,1,2000-01-01,1')));
    expect(outcome instanceof Refusal && outcome.toBody().toString()).not.toContain('Zenobia');
  });
});

test('a quote within a field is a character as any other, at its beginning it quotes', () => {
  const csv = '1,Ana "A",O"Hara,1,2000-01-01,1\r\n"2","""B"" B","C",1,2000-01-01,1';
  expect(outcomeOf(() => readCsvBatch(1, Buffer.from(csv)))).toMatchObject({
    text: Buffer.from('1,1,Ana "A",O"Hara,1,2000-01-01,1;1,2,"B" B,C,1,2000-01-01,1'),
  });
});

test.each([
  ['a byte order mark', '\ufeff1,Ana,Paz,1,2000-01-01,1\n2,Eva,Gil,1,2000-01-01,1'],
  ['an empty last line', '1,Ana,Paz,1,2000-01-01,1\n2,Eva,Gil,1,2000-01-01,1\n\n'],
  ['empty lines anywhere', '\r\n\n1,Ana,Paz,1,2000-01-01,1\r\n\r\n\n2,Eva,Gil,1,2000-01-01,1\r\n\r\n'],
  ['both, and quotes', '\ufeff\n"1",Ana,Paz,1,2000-01-01,1\n\n2,"Eva",Gil,1,2000-01-01,1\n\n'],
])('%s changes nothing, as in the file of an agency', (_, csv) => {
  expect(outcomeOf(() => readCsvBatch(1, Buffer.from(csv)))).toMatchObject({
    betCount: 2,
    text: Buffer.from('1,1,Ana,Paz,1,2000-01-01,1;1,2,Eva,Gil,1,2000-01-01,1'),
  });
});
