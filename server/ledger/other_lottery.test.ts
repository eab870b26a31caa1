import { otherLottery } from './other_lottery';

const UNKNOWN = { agencies: 3, winnerNumber: undefined };
const USUAL = { agencies: 3, winnerNumber: 7_574 };
const NAMED = { ...USUAL, numberSetting: 'DRAW_NUMBER' } as const;
const OTHER = { agencies: 3, winnerNumber: 1 };
const NONE = 'a DRAW_NUMBER that is not known before the sale is sealed';

test.each([
  [UNKNOWN, USUAL, `AGENCIES 3 and ${NONE}, configured are 3 and LOTTERY_WINNER_NUMBER 7574`],
  [UNKNOWN, NAMED, `AGENCIES 3 and ${NONE}, configured are 3 and DRAW_NUMBER 7574`],
  [USUAL, UNKNOWN, `AGENCIES 3 and LOTTERY_WINNER_NUMBER 7574, configured are 3 and ${NONE}`],
  [OTHER, USUAL, 'AGENCIES 3 and LOTTERY_WINNER_NUMBER 1, configured are 3 and 7574'],
  [OTHER, NAMED, 'AGENCIES 3 and LOTTERY_WINNER_NUMBER 1, configured are 3 and DRAW_NUMBER 7574'],
])('a ledger of %j and settings of %j', (kept, terms, said) => {
  const { message } = otherLottery('the database', kept, terms, 'DATABASE_URL');
  expect(message).toContain(`the database holds a lottery of ${said}: take another DATABASE_URL`);
});
