import { join } from 'node:path';

import { ConfigurationError } from '../program/exit';
import { readClientConfiguration, variableOf } from './config';
import { TemporaryFolder } from './testing/temporary_folder';

const folder = new TemporaryFolder();
afterAll(() => folder.remove());

const LOG_KEY = 'lottery.example/2026-12-22+b6cd6249+AZJzCPU9Z2VQPStkwQOrWqRyBqs5UCz+j5hEL9tUMQC3';
const LEAST = 'id: 3\nserver:\n  address: server:12345\n';

function read(yaml: string, environment: NodeJS.ProcessEnv = {}): ReturnType<typeof readClientConfiguration> {
  return readClientConfiguration(folder.write(yaml), environment);
}

/** The error's text with the file's path as FILE. */
function mistake(yaml: string, environment: NodeJS.ProcessEnv = {}): string {
  const path = folder.write(yaml);
  try {
    readClientConfiguration(path, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    const message = (error as ConfigurationError).message;
    expect(message).not.toMatch(/[\r\n]/);
    return message.replaceAll(path, 'FILE');
  }
  throw new Error('no mistake was found');
}

describe('the settings of an agency', () => {
  test('that may be left out have defaults', () => {
    expect(read(LEAST)).toEqual({
      id: 3,
      'server.address': { host: 'server', port: 12345 },
      'server.oneMessagePerConnection': false,
      'server.giveUpAfterMs': 600_000,
      'log.level': 'INFO',
      'log.format': 'text',
      'batch.maxAmount': 200,
      'batch.window': 8,
      'data.strict': true,
      'data.maxLeftOut': { percent: 0.1 },
      'data.mayBeEmpty': false,
      'data.finish': true,
    });
  });

  test('the key of the log stands in a file', () => {
    const environment = {
      CLI_RECEIPTS_LOGFILE: folder.write(`${LOG_KEY}\n`),
      CLI_RECEIPTS_FOLDER: 'receipts',
    };
    expect(read(LEAST, environment)['receipts.log']).toBe(LOG_KEY);
  });

  const cases: [key: string, text: string, value: unknown][] = [
    ['id', '5', 5],
    ['server.address', '127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
    ['server.address', '[::1]:65535', { host: '::1', port: 65_535 }],
    ['server.oneMessagePerConnection', 'true', true],
    ['server.giveUpAfterMs', '0', 0],
    ['log.level', 'debug', 'DEBUG'],
    ['log.level', 'CRITICAL', 'CRITICAL'],
    ['log.format', 'json', 'json'],
    ['batch.maxAmount', '9999', 9_999],
    ['batch.maxAmount', '1', 1],
    ['batch.window', '64', 64],
    ['log.level', 'warn', 'WARNING'],
    ['log.level', 'Trace', 'DEBUG'],
    ['log.level', 'fatal', 'CRITICAL'],
    ['log.level', 'panic', 'CRITICAL'],
    ['data.file', '/data/agency.csv', ['/data/agency.csv']],
    ['data.strict', 'false', false],
    ['data.maxLeftOut', '0.1%', { percent: 0.1 }],
    ['data.maxLeftOut', '2.5 %', { percent: 2.5 }],
    ['data.maxLeftOut', '0', { rows: 0 }],
    ['data.maxLeftOut', '12', { rows: 12 }],
    ['data.rows', '78000', 78_000],
    ['data.sha256', 'AB'.repeat(32), ['ab'.repeat(32)]],
    ['data.mayBeEmpty', 'true', true],
    ['data.finish', 'false', false],
    ['data.rejectedFile', 'rejected.csv', 'rejected.csv'],
    ['data.soldFile', 'sold.json', 'sold.json'],
    ['data.winnersFile', 'winners.txt', 'winners.txt'],
    ['receipts.log', LOG_KEY, LOG_KEY],
  ];

  test.each(cases)('%s: %s from the file', (key, text, value) => {
    const [section, name] = key.split('.');
    const line = name === undefined ? `${key}: ${text}` : `${section ?? ''}:\n  ${name}: '${text}'`;
    const rest = ['id', 'server.address'].filter((needed) => needed !== key);
    const environment = Object.fromEntries(
      rest.map((needed) => [variableOf(needed), needed === 'id' ? '3' : 'x:1']),
    );
    expect(read(`${line}\n`, environment)).toMatchObject({ [key]: value });
  });

  test.each(cases)('%s: %s from the environment, which wins', (key, text, value) => {
    const yaml =
      'id: 1\nserver: {address: "a:1", oneMessagePerConnection: false, giveUpAfterMs: 9}\n' +
      'log: {level: ERROR, format: text}\nbatch: {maxAmount: 2, window: 2}\n' +
      'data: {file: x, strict: true, winnersFile: y}\n';
    expect(read(yaml, { [variableOf(key)]: text })).toMatchObject({ [key]: value });
  });

  test('hold several files as a list, and with commas between them in the environment', () => {
    const yaml = `${LEAST}data:\n  file: [morning.csv, 'after, noon.csv']\n`;
    expect(read(yaml)).toMatchObject({ 'data.file': ['morning.csv', 'after, noon.csv'] });
    const given = {
      CLI_DATA_FILE: 'a.csv, b.csv',
      CLI_DATA_SHA256: ['0'.repeat(64), 'f'.repeat(64)].join(','),
    };
    expect(read(yaml, given)).toMatchObject({
      'data.file': ['a.csv', 'b.csv'],
      'data.sha256': ['0'.repeat(64), 'f'.repeat(64)],
    });
  });

  test('are named in the environment as everybody expects', () => {
    const named = ['id', 'server.address', 'log.level', 'batch.maxAmount', 'batch.window', 'data.file'].map(
      variableOf,
    );
    expect(named).toEqual([
      'CLI_ID',
      'CLI_SERVER_ADDRESS',
      'CLI_LOG_LEVEL',
      'CLI_BATCH_MAXAMOUNT',
      'CLI_BATCH_WINDOW',
      'CLI_DATA_FILE',
    ]);
  });

  test('can all come from the environment', () => {
    expect(read('', { CLI_ID: '2', CLI_SERVER_ADDRESS: 'h:9' })).toMatchObject({ id: 2 });
  });

  test('in an empty variable count as left out', () => {
    expect(read(LEAST, { CLI_ID: '', CLI_BATCH_WINDOW: '' })).toMatchObject({ id: 3, 'batch.window': 8 });
  });

  test('of the file in the repository are right', () => {
    expect(readClientConfiguration(join(__dirname, 'config.yaml'), {})).toMatchObject({
      id: 1,
      'server.address': { host: 'server', port: 12345 },
    });
  });
});

describe('the keys of the reference', () => {
  test('packet.batchsize is batch.maxAmount', () => {
    expect(read(`${LEAST}packet:\n  batchsize: 77\n`)).toMatchObject({ 'batch.maxAmount': 77 });
  });

  test('packet.batchsize gives way to batch.maxAmount and to the environment', () => {
    const both = `${LEAST}packet: {batchsize: 77}\n`;
    expect(read(`${both}batch: {maxAmount: 5}\n`)).toMatchObject({ 'batch.maxAmount': 5 });
    expect(read(both, { CLI_BATCH_MAXAMOUNT: '6' })).toMatchObject({ 'batch.maxAmount': 6 });
  });

  test('CLI_PACKET_BATCHSIZE is honoured: over the file, below CLI_BATCH_MAXAMOUNT', () => {
    const yaml = `${LEAST}batch: {maxAmount: 5}\n`;
    expect(read(yaml, { CLI_PACKET_BATCHSIZE: '70' })).toMatchObject({ 'batch.maxAmount': 70 });
    const both = { CLI_PACKET_BATCHSIZE: '70', CLI_BATCH_MAXAMOUNT: '6' };
    expect(read(yaml, both)).toMatchObject({ 'batch.maxAmount': 6 });
    expect(mistake(LEAST, { CLI_PACKET_BATCHSIZE: 'x' })).toBe(
      'environment: CLI_PACKET_BATCHSIZE: packet.batchsize: batch.maxAmount: "x" is wrong; ' +
        'allowed is a whole number from 1 to 9999',
    );
  });

  test('a wrong packet.batchsize is told under its own name', () => {
    expect(mistake(`${LEAST}packet: {batchsize: 0}\n`)).toBe(
      'FILE: packet.batchsize: batch.maxAmount: "0" is wrong; allowed is a whole number from 1 to 9999',
    );
  });

  test('loop.* is accepted without a word', () => {
    expect(read(`${LEAST}loop:\n  amount: 5\n  period: 5s\n  lapse: 0m20s\n`)).toMatchObject({ id: 3 });
  });
});

describe('a mistake is one line', () => {
  test.each<[string, string, string]>([
    [
      'a missing id',
      'server: {address: "a:1"}',
      'FILE: id: missing; allowed is a whole number from 1 to 1000000',
    ],
    [
      'a missing address',
      'id: 1',
      'FILE: server.address: missing; allowed is host:port, the port from 1 to 65535',
    ],
    ['an id of 0', 'id: 0', 'FILE: id: "0" is wrong; allowed is a whole number from 1 to 1000000'],
    [
      'an id that is a text',
      'id: one',
      'FILE: id: "one" is wrong; allowed is a whole number from 1 to 1000000',
    ],
    [
      'an id that is no whole number',
      'id: 1.5',
      'FILE: id: "1.5" is wrong; allowed is a whole number from 1 to 1000000',
    ],
    ['a key without a value', `${LEAST}batch:\n  window:\n`, 'FILE: batch.window: no value'],
    ['a section without a key', `${LEAST}batch:\n`, 'FILE: batch: no value'],
    ['a list', `${LEAST}batch:\n  window: [1, 2]\n`, 'FILE: batch.window: one value is allowed, not a list'],
    ['an empty list', `${LEAST}data:\n  file: []\n`, 'FILE: data.file: one value is allowed, not a list'],
    ['a list as the document', '- a\n', 'FILE: the document: one value is allowed, not a list'],
    ['a text as the document', 'hello\n', 'FILE: not a list of keys and values'],
    [
      'a value under a value',
      `${LEAST}log: {level: {x: 1}}\n`,
      'FILE: log.level.x: unknown key; known are id, server.address, server.oneMessagePerConnection, ' +
        'server.tls.ca, server.tls.cert, server.tls.key, server.tls.serverName, ' +
        'server.giveUpAfterMs, log.level, log.format, batch.maxAmount, batch.window, data.file, data.strict, ' +
        'data.maxLeftOut, data.rows, data.sha256, data.mayBeEmpty, data.finish, data.rejectedFile, data.soldFile, data.winnersFile, ' +
        'receipts.log, receipts.logFile, receipts.folder',
    ],
  ])('%s', (_, yaml, message) => {
    expect(mistake(yaml)).toBe(message);
  });

  test.each<[string, string, string]>([
    ['CLI_ID', '-1', 'a whole number from 1 to 1000000'],
    ['CLI_ID', '1e3', 'a whole number from 1 to 1000000'],
    ['CLI_SERVER_ADDRESS', 'server', 'host:port, the port from 1 to 65535'],
    ['CLI_SERVER_ADDRESS', 'server:0', 'host:port, the port from 1 to 65535'],
    ['CLI_SERVER_ADDRESS', 'server:65536', 'host:port, the port from 1 to 65535'],
    ['CLI_SERVER_ADDRESS', '::1:80', 'host:port, the port from 1 to 65535'],
    ['CLI_LOG_LEVEL', 'LOUD', 'one of DEBUG, INFO, WARNING, ERROR, CRITICAL'],
    ['CLI_LOG_FORMAT', 'xml', 'one of text, json'],
    ['CLI_BATCH_MAXAMOUNT', '10000', 'a whole number from 1 to 9999'],
    ['CLI_BATCH_WINDOW', '0', 'a whole number from 1 to 64'],
    ['CLI_BATCH_WINDOW', '65', 'a whole number from 1 to 64'],
    ['CLI_DATA_FILE', ' ', 'a file'],
    ['CLI_DATA_STRICT', 'yes', 'true or false'],
    ['CLI_DATA_MAXLEFTOUT', '101%', 'a share of the rows'],
    ['CLI_DATA_MAXLEFTOUT', '-1', 'a share of the rows'],
    ['CLI_DATA_MAXLEFTOUT', '0.1', 'a share of the rows'],
    ['CLI_DATA_ROWS', '1e3', 'a whole number'],
    ['CLI_DATA_SHA256', 'abc', '64 hexadecimal digits'],
    ['CLI_RECEIPTS_LOG', 'lottery.example', 'the key of a log: NAME+ID+KEY'],
    ['CLI_SERVER_ONEMESSAGEPERCONNECTION', '1', 'true or false'],
    ['CLI_SERVER_GIVEUPAFTERMS', '10s', 'a whole number from 0 to 1000000000'],
  ])('%s=%s', (variable, value, allowed) => {
    const message = mistake(LEAST, { [variable]: value });
    expect(message).toMatch(new RegExp(`^environment: ${variable}: `));
    expect(message).toContain(`${JSON.stringify(value)} is wrong; allowed is ${allowed}`);
  });

  test('receipts that cannot be had', () => {
    expect(mistake(LEAST, { CLI_RECEIPTS_FOLDER: 'x' })).toBe(
      'environment: CLI_RECEIPTS_FOLDER: receipts.folder: needs receipts.log or receipts.logFile',
    );
    expect(mistake(LEAST, { CLI_RECEIPTS_LOG: LOG_KEY, CLI_SERVER_ONEMESSAGEPERCONNECTION: 'true' })).toBe(
      'environment: CLI_RECEIPTS_LOG: receipts.log: needs server.oneMessagePerConnection: false',
    );
  });

  test('a file of the key of the log that cannot be used', () => {
    const environment = { CLI_RECEIPTS_LOGFILE: folder.write('lottery.example') };
    const where = `environment: CLI_RECEIPTS_LOGFILE: receipts.logFile: ${environment.CLI_RECEIPTS_LOGFILE}`;
    expect(mistake(LEAST, environment)).toBe(
      `${where} is wrong; allowed is the key of a log: NAME+ID+KEY, alone`,
    );
    expect(mistake(LEAST, { CLI_RECEIPTS_LOGFILE: '/dev/zero' })).toMatch(
      /^environment: CLI_RECEIPTS_LOGFILE: receipts\.logFile: \/dev\/zero cannot be read: /,
    );
    expect(mistake(LEAST, { ...environment, CLI_RECEIPTS_LOG: LOG_KEY })).toBe(
      'environment: CLI_RECEIPTS_LOGFILE: receipts.logFile: cannot go with receipts.log: set one of them',
    );
    const whole = { CLI_RECEIPTS_LOGFILE: folder.write(LOG_KEY), CLI_SERVER_ONEMESSAGEPERCONNECTION: 'true' };
    expect(mistake(LEAST, whole)).toBe(
      'environment: CLI_RECEIPTS_LOGFILE: receipts.logFile: needs server.oneMessagePerConnection: false',
    );
  });

  test('an unknown key, also one that every object has', () => {
    expect(mistake(`${LEAST}bach: {window: 1}\n`)).toContain(
      'FILE: bach.window: unknown key; known are id, ',
    );
    expect(mistake(`${LEAST}constructor: 1\n`)).toContain('FILE: constructor: unknown key');
    expect(mistake(`${LEAST}"__proto__": 1\n`)).toContain('FILE: __proto__: unknown key');
    expect(mistake(`${LEAST}loop: {speed: 1}\n`)).toContain('FILE: loop.speed: unknown key');
  });

  test('a file that is no YAML, or says a key twice', () => {
    expect(mistake('id: [1\n')).toMatch(/^FILE: cannot be read: /);
    expect(mistake('id: 1\nid: 2\n')).toMatch(/^FILE: cannot be read: /);
    expect(mistake('id: 1\n---\nid: 2\n')).toMatch(/^FILE: cannot be read: /);
    expect(mistake('\tid: 1\n')).toMatch(/^FILE: cannot be read: /);
  });

  test('a file that is not there', () => {
    expect(() => readClientConfiguration('/no/such.yaml', {})).toThrow(ConfigurationError);
    expect(() => readClientConfiguration('/no/such.yaml', {})).toThrow(
      /^\/no\/such.yaml: cannot be read: .*ENOENT/,
    );
  });
});
