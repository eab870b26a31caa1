import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../tests/support/built';
import { ConfigurationError } from '../program/exit';
import { readServerConfiguration, readServerSettings, ServerConfiguration } from './config';
import { file, folder, read, refusal } from './testing/configuration_text';

const DEFAULTS: Partial<ServerConfiguration> = {
  SERVER_PORT: 12_345,
  SERVER_PORT_MESSAGES: 'all',
  SERVER_LISTEN_ADDRESS: '127.0.0.1',
  SERVER_ALLOW: undefined,
  SERVER_TLS_PORT: undefined,
  SERVER_TLS_ADDRESS: '*',
  SERVER_TLS_CERT: undefined,
  SERVER_TLS_KEY: undefined,
  SERVER_TLS_CLIENT_CA: undefined,
  SERVER_TLS_CLIENT_CRL: undefined,
  SERVER_LISTEN_BACKLOG: 511,
  LOGGING_LEVEL: 'INFO',
  LOG_FORMAT: 'text',
  AGENCIES: 5,
  LOTTERY_WINNER_NUMBER: 7_574,
  LEDGER: 'sqlite',
  DATA_DIR: 'ledger',
  DATABASE_URL: undefined,
  REDIS_URL: undefined,
  REDIS_TLS_CA: undefined,
  REDIS_TLS_CERT: undefined,
  REDIS_TLS_KEY: undefined,
  REDIS_CONNECTIONS: 40,
  DATABASE_PASSWORD_FILE: undefined,
  DATABASE_CONNECT_TIMEOUT_MS: 2_000,
  DATABASE_UNSAFE_COMMITS: 'refuse',
  MAX_PAYLOAD_BYTES: 4_194_304,
  MAX_CONNECTIONS: 10_000,
  MAX_CONNECTIONS_PER_ADDRESS: undefined,
  IDLE_TIMEOUT_MS: 60_000,
  HTTP_PORT: undefined,
  MEMCACHED_ADDRESS: '127.0.0.1',
  HTTP_ADDRESS: '127.0.0.1',
  HTTP_TOKENS_FILE: undefined,
  HTTP_MAX_CONNECTIONS: 1_000,
  HTTP_WORKERS: 1,
  DRAW_DEADLINE: undefined,
  DRAW_DEADLINE_ACTION: 'draw',
  DRAW_DEADLINE_OVERDUE: 'hold',
  DRAW_NUMBER: undefined,
  DRAW_MARGIN: 60_000,
  DRAW_BEACON_FILE: undefined,
  DRAW_BEACON_URLS: undefined,
  DRAW_CALL_OFF: 'no',
  RECEIPTS: 'off',
  RECEIPTS_ORIGIN: undefined,
  RECEIPTS_KEY: undefined,
  RECEIPTS_POLICY: undefined,
  CONTROL_URL: undefined,
  CONTROL_VERIFIER_KEY: undefined,
  CONTROL_VERIFIER_KEY_FILE: undefined,
};

describe('what is taken', () => {
  test.each([
    ['an empty file', ''],
    ['an empty section', '[DEFAULT]\n'],
  ])('%s is all defaults', (_, text) => {
    expect(read(text)).toEqual(DEFAULTS);
  });

  test("the reference's file", () => {
    const text =
      '[DEFAULT]\nSERVER_PORT = 12346\nSERVER_IP = server\nSERVER_LISTEN_BACKLOG = 5\nLOGGING_LEVEL = DEBUG\n';
    expect(read(text)).toEqual({
      ...DEFAULTS,
      SERVER_PORT: 12_346,
      SERVER_LISTEN_BACKLOG: 5,
      LOGGING_LEVEL: 'DEBUG',
    });
  });

  test("the project's own file holds the defaults", () => {
    expect(readServerConfiguration(join(ROOT, 'server', 'config.ini'), {})).toEqual(DEFAULTS);
  });

  test('the environment wins, an empty variable counts as none', () => {
    const text = '[DEFAULT]\nSERVER_PORT = 1\nAGENCIES = 2\n';
    const environment = { SERVER_PORT: '0', AGENCIES: '', SERVER_IP: 'x', HOME: '/', CLI_ID: '1' };
    expect(read(text, environment)).toMatchObject({ SERVER_PORT: 0, AGENCIES: 2 });
  });

  test('the environment heals what is wrong in the file', () => {
    expect(read('[DEFAULT]\nSERVER_PORT = x\n', { SERVER_PORT: '7' })).toMatchObject({ SERVER_PORT: 7 });
  });

  test('comments, spaces, quotes and lines from other systems', () => {
    const text = '; a comment\r\n# another\r\n[DEFAULT]\r\n  SERVER_PORT=1\r\nDATA_DIR = "/a b/c"\r\n';
    expect(read(text)).toMatchObject({ SERVER_PORT: 1, DATA_DIR: '/a b/c' });
  });

  test('levels in any case, and a deadline', () => {
    const text = '[DEFAULT]\nLOGGING_LEVEL = warning\nDRAW_DEADLINE = 90s\nDRAW_DEADLINE_ACTION = call-off\n';
    expect(read(text)).toMatchObject({
      LOGGING_LEVEL: 'WARNING',
      DRAW_DEADLINE: { afterFirstFinishMs: 90_000 },
      DRAW_DEADLINE_ACTION: 'call-off',
    });
  });
});

describe('what is refused names the place, the key, the value and what is allowed', () => {
  test.each([
    ['SERVER_PORT', '65536', 'a whole number from 0 to 65535'],
    ['SERVER_PORT', '-1', 'a whole number from 0 to 65535'],
    ['SERVER_PORT', '1e3', 'a whole number from 0 to 65535'],
    ['SERVER_PORT', '1.5', 'a whole number from 0 to 65535'],
    ['SERVER_PORT', '0x10', 'a whole number from 0 to 65535'],
    ['SERVER_LISTEN_BACKLOG', '0', 'a whole number from 1 to 65535'],
    ['LOGGING_LEVEL', 'LOUD', 'one of DEBUG, INFO, WARNING, ERROR, CRITICAL'],
    ['LOG_FORMAT', 'JSON', 'one of text, json'],
    ['AGENCIES', '0', 'a whole number from 1 to 1000000'],
    ['AGENCIES', 'five', 'a whole number from 1 to 1000000'],
    ['LOTTERY_WINNER_NUMBER', '10000', 'a whole number from 0 to 9999'],
    ['MAX_PAYLOAD_BYTES', '100000000', 'a whole number from 1024 to 99999999'],
    ['MAX_PAYLOAD_BYTES', '1', 'a whole number from 1024 to 99999999'],
    ['MAX_CONNECTIONS', '0', 'a whole number from 1 to 1000000'],
    ['MAX_CONNECTIONS_PER_ADDRESS', '0', 'a whole number from 1 to 1000000'],
    ['IDLE_TIMEOUT_MS', '99', 'a whole number from 100 to 86400000'],
    ['DRAW_DEADLINE', 'soon', 'a time such as 2026-12-22T09:00:00Z'],
    ['DRAW_DEADLINE_ACTION', 'wait', 'one of draw, call-off'],
  ])('%s = %s', (key, value, allowed) => {
    const expected = `${key}: ${JSON.stringify(value)} is wrong; allowed is ${allowed}`;
    expect(refusal(`[DEFAULT]\n${key} = ${value}\n`)).toContain(`${file}: ${expected}`);
    expect(refusal('', { [key]: value })).toContain(`environment: ${expected}`);
  });

  test.each(['DATA_DIR', 'SERVER_LISTEN_ADDRESS', 'SERVER_PORT'])('an empty %s in the file', (key) => {
    expect(refusal(`[DEFAULT]\n${key} =\n`)).toMatch(`${file}: ${key}: "" is wrong; allowed is `);
  });

  test('an unknown key', () => {
    expect(refusal('[DEFAULT]\nSERVER_PROT = 1\n')).toMatch(
      `${file}: SERVER_PROT: unknown key; known are SERVER_PORT, `,
    );
  });

  test.each(['toString', 'constructor'])('an unknown key named %s', (key) => {
    expect(() => read(`[DEFAULT]\n${key} = 1\n`)).toThrow(ConfigurationError);
  });

  test.each([
    ['another section', '[SERVER]\nSERVER_PORT = 1\n', 'SERVER: unknown; everything stands under [DEFAULT]'],
    [
      'a key before the section',
      'SERVER_PORT = 1\n',
      'SERVER_PORT: unknown; everything stands under [DEFAULT]',
    ],
    ['a list', '[DEFAULT]\nAGENCIES[] = 1\nAGENCIES[] = 2\n', 'AGENCIES: a list is not allowed (line 2)'],
    [
      'a key that stands there twice',
      '[DEFAULT]\nAGENCIES = 1\nAGENCIES = 2\n',
      'AGENCIES: stands there more than once, first in line 2 (line 3)',
    ],
    [
      'a section in the section',
      '[DEFAULT.x]\nSERVER_PORT = 1\n',
      'a section: unknown; everything stands under [D',
    ],
  ])('%s', (_, text, message) => {
    expect(refusal(text)).toContain(`${file}: ${message}`);
  });

  test('a file that is missing', () => {
    const missing = join(folder, 'missing.ini');
    expect(() => readServerConfiguration(missing, {})).toThrow(ConfigurationError);
    expect(() => readServerConfiguration(missing, {})).toThrow(/missing\.ini: cannot be read: .*ENOENT/);
  });

  test('a folder in place of a file', () => {
    expect(() => readServerConfiguration(folder, {})).toThrow(/: cannot be read: it is a folder/);
  });
});

describe('a value in the file', () => {
  test.each([
    ['/data/draw#2'],
    ['/data/draw;2'],
    ['#2'],
    [';2'],
    ['a=b'],
    ["it's"],
    ['C:\\new\\tab'],
    ['true'],
    ['null'],
    ['a " b'],
    ['Sorteo de Año Nuevo 🎉'],
  ])('is taken whole: %s', (value) => {
    expect(read(`[DEFAULT]\nDATA_DIR = ${value}\n`)).toMatchObject({ DATA_DIR: value });
    expect(read(`[DEFAULT]\nDATA_DIR=${value}   \r\n`)).toMatchObject({ DATA_DIR: value });
  });

  test.each([
    ['"/data/draw #2"', '/data/draw #2'],
    ["'/data/draw ;2'", '/data/draw ;2'],
    ['"C:\\new"', 'C:\\new'],
    ['"true"', 'true'],
    [`'"x"'`, '"x"'],
    ['"\\u0041"', '\\u0041'],
  ])('in quotes is taken whole: %s', (value, text) => {
    expect(read(`[DEFAULT]\nDATA_DIR = ${value}\n`)).toMatchObject({ DATA_DIR: text });
  });

  test('that is a number may stand in quotes of either kind', () => {
    expect(read(`[DEFAULT]\nSERVER_PORT = '7'\nAGENCIES = "8"\n`)).toMatchObject({
      SERVER_PORT: 7,
      AGENCIES: 8,
    });
  });

  test.each([
    ['ledger ; the folder', /a comment stands on a line of its own/],
    ['ledger # the folder', /a comment stands on a line of its own/],
    ['ledger\t#2', /a comment stands on a line of its own/],
    ['/data/draw\\#2', /no "\\" is needed before/],
    ['\\\\server\\share', /no "\\" is needed before/],
    ['"ledger', /a quote that is not closed/],
    ['"', /a quote that is not closed/],
    ['"a" ; b', /a quote that is not closed/],
    ['"a" b"', /a quote that is not closed/],
    ['"a\\"b"', /a quote that is not closed/],
    ['"a\\\\b"', /before a quote or another/],
    ['a\u0007b', /a character that cannot be printed/],
  ])('is refused where it could be read in two ways: %j', (value, reason) => {
    const message = refusal(`[DEFAULT]\n\nDATA_DIR = ${value}\n`);
    expect(message).toMatch(reason);
    expect(message).toMatch(/config\.ini: DATA_DIR: .* \(line 3\)$/);
  });

  test.each(['DATA_DIR', '[DEFAULT] x', '__proto__ = 1', '= 1', 'a b = 1', '[DEFAULT', '>>> x'])(
    'is not understood in the line %j, which is told',
    (line) => {
      expect(refusal(`[DEFAULT]\n${line}\n`)).toMatch(
        /config\.ini: (line 2: no "KEY = value"|a section: unknown)/,
      );
    },
  );
});

test('a byte order mark is skipped, and other encodings are told', () => {
  expect(read('\ufeff[DEFAULT]\nAGENCIES = 7\n')).toMatchObject({ AGENCIES: 7 });
  writeFileSync(file, Buffer.from('\ufeff[DEFAULT]\nAGENCIES = 7\n', 'utf16le'));
  expect(() => readServerConfiguration(file, {})).toThrow(`${file}: is in UTF-16; save it in UTF-8`);
  writeFileSync(file, Buffer.from('[DEFAULT]\nDATA_DIR = a\u00f1o\n', 'latin1'));
  expect(() => readServerConfiguration(file, {})).toThrow(`${file}: is not in UTF-8; save it in UTF-8`);
});

describe('a secret is never shown', () => {
  const lines = [
    'DATABASE_URL: postgresql://u:geheim@h/db',
    'DATABASE_URL: postgresql://u:geheim@h/db?sslmode=require',
    'postgresql://u:geheim@h/db?sslmode=require',
    'postgresql://u:geheim@h/db',
    'DATABASE_URL = "postgresql://u:geheim@h/db',
    'DATABASE_URL = postgresql://u:geheim@h/db # the database',
    'DATABASE_URL = mysql://u:geheim@h/db',
    'DATABASE_URL = postgresql://u:geheim@h:port/db',
    'SERVER_PORT = postgresql://u:geheim@h/db',
    '[postgresql://u:geheim@h/db]',
    'REDIS_URL = redis://:geheim@h:port',
    'REDIS_URL = redis://u:geheim@h/x',
  ];
  test.each(lines)('in the file: %s', (line) => {
    expect(refusal(`[DEFAULT]\n${line}\n`)).not.toMatch(/geheim/);
  });

  test.each(lines.map((line) => line.replace(/^DATABASE_URL ?[=:] ?/, '')))(
    'in the environment: %s',
    (url) => {
      expect(refusal('', { LEDGER: 'postgres', DATABASE_URL: `${url} ` })).not.toMatch(/geheim/);
      expect(refusal('', { SERVER_PORT: url })).not.toMatch(/u:geheim/);
    },
  );
});

test('variables that look like settings are found, with where each setting came from', () => {
  writeFileSync(file, '[DEFAULT]\nAGENCIES = 5\n');
  const environment = {
    HTTP_TOKEN_FILE: 'x',
    AGENCES: '3',
    LOG_FORMAT: 'json',
    CLI_ID: '1',
    PATH: '/',
    HOME: '/root',
  };
  const { unknownVariables, placeOf } = readServerSettings(file, environment);
  expect(unknownVariables).toEqual([
    { name: 'HTTP_TOKEN_FILE', meant: 'HTTP_TOKENS_FILE' },
    { name: 'AGENCES', meant: 'AGENCIES' },
  ]);
  expect([placeOf('LOG_FORMAT'), placeOf('AGENCIES'), placeOf('DATA_DIR')]).toEqual([
    'environment',
    file,
    undefined,
  ]);
});
