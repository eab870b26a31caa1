import { AddressList } from './address_list';

const listOf = (text: string): AddressList => {
  const list = AddressList.parse(text);
  if (list === undefined) throw new Error(`${text} is no list`);
  return list;
};

test('addresses and networks of both versions', () => {
  const list = listOf('10.0.0.0/8, 192.0.2.7,::1 ,2001:db8::/32');
  for (const address of [
    '10.1.2.3',
    '192.0.2.7',
    '::1',
    '2001:db8:5::1',
    '::ffff:10.9.9.9',
    '2001:db8::1%eth0',
  ]) {
    expect([address, list.has(address)]).toEqual([address, true]);
  }
  for (const address of [
    '11.0.0.1',
    '192.0.2.8',
    '::2',
    '2001:db9::1',
    '::ffff:192.0.2.8',
    '',
    'localhost',
  ]) {
    expect([address, list.has(address)]).toEqual([address, false]);
  }
});

test('a network of no bits is everybody of its version', () => {
  const list = listOf('0.0.0.0/0');
  expect([list.has('203.0.113.9'), list.has('::1')]).toEqual([true, false]);
});

test.each([
  '',
  ',',
  '10.0.0.0/8,',
  'localhost',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0.0/-1',
  '10.0.0',
  '::ffff:10.0.0.0/104',
])('%p is no list', (text) => {
  expect(AddressList.parse(text)).toBeUndefined();
});
