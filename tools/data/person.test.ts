import { Random } from '../random';
import { BIRTHDATES } from './birthdates';
import { FIRST_DOCUMENT, expectedBirthDay, randomDocument } from './documents';
import { personOf } from './person';
import { PURPOSE } from './purpose';

test('is the same person for a document whenever it is asked, and another in another country', () => {
  expect(personOf(7574, 30_904_465)).toEqual(personOf(7574, 30_904_465));
  expect(personOf(7575, 30_904_465)).not.toEqual(personOf(7574, 30_904_465));
});

test('was born when the document says, give or take some months', () => {
  const random = new Random(7, PURPOSE.bets, 1);
  for (let draw = 0; draw < 1_000; draw++) {
    const document = randomDocument(random);
    const birthday = BIRTHDATES.indexOf(personOf(7, document).birthdate);
    expect(Math.abs(birthday - expectedBirthDay(document, BIRTHDATES.length))).toBeLessThanOrEqual(400);
  }
});

test('the first and the last document belong to somebody of the first and the last years', () => {
  expect(personOf(7574, FIRST_DOCUMENT).birthdate.slice(0, 4)).toMatch(/^193[56]$/);
  expect(personOf(7574, 34_589_999).birthdate.slice(0, 4)).toMatch(/^200[45]$/);
});

test('nobody has a document before the first or behind the last', () => {
  expect(() => personOf(7574, FIRST_DOCUMENT - 1)).toThrow(RangeError);
  expect(() => personOf(7574, 34_590_000)).toThrow(RangeError);
});
