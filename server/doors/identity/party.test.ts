import { LOTTERY_OWNER } from '../../ledger/note';
import { AUDITOR, mayRead, mayWrite, OPERATOR, partyNamed } from './party';

test('an agency reads and writes what is its own', () => {
  expect([mayRead(7, 7), mayWrite(7, 7)]).toEqual([true, true]);
  expect([mayRead(7, 8), mayWrite(7, 8)]).toEqual([false, false]);
  expect([mayRead(7, LOTTERY_OWNER), mayWrite(7, LOTTERY_OWNER)]).toEqual([false, false]);
});

test('the operator may do everything, the auditor reads everything and writes nothing', () => {
  for (const owner of [LOTTERY_OWNER, 1, 7]) {
    expect([mayRead(OPERATOR, owner), mayWrite(OPERATOR, owner)]).toEqual([true, true]);
    expect([mayRead(AUDITOR, owner), mayWrite(AUDITOR, owner)]).toEqual([true, false]);
  }
});

test('names stand for parties of this lottery alone', () => {
  expect(['operator', 'auditor', '1', '5'].map((name) => partyNamed(name, 5))).toEqual([
    OPERATOR,
    AUDITOR,
    1,
    5,
  ]);
  for (const name of ['', '0', '6', '01', '+1', '1 ', 'Operator', 'agency-1', '1e0']) {
    expect([name, partyNamed(name, 5)]).toEqual([name, undefined]);
  }
});
