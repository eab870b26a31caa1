import { LAST_NAMES, MEN, WOMEN } from './names';

const all = [...WOMEN, ...MEN, ...LAST_NAMES];

test('each list has many names and none of them twice', () => {
  expect(WOMEN.length + MEN.length).toBeGreaterThanOrEqual(150);
  expect(LAST_NAMES.length).toBeGreaterThanOrEqual(200);
  for (const list of [WOMEN, MEN, LAST_NAMES]) expect(new Set(list).size).toBe(list.length);
});

test('names need no quoting and are written in one way, composed', () => {
  for (const name of all) {
    expect(name).toMatch(/^[\p{L}'-]+( [\p{L}'-]+)*$/u);
    expect(name).toBe(name.normalize('NFC'));
  }
});
