import { ConfigurationError } from './exit';
import {
  checkSettings,
  FoundSettings,
  hostAndPort,
  nonEmptyText,
  oneOf,
  SettingType,
  SettingsSchema,
  trueOrFalse,
  wholeNumber,
} from './settings';

function found(values: Readonly<Record<string, string>>): FoundSettings {
  return new Map(Object.entries(values).map(([key, value]) => [key, { value, where: 'a file' }]));
}

/** What is answered for one value, or `undefined` when it is refused. */
const parse = <Value>(type: SettingType<Value>, text: string): Value | undefined => type.safeParse(text).data;

test.each([
  ['1', 1],
  ['0009', 9],
  ['10', 10],
  ['0', undefined],
  ['11', undefined],
  ['', undefined],
  [' 1', undefined],
  ['+1', undefined],
  ['1\n', undefined],
  ['١', undefined],
  ['9'.repeat(400), undefined],
])('a whole number from 1 to 10: %j', (text, value) => {
  expect(parse(wholeNumber(1, 10), text)).toBe(value);
});

test('one of some words', () => {
  expect(parse(oneOf(['INFO', 'Debug']), 'INFO')).toBe('INFO');
  expect(parse(oneOf(['INFO', 'Debug']), 'info')).toBeUndefined();
  expect(parse(oneOf(['INFO', 'Debug'], true), 'DEBUG')).toBe('Debug');
  expect(parse(oneOf(['INFO', 'Debug'], true), '')).toBeUndefined();
});

test('true or false', () => {
  expect([parse(trueOrFalse(), 'true'), parse(trueOrFalse(), 'false')]).toEqual([true, false]);
  expect(parse(trueOrFalse(), 'yes')).toBeUndefined();
});

test('a text that is not empty', () => {
  expect(parse(nonEmptyText('x'), 'a  b#;')).toBe('a  b#;');
  for (const text of ['  ', ' a', 'a ', 'a\r', 'a\nb', '']) {
    expect(parse(nonEmptyText('x'), text)).toBeUndefined();
  }
});

test.each([
  ['server:12345', { host: 'server', port: 12_345 }],
  ['127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
  ['server', undefined],
  ['server:', undefined],
  [':1', undefined],
  ['server:0', undefined],
  ['server:65536', undefined],
  ['server:1x', undefined],
  ['::1:80', undefined],
  ['a server:1', undefined],
  ['[]:1', undefined],
  ['http://server:1', undefined],
])('host and port: %s', (text, value) => {
  expect(parse(hostAndPort(), text)).toEqual(value);
});

describe('checkSettings', () => {
  const schema = {
    id: wholeNumber(1, 5),
    level: oneOf(['INFO', 'DEBUG']).default('INFO'),
    address: hostAndPort().optional(),
  } satisfies SettingsSchema;
  const check = (values: Readonly<Record<string, string>>): unknown =>
    checkSettings(schema, found(values), ['loop.amount'], 'config.yaml');

  test('answers the values, defaults included', () => {
    expect(check({ id: '3' })).toEqual({ id: 3, level: 'INFO', address: undefined });
    expect(check({ id: '3', level: 'DEBUG', address: 'a:1' })).toEqual({
      id: 3,
      level: 'DEBUG',
      address: { host: 'a', port: 1 },
    });
  });

  test('passes accepted keys over', () => {
    expect(check({ id: '3', 'loop.amount': '?' })).not.toHaveProperty('loop.amount');
  });

  test.each<[string, Record<string, string>, string]>([
    ['an unknown key', { id: '1', idd: '2' }, 'a file: idd: unknown key; known are id, level, address'],
    ['a missing value', {}, 'config.yaml: id: missing; allowed is a whole number from 1 to 5'],
    ['a wrong value', { id: '6' }, 'a file: id: "6" is wrong; allowed is a whole number from 1 to 5'],
    [
      'a wrong value where there is a default',
      { id: '1', level: 'x' },
      'level: "x" is wrong; allowed is one of INFO, DEBUG',
    ],
    [
      'a wrong optional value',
      { id: '1', address: 'x' },
      '"x" is wrong; allowed is host:port, the port from 1 to 65535',
    ],
    ['an unknown key of every object', { id: '1', toString: '1' }, 'a file: toString: unknown key'],
    ['a value of several lines', { id: '1\n2' }, 'a file: id: "1\\n2" is wrong'],
  ])('%s is told in one line', (_, values, message) => {
    expect(() => check(values)).toThrow(ConfigurationError);
    expect(() => check(values)).toThrow(message);
  });
});

describe('what is told of a wrong value', () => {
  const refuse = (schema: SettingsSchema, values: Readonly<Record<string, string>>) => (): unknown =>
    checkSettings(schema, found(values), [], 'a file');

  test('has advice, if there is any', () => {
    expect(refuse({ DATA_DIR: nonEmptyText('a folder') }, { DATA_DIR: 'x\r' })).toThrow(
      'a file: DATA_DIR: "x\\r" is wrong; allowed is a folder; without white space at its ends or line breaks in it',
    );
  });

  test('does not show a secret', () => {
    const key = wholeNumber(1, 2)
      .withHint(() => 'some advice')
      .secret();
    for (const type of [key, key.optional(), key.default(1)]) {
      expect(refuse({ KEY: type }, { KEY: 'geheim' })).toThrow(
        'a file: KEY: its value is wrong; allowed is a whole number from 1 to 2; some advice',
      );
    }
  });

  test('does not show a password that stands in the wrong place', () => {
    const url = 'postgresql://u:geheim@h/db';
    expect(refuse({ PORT: wholeNumber(1, 2) }, { PORT: url })).toThrow('"postgresql://u:***@h/db" is wrong');
    expect(refuse({ PORT: wholeNumber(1, 2) }, { [url]: '1' })).toThrow(
      'a file: something that is no key; known',
    );
  });

  test('names the key that may be meant', () => {
    expect(refuse({ SERVER_PORT: wholeNumber(1, 2) }, { SERVER_PROT: '1' })).toThrow(
      'a file: SERVER_PROT: unknown key; known are SERVER_PORT; SERVER_PORT may be meant',
    );
  });
});

test('a setting knows its default, in words', () => {
  expect(wholeNumber(1, 10).default(7).byDefault).toBe('7');
  expect(nonEmptyText('x').default('a', 'the first letter').byDefault).toBe('the first letter');
  expect(nonEmptyText('x').optional().byDefault).toBe('none');
});
