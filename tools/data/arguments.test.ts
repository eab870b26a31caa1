import { ConfigurationError } from '../../program/exit';
import { DEFAULT_PLAN, readArguments } from './arguments';

test('has a default for everything', () => {
  expect(readArguments([])).toEqual({ plan: DEFAULT_PLAN, missingOnly: false });
});

test('reads every option, in both ways of writing', () => {
  const words = ['--agencies', '3', '--bets=0', '--seed', '4294967295', '--out', 'a b', '--winner-number=0'];
  const plan = { agencies: 3, bets: 0, seed: 4_294_967_295, out: 'a b', winnerNumber: 0 };
  expect(readArguments(words)).toEqual({ plan, missingOnly: false });
  expect(readArguments([...words, '--missing'])).toEqual({ plan, missingOnly: true });
});

test.each(['--help', '-h'])('%s goes before the rest', (word) => {
  expect(readArguments(['--agencies', '3', word])).toBe('help');
});

test.each([
  ['--agencies', '0'],
  ['--agencies', '10001'],
  ['--agencies', 'five'],
  ['--bets', '1.5'],
  ['--bets', '1e6'],
  ['--bets', '1000000001'],
  ['--bets', ''],
  ['--bets=-1'],
  ['--seed', '4294967296'],
  ['--seed', '-1'],
  ['--seed'],
  ['--winner-number', '10000'],
  ['--out', ''],
  ['--nonsense'],
  ['--help=yes'],
  ['--missing=yes'],
  ['5'],
])('refuses %s %s in one line that names it', (...words) => {
  const refuse = (): unknown => readArguments(words);
  expect(refuse).toThrow(ConfigurationError);
  const [option] = words[0].split('=');
  expect(refuse).toThrow(new RegExp(`^[^\\n]*${option!}[^\\n]*$`));
});
