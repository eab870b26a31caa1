import { BIRTHDATES } from './birthdates';

test('has every day of the years, as the calendar of the language has them', () => {
  const start = Date.UTC(1935, 0, 1);
  const days = (Date.UTC(2006, 0, 1) - start) / 86_400_000;
  const expected = Array.from({ length: days }, (_, day) =>
    new Date(start + day * 86_400_000).toISOString().slice(0, 10),
  );
  expect(BIRTHDATES).toEqual(expected);
});
