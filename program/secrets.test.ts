import { oneLine } from './exit';
import { hideSecrets } from './secrets';

test.each([
  ['postgresql://u:geheim@h:5432/db', 'postgresql://u:***@h:5432/db'],
  ['at postgres://u:ge@heim@h/db and http://a:b@c', 'at postgres://u:***@h/db and http://a:***@c'],
  ['postgresql://h/db?user=u&password=geheim&x=1', 'postgresql://h/db?user=u&password=***&x=1'],
  ['host=h password=geheim user=u', 'host=h password=*** user=u'],
  ['postgresql://u@h/db', 'postgresql://u@h/db'],
  ['http://127.0.0.1:8080/ and a@b', 'http://127.0.0.1:8080/ and a@b'],
  ['password authentication failed for user "u"', 'password authentication failed for user "u"'],
])('%s', (text, shown) => {
  expect(hideSecrets(text)).toBe(shown);
});

test('an error that repeats a password is shown without it', () => {
  expect(oneLine(new Error('no postgresql://u:geheim@h/db'))).toBe('no postgresql://u:***@h/db');
});

test('a long text takes no long time', () => {
  for (const text of ['a'.repeat(200_000), 'a://b:'.repeat(2_000), 'password='.repeat(20_000)]) {
    expect(hideSecrets(text).length).toBeGreaterThan(0);
  }
});
