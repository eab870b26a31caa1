import { ConfigurationError } from '../../program/exit';
import { readArguments } from './arguments';

const OUT = ['--out', 'x'];
const allowed: [string[], object][] = [
  [[...OUT], {}],
  [['5', ...OUT], { agencies: 5 }],
  [[...OUT, '5', '--days', '90'], { agencies: 5, days: 90 }],
  [
    ['5', '--out=x', '--name', 'Lottery.Example', '--name=::01', '--name', '::1'],
    { agencies: 5, hosts: ['lottery.example', '::1'] },
  ],
  [['--renew', ...OUT], { renew: 'due' }],
  [[...OUT, '--renew'], { renew: 'due' }],
  [['--renew', '5', ...OUT], { renew: 'due', agencies: 5 }],
  [['--renew', 'agency-7,server', ...OUT, '--days=30'], { renew: ['agency-7', 'server'], days: 30 }],
  [['--renew=ca', '--renew', 'operator,ca', ...OUT], { renew: ['ca', 'operator'] }],
  [['--revoke', 'agency-7', '--revoke=00Ff00Ff', ...OUT], { revoke: ['agency-7', '00Ff00Ff'] }],
];

test.each(allowed)('%p', (words, plan) => {
  expect(readArguments(words)).toEqual({ out: 'x', ...plan });
});

test('help', () => {
  expect([readArguments(['--help']), readArguments(['5', '-h'])]).toEqual(['help', 'help']);
});

test.each([
  [[], '--out'],
  [['5'], '--out'],
  [['--out='], '--out'],
  [['--out'], '--out'],
  [['0', ...OUT], 'N: "0"'],
  [['10001', ...OUT], 'N: "10001"'],
  [['5', '6', ...OUT], '"5 6"'],
  [['5', ...OUT, '--days', '0'], '--days: "0"'],
  [['5', ...OUT, '--days', '3651'], '--days: "3651"'],
  [[...OUT, '--days', '5'], '--days'],
  [['5', ...OUT, '--name', 'https://example.org'], '--name: "https://example.org"'],
  [['5', ...OUT, '--name', ''], '--name: ""'],
  [['5', ...OUT, ...Array<string>(101).fill('--name=a')], '--name: allowed are 100'],
  [[...OUT, '--renew', 'agency-0'], '--renew: "agency-0"'],
  [[...OUT, '--renew', 'server, operator'], '--renew: " operator"'],
  [[...OUT, '--renew', '--renew', 'server'], '--renew stands alone or with names'],
  [[...OUT, '--revoke', 'ca'], '--revoke: an authority cannot revoke itself'],
  [[...OUT, '--revoke', 'agency-10001'], '--revoke: "agency-10001"'],
  [[...OUT, '--revoke'], '--revoke'],
  [[...OUT, '--force'], '--force'],
])('%p is wrong usage', (words, told) => {
  expect(() => readArguments(words)).toThrow(ConfigurationError);
  expect(() => readArguments(words)).toThrow(/^[^\n]+$/);
  expect(() => readArguments(words)).toThrow(told);
});
