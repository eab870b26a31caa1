import { hostFrom, sameHosts } from './hosts';

test.each([
  ['localhost', 'localhost'],
  ['Lottery.Example.ORG', 'lottery.example.org'],
  ['xn--lotera-ywa.example', 'xn--lotera-ywa.example'],
  ['3com.example', '3com.example'],
  ['10.0.0.7', '10.0.0.7'],
  ['::1', '::1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
])('%s is %s', (text, host) => {
  expect(hostFrom(text)).toBe(host);
});

test.each([
  '',
  ' localhost',
  'localhost:12345',
  'https://localhost',
  'localhost.',
  '.localhost',
  'a..b',
  '-a.example',
  'a-.example',
  'a_b',
  '*.example.org',
  'lotería.example',
  '1.2.3',
  '10.0.0.256',
  '010.0.0.1',
  '[::1]',
  'fe80::1%eth0',
  '10.0.0.0/8',
  'a,b',
  'a\nb',
  `${'a'.repeat(64)}.example`,
  `${'a.'.repeat(127)}aa`,
])('%p is none', (text) => {
  expect(hostFrom(text)).toBeUndefined();
});

test('the order of hosts does not matter', () => {
  expect(sameHosts(['a', 'b'], ['b', 'a'])).toBe(true);
  expect(sameHosts(['a', 'b'], ['a'])).toBe(false);
  expect(sameHosts(['a'], ['b'])).toBe(false);
});
