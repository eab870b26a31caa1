import { isLoopbackAddress, isThisMachine } from './loopback';

const HERE = ['localhost', 'LOCALHOST', '127.0.0.1', '127.255.0.9', '::1'];
const ELSEWHERE = [
  '',
  '0.0.0.0',
  '::',
  '10.0.0.7',
  'db',
  'localhost.example',
  '127.0.0.1.example',
  '1127.0.0.1',
];

test.each(HERE)('%s is of this machine', (host) => {
  expect([isLoopbackAddress(host), isThisMachine(host)]).toEqual([true, true]);
});

test.each(ELSEWHERE)('%p is not', (host) => {
  expect([isLoopbackAddress(host), isThisMachine(host)]).toEqual([false, false]);
});

test('the folder of a Unix socket is of this machine, and no address', () => {
  expect([isLoopbackAddress('/run/postgresql'), isThisMachine('/run/postgresql')]).toEqual([false, true]);
});
