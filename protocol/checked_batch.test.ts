import fc from 'fast-check';

import { BetMessage, encodeBet } from './bet';
import { CheckedBatch, checkBatch } from './checked_batch';
import { ProtocolError } from './error_codes';
import { MAX_BATCH_SIZE, MAX_BET_ID, MAX_DOCUMENT_DIGITS, MAX_NAME_BYTES } from './limits';
import { RequestDecoder } from './request_decoder';
import { batches, betText, BetFields } from './testing/arbitraries';
import { decodeAll, thrownBy } from './testing/decode_all';

const VALID: BetFields = {
  agency: '1',
  betId: '1',
  firstName: 'Ana',
  lastName: 'Paz',
  document: '31204458',
  birthdate: '1987-03-17',
  number: '2201',
};
const BATCH_ID = 12;
const GOOD = betText(VALID);

const withField = (field: keyof BetFields, text: string): string => betText({ ...VALID, [field]: text });

/** Checks a batch of the payload, which need not be valid in any way. */
function check(payload: string | Buffer, batchSize: number, batchId = BATCH_ID): CheckedBatch {
  return checkBatch({ type: 'BET', batchId, batchSize, payload: Buffer.from(payload) } satisfies BetMessage);
}

const checkBets = (...bets: string[]): CheckedBatch => check(`;${bets.join(';')}`, bets.length);

/** What the refusal says, once it is sure that it is one, of this batch. */
function refusal(call: () => unknown): string {
  const error = thrownBy(call);
  expect(error).toBeInstanceOf(ProtocolError);
  expect(error).toMatchObject({ code: 'bad-batch' });
  return error instanceof ProtocolError ? error.message : '';
}

const ODD_NAMES = [
  ['a per cent sign', '%d%s%n'],
  ['quotes', `"O'Neill"`],
  ['backslashes', '\\n\\'],
  ['a bar', 'a|b'],
  ['spaces alone', '   '],
  ['Arabic', 'عبد الرحمن'],
  ['Chinese', '张伟'],
  ['an emoji of four bytes', '😀'],
  ['joined emoji', '👩‍👩‍👧'],
  ['combining marks', 'e\u0301'],
  ['a byte order mark', '\ufeffAna'],
  ['the last code point', '\u{10ffff}'],
  ['a control character above ASCII', '\u0085'],
  ['128 bytes of ASCII', 'a'.repeat(MAX_NAME_BYTES)],
  ['128 bytes of two each', 'ñ'.repeat(MAX_NAME_BYTES / 2)],
  ['128 bytes of four each', '😀'.repeat(MAX_NAME_BYTES / 4)],
] as const;

const BAD_NAMES = [
  ['nothing', ''],
  ['129 bytes of ASCII', 'a'.repeat(MAX_NAME_BYTES + 1)],
  ['129 bytes, 65 characters', `${'ñ'.repeat(MAX_NAME_BYTES / 2)}a`],
  ['NUL', 'a\0b'],
  ['a tab', 'a\tb'],
  ['a line feed', 'a\nb'],
  ['a carriage return', 'Ana\r'],
  ['the last control character below the space', '\u001f'],
  ['DEL', 'a\u007fb'],
] as const;

describe('a field just inside and just outside its limits', () => {
  test.each<[keyof BetFields, string]>([
    ['agency', '5'],
    ['agency', '007'],
    ['betId', '1'],
    ['betId', '0000000000000000000000000000000001'],
    ['betId', String(MAX_BET_ID - 1)],
    ['betId', String(MAX_BET_ID)],
    ['betId', `00${MAX_BET_ID}`],
    ['document', '0'],
    ['document', '9'.repeat(MAX_DOCUMENT_DIGITS)],
    ['birthdate', '1900-01-01'],
    ['birthdate', '2000-02-29'],
    ['birthdate', '2024-02-29'],
    ['birthdate', '1999-12-31'],
    ['birthdate', '9999-12-31'],
    ['number', '0'],
    ['number', '0000'],
    ['number', '9999'],
  ])('%s may be %s', (field, text) => {
    expect(checkBets(withField(field, text)).betCount).toBe(1);
  });

  const WRONG: readonly (readonly [keyof BetFields, string, readonly string[]])[] = [
    ['agency', 'agency', ['', '0', '-1', '+1', ' 1', '1 ', '1.0', 'x', '\u0661']],
    ['betId', 'bet_id', ['', '0', '-1', '1e3', ' 1', '9007199254740992', '99999999999999999999', '\uff11']],
    ['document', 'document', ['', '1'.repeat(MAX_DOCUMENT_DIGITS + 1), '12.345', 'M123', ' 1']],
    ['number', 'number', ['', '10000', '00000', '-1', '7574 ', '7574\n', 'x', '7.5']],
    [
      'birthdate',
      'birthdate',
      [
        ...['', '2023-02-30', '2023-02-29', '1900-02-29', '2100-02-29', '1899-12-31', '0000-01-01'],
        ...['2000-13-01', '2000-00-10', '2000-01-00', '2000-01-32', '2000-04-31', '2000-06-31'],
        ...['2000-1-01', '2000-01-1', '2000/01/01', '01-01-2000', '20000101', '12000-01-01', '2000-01-011'],
        ...['2000-01-01T00', '-200-01-01', '2000-0x-01', '200 -01-01'],
      ],
    ],
  ];

  test.each(WRONG.flatMap(([field, wireName, texts]) => texts.map((text) => ({ field, wireName, text }))))(
    '$field cannot be "$text"',
    ({ field, wireName, text }) => {
      expect(refusal(() => checkBets(GOOD, withField(field, text)))).toMatch(
        new RegExp(`^bet 2: ${wireName}: `),
      );
    },
  );

  describe.each([
    ['firstName', 'first_name'],
    ['lastName', 'last_name'],
  ] as const)('%s', (field, wireName) => {
    test.each(ODD_NAMES)('may be %s', (_, name) => {
      expect(checkBets(withField(field, name)).text.toString('utf8')).toBe(withField(field, name));
    });

    test.each(BAD_NAMES)('cannot be %s', (_, name) => {
      expect(refusal(() => checkBets(GOOD, withField(field, name), GOOD))).toMatch(
        new RegExp(`^bet 2: ${wireName}: `),
      );
    });
  });

  test('every month has its days', () => {
    const isDay = (text: string): boolean => {
      try {
        return checkBets(withField('birthdate', text)).betCount === 1;
      } catch {
        return false;
      }
    };
    for (const year of ['1900', '1904', '2000', '2023']) {
      for (let day = 0; day <= 13 * 32; day++) {
        const month = String(Math.floor(day / 32)).padStart(2, '0');
        const text = `${year}-${month}-${String(day % 32).padStart(2, '0')}`;
        const date = new Date(`${text}T00:00:00Z`);
        const isReal = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
        expect([text, isDay(text)]).toEqual([text, isReal]);
      }
    }
  });
});

describe('UTF-8', () => {
  const BROKEN = [
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong comma', [0xc0, 0xac]],
    ['an overlong form of three bytes', [0xe0, 0x80, 0xaf]],
    ['a lone surrogate', [0xed, 0xa0, 0x80]],
    ['a pair of surrogates', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['a continuation byte alone', [0x80]],
    ['a character that is cut', [0xc3]],
    ['a character of four bytes that is cut', [0xf0, 0x9f, 0x98]],
    ['beyond the last code point', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte that never occurs', [0xff]],
    ['ISO 8859-1', [...Buffer.from('Pe\u00f1a', 'latin1')]],
  ] as const;

  test.each(BROKEN)('%s is refused, with the place of it', (_, bytes) => {
    const name = Buffer.from(bytes);
    const inFirstName = Buffer.concat([
      Buffer.from(`;${GOOD};1,2,`),
      name,
      Buffer.from(',Paz,1,2000-01-01,1'),
    ]);
    const inLastName = Buffer.concat([
      Buffer.from(';1,2,Ana,'),
      name,
      Buffer.from(`,1,2000-01-01,1;${GOOD}`),
    ]);
    expect(refusal(() => check(inFirstName, 2))).toMatch(/^bet 2: first_name: /);
    expect(refusal(() => check(inLastName, 2))).toMatch(/^bet 1: last_name: /);
  });

  test('broken outside of the names it is that field which is wrong', () => {
    const payload = Buffer.concat([Buffer.from(';1,1,Ana,Paz,31'), Buffer.from([0xff]), Buffer.from(',x,1')]);
    expect(refusal(() => check(payload, 1))).toMatch(/^bet 1: document: /);
  });

  test('a field that is wrong before the broken one is named', () => {
    const payload = Buffer.concat([
      Buffer.from(`;${withField('number', 'x')};1,2,`),
      Buffer.from([0xff]),
      Buffer.from(',Paz,1,2000-01-01,1'),
    ]);
    expect(refusal(() => check(payload, 2))).toMatch(/^bet 1: number: /);
  });

  test('so is a bet of another agency before the broken one', () => {
    const payload = Buffer.concat([
      Buffer.from(`;${GOOD};${withField('agency', '2')};1,3,`),
      Buffer.from([0xff]),
      Buffer.from(',Paz,1,2000-01-01,1'),
    ]);
    expect(refusal(() => check(payload, 3))).toMatch(/^bet 2: agency: /);
  });
});

describe('a batch', () => {
  test.each([
    ['no bytes', '', 1, 'the payload begins with no ;'],
    ['no leading ;', GOOD, 1, 'the payload begins with no ;'],
    ['a ; and no bet', ';', 0, 'bet 1: bet: 7 fields joined with commas, not 1'],
    ['a ; behind the last bet', `;${GOOD};`, 1, 'bet 2: bet: 7 fields joined with commas, not 1'],
    ['two ; together', `;${GOOD};;${GOOD}`, 2, 'bet 2: bet: 7 fields joined with commas, not 1'],
    ['six fields', `;${GOOD};1,2,Ana,Paz,1,2000-01-01`, 2, 'bet 2: bet: 7 fields joined with commas, not 6'],
    ['eight fields', `;${GOOD},`, 1, 'bet 1: bet: 7 fields joined with commas, not 8'],
    [
      'a name with a comma',
      `;${withField('lastName', 'Paz,Ruiz')}`,
      1,
      'bet 1: bet: 7 fields joined with commas, not 8',
    ],
    [
      'a name with a ;',
      `;${withField('lastName', 'Paz;Ruiz')}`,
      1,
      'bet 1: bet: 7 fields joined with commas, not 4',
    ],
    ['one bet fewer than it says', `;${GOOD};${GOOD}`, 3, 'BATCH_SIZE is 3, the payload holds 2 bets'],
    ['one bet more than it says', `;${GOOD};${GOOD}`, 1, 'BATCH_SIZE is 1, the payload holds 2 bets'],
    ['a BATCH_SIZE of 0', `;${GOOD}`, 0, 'BATCH_SIZE is 0, the payload holds 1 bet'],
  ])('is refused with %s', (_, payload, batchSize, reason) => {
    const error = thrownBy(() => check(payload, batchSize));
    expect(error).toEqual(new ProtocolError('bad-batch', reason, BATCH_ID));
    expect(error).toMatchObject({ code: 'bad-batch', batchId: BATCH_ID });
  });

  test('has an id from 1 on', () => {
    expect(refusal(() => check(`;${GOOD}`, 1, 0))).toBe('BATCH_ID counts up from 1');
    expect(check(`;${GOOD}`, 1, 1).batchId).toBe(1);
    expect(check(`;${GOOD}`, 1, 99_999_999).batchId).toBe(99_999_999);
  });

  test.each([
    ['the second', 2, '2'],
    ['the last', 4, '2'],
    ['one whose agency goes on with more digits', 3, '10'],
    ['one whose agency ends in the same digits', 2, '21'],
  ])('is of one agency: %s is of another', (_, position, agency) => {
    const bets = [GOOD, GOOD, GOOD, GOOD];
    bets[position - 1] = withField('agency', agency);
    expect(refusal(() => checkBets(...bets))).toMatch(new RegExp(`^bet ${position}: agency: the same`));
  });

  test.each([
    ['1', '01'],
    ['01', '1'],
    ['12', '0012'],
    ['0012', '12'],
  ])('is of one agency, written %s or %s', (first, second) => {
    const batch = checkBets(withField('agency', first), withField('agency', second));
    expect(batch.agency).toBe(Number(first));
  });

  test('may hold 9,999 bets', () => {
    const bets = Array.from({ length: MAX_BATCH_SIZE }, (_, index) => withField('betId', String(index + 1)));
    expect(checkBets(...bets)).toMatchObject({ betCount: MAX_BATCH_SIZE, lastBetId: MAX_BATCH_SIZE });
  });

  test('says nothing of what the peer sent', () => {
    const secret = withField('document', 'secret');
    expect(refusal(() => checkBets(secret))).not.toMatch(/secret|Ana|Paz/);
  });
});

describe('any batch', () => {
  const firstBet = (bytes: Buffer): BetMessage => {
    const [message] = decodeAll(new RequestDecoder(), [bytes]);
    if (message?.type !== 'BET') throw new Error('not a BET');
    return message;
  };

  test('that is valid passes, as it came', () => {
    fc.assert(
      fc.property(batches({ maxBets: 20 }), ({ agency, batchId, bets, bytes }) => {
        expect(checkBatch(firstBet(bytes))).toEqual({
          agency,
          batchId,
          betCount: bets.length,
          lastBetId: Number(bets.at(-1)?.betId),
          text: Buffer.from(bets.map(betText).join(';'), 'utf8'),
        });
      }),
      { numRuns: 300 },
    );
  });

  test('of arbitrary bytes raises nothing but a bad-batch', () => {
    const bytesOf = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .string({ unit: fc.constantFrom(...Array.from(';;,,,109-Aé\n')), maxLength: 200 })
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytesOf, fc.nat({ max: 4 }), fc.nat({ max: 4 }), (bytes, batchSize, batchId) => {
        try {
          check(bytes, batchSize, batchId);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          expect(error).toMatchObject({ code: 'bad-batch', batchId });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('with one byte changed passes or raises a bad-batch, and what passes is seven fields a bet', () => {
    const changed = fc.tuple(batches({ maxBets: 3 }), fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(changed, ([{ batchId, bets }, position, byte]) => {
        const payload = firstBet(encodeBet(batchId, bets.map(betText))).payload;
        payload[position % payload.length] = byte;
        try {
          const { text } = check(payload, bets.length, batchId);
          for (const bet of text.toString('utf8').split(';')) expect(bet.split(',')).toHaveLength(7);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
