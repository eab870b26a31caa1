import { ConfigurationError } from '../program/exit';
import { readArguments } from './arguments';

test('without options everything of ours is measured', () => {
  expect(readArguments([])).toEqual({
    isQuick: false,
    isScale: false,
    isHttp: false,
    isTls: false,
    isReceipts: false,
    withPeers: false,
    rounds: 5,
    asJson: false,
    plotFile: undefined,
    folder: '.run/bench',
  });
});

test('the quick one has fewer rounds, unless they are given', () => {
  expect(readArguments(['--quick'])).toMatchObject({ isQuick: true, rounds: 3 });
  expect(readArguments(['--quick', '--rounds', '2'])).toMatchObject({ rounds: 2 });
});

test('many servers are measured in fewer rounds', () => {
  expect(readArguments(['--scale'])).toMatchObject({ isScale: true, rounds: 3 });
  expect(readArguments(['--scale', '--quick'])).toMatchObject({ isScale: true, isQuick: true, rounds: 1 });
});

test('requests over HTTP are measured in fewer rounds', () => {
  expect(readArguments(['--http'])).toMatchObject({ isHttp: true, rounds: 3 });
  expect(readArguments(['--http', '--quick'])).toMatchObject({ isHttp: true, isQuick: true, rounds: 1 });
});

test('TLS is measured in fewer rounds', () => {
  expect(readArguments(['--tls'])).toMatchObject({ isTls: true, rounds: 3 });
  expect(readArguments(['--tls', '--quick'])).toMatchObject({ isTls: true, isQuick: true, rounds: 1 });
});

test('receipts are measured in fewer rounds', () => {
  expect(readArguments(['--receipts'])).toMatchObject({ isReceipts: true, rounds: 3 });
  expect(readArguments(['--receipts', '--quick'])).toMatchObject({ isQuick: true, rounds: 1 });
});

test.each([
  [['--rounds', '0']],
  [['--rounds', 'x']],
  [['--fast']],
  [['--quick', '--peers']],
  [['--scale', '--peers']],
  [['--scale', '--plot', 'x']],
  [['--http', '--scale']],
  [['--http', '--peers']],
  [['--http', '--plot', 'x']],
  [['--tls', '--scale']],
  [['--tls', '--http']],
  [['--tls', '--peers']],
  [['--tls', '--plot', 'x']],
  [['--receipts', '--tls']],
  [['--receipts', '--peers']],
  [['--receipts', '--plot', 'x']],
  [['7']],
])('%j is refused in one line that tells where help is', (words) => {
  expect(() => readArguments(words)).toThrow(ConfigurationError);
  expect(() => readArguments(words)).toThrow(/^[^\n]*see npm run bench -- --help$/);
});

test('help is given', () => {
  expect(readArguments(['-h'])).toBe('help');
});
