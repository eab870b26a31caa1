import { conditionOfDelete, conditionOfPut, entityTag, isListed } from './entity_tags';

const PLACE = { sequence: 12, position: 3 };
const NOWHERE = { sequence: 0, position: 0 };

test('a tag is made of the place, and read back', () => {
  expect(entityTag(PLACE)).toBe('"12.3"');
  expect(conditionOfPut({ 'if-match': '"12.3"' })).toEqual(PLACE);
  expect(conditionOfDelete({ 'if-match': entityTag({ sequence: 2 ** 53 - 1, position: 0 }) })).toEqual({
    sequence: 2 ** 53 - 1,
    position: 0,
  });
});

test.each([
  ...[
    '12.3',
    'W/"12.3"',
    '"12"',
    '"12.3.4"',
    '"012.3"',
    '"12.03"',
    '" 12.3"',
    '"12.-3"',
    '"1e1.3"',
    '"12.3',
    '',
  ],
  ...['"9007199254740992.0"', '"0.9999999999999999"', '"other"', '12.3, 4.5', '"12.3",', '*, "12.3"'],
])('If-Match %s never matches', (match) => {
  expect(conditionOfPut({ 'if-match': match })).toEqual(NOWHERE);
  expect(conditionOfDelete({ 'if-match': match })).toEqual(NOWHERE);
});

test('a PUT may want that there is none, or one', () => {
  expect(conditionOfPut({})).toBeUndefined();
  expect(conditionOfPut({ 'if-none-match': '*' })).toBe('absent');
  expect(conditionOfPut({ 'if-match': '*' })).toBe('present');
});

test.each([
  [{ 'if-match': '"1.0", "2.0"' }, 'an If-Match has one entity tag here'],
  [{ 'if-match': '"a,b","c"' }, 'an If-Match has one entity tag here'],
  [{ 'if-none-match': '"1.0"' }, 'the If-None-Match of a PUT is *'],
  [{ 'if-none-match': '*, *' }, 'the If-None-Match of a PUT is *'],
  [{ 'if-none-match': '' }, 'the If-None-Match of a PUT is *'],
  [{ 'if-none-match': '*', 'if-match': '*' }, 'a request has If-Match or If-None-Match, not both'],
])('a PUT with %j is refused', (headers, text) => {
  expect(() => conditionOfPut(headers)).toThrow(text);
});

test('a DELETE has no If-None-Match', () => {
  expect(() => conditionOfDelete({ 'if-none-match': '*' })).toThrow('there is no If-None-Match here');
});

test.each([
  ['*', true],
  ['"12.3"', true],
  ['W/"12.3"', true],
  ['"a", W/"b,c" ,"12.3"', true],
  ['"a"', false],
  ['12.3', false],
  ['', false],
  [undefined, false],
])('If-None-Match %s of a GET', (header, isKnown) => {
  expect(isListed(header, entityTag(PLACE))).toBe(isKnown);
});
