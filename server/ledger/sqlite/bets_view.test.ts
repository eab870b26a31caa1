import fc from 'fast-check';

import { batches, betText } from '../../../protocol/testing/arbitraries';
import { checkBatch } from '../../../protocol/checked_batch';
import { batchOf, MadeBet } from '../../testing/bets';
import { Store } from './store';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { commitParcel, query, TERMS } from './testing/open_store';

let folder = '';
let store: Store;

beforeEach(() => {
  folder = newFolder();
  store = Store.open(folder, TERMS);
});
afterEach(() => store.close());
afterAll(removeFolders);

/** What is stored, as any SQL tool sees it. */
const rows = (): unknown[] => query(folder, 'SELECT * FROM bets ORDER BY agency, bet_id');

describe('the view bets', () => {
  test('has the fields as a reader expects them', () => {
    commitParcel(store, [batchOf(1, 1, [{ id: 12, document: '00123', number: '0074' }])]);
    expect(rows()).toEqual([
      {
        agency: 1,
        bet_id: 12,
        first_name: 'Ana',
        last_name: 'Paz',
        document: '00123',
        birthdate: '1987-03-17',
        number: 74,
      },
    ]);
  });

  test.each([
    ['quotes', `"O'Neill"`],
    ['a quote at the end', 'Ana"'],
    ['backslashes', '\\'],
    ['backslashes and quotes', '\\"\\\\"'],
    ['what looks like an escape', '\\u0041\\n'],
    ['what looks like JSON', '"]["x":{}]'],
    ['per cent signs', '%s%d%'],
    ['emoji', '👩‍🚀😀'],
    ['Arabic', 'عبد الرحمن'],
    ['separators of lines and paragraphs', 'a\u2028b\u2029c\u0085'],
    ['a byte order mark', '\ufeffAna'],
    ['the last code point', '\u{10ffff}\uffff'],
    ['spaces', '  '],
    ['what looks like a number', '007'],
    ['what looks like null', 'null'],
  ])('gives back %s', (_, name) => {
    const bets: MadeBet[] = [
      { id: 1, firstName: name },
      { id: 2, lastName: name },
      { id: 3, firstName: name, lastName: name },
    ];
    commitParcel(store, [batchOf(1, 1, bets), batchOf(1, 2, [{ id: 4 }])]);
    expect(query(folder, 'SELECT first_name, last_name FROM bets ORDER BY bet_id')).toEqual([
      { first_name: name, last_name: 'Paz' },
      { first_name: 'Ana', last_name: name },
      { first_name: name, last_name: name },
      { first_name: 'Ana', last_name: 'Paz' },
    ]);
  });

  test('has a row for each bet, whatever is legal', () => {
    fc.assert(
      fc.property(fc.array(batches({ agency: 1, maxBets: 4 }), { minLength: 1, maxLength: 4 }), (parcel) => {
        store.close();
        folder = newFolder();
        store = Store.open(folder, TERMS);
        const checked = parcel.map(({ batchId, bets }) => {
          const payload = Buffer.from(bets.map((bet) => `;${betText(bet)}`).join(''));
          return checkBatch({ type: 'BET', batchId, batchSize: bets.length, payload });
        });
        const outcomes = commitParcel(store, checked);
        const stored = parcel.filter((_, index) => outcomes[index] === 'stored').flatMap(({ bets }) => bets);
        expect(rows()).toHaveLength(stored.length);
        expect(sorted(rows())).toEqual(
          sorted(
            stored.map((bet) => ({
              agency: 1,
              bet_id: Number(bet.betId),
              first_name: bet.firstName,
              last_name: bet.lastName,
              document: bet.document,
              birthdate: bet.birthdate,
              number: Number(bet.number),
            })),
          ),
        );
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }, 60_000);

  const sorted = (values: readonly unknown[]): string[] =>
    values.map((value) => JSON.stringify(value)).sort();
});
