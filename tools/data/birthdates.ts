/** The days on which people who bet may be born. */

/** The first and the last year of birth. */
export const FIRST_BIRTH_YEAR = 1935;
export const LAST_BIRTH_YEAR = 2005;

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Each day from 1 January of the first year to 31 December of the last, in order, written `YYYY-MM-DD`. */
export const BIRTHDATES: readonly string[] = Array.from(days());

function* days(): Generator<string, void> {
  for (let year = FIRST_BIRTH_YEAR; year <= LAST_BIRTH_YEAR; year++) {
    for (const [index, usualDays] of DAYS_IN_MONTH.entries()) {
      const daysInMonth = index === 1 && isLeapYear(year) ? 29 : usualDays;
      for (let day = 1; day <= daysInMonth; day++) yield `${year}-${twoDigits(index + 1)}-${twoDigits(day)}`;
    }
  }
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
