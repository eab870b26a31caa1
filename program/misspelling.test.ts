import { closestOf, unknownVariables } from './misspelling';

const KNOWN = [
  'SERVER_PORT',
  'SERVER_IP',
  'SERVER_LISTEN_ADDRESS',
  'LOGGING_LEVEL',
  'LOG_FORMAT',
  'AGENCIES',
  'LOTTERY_WINNER_NUMBER',
  'LEDGER',
  'DATA_DIR',
  'DATABASE_URL',
  'MAX_PAYLOAD_BYTES',
  'IDLE_TIMEOUT_MS',
  'HTTP_PORT',
  'HTTP_TOKENS_FILE',
  'DRAW_DEADLINE',
  'DRAW_DEADLINE_ACTION',
];

test.each([
  ['HTTP_TOKEN_FILE', 'HTTP_TOKENS_FILE'],
  ['AGENCES', 'AGENCIES'],
  ['AGENCEIS', 'AGENCIES'],
  ['agencies', 'AGENCIES'],
  ['server_port', 'SERVER_PORT'],
  ['HTTPPORT', 'HTTP_PORT'],
  ['DATADIR', 'DATA_DIR'],
  ['DATA_DIRS', 'DATA_DIR'],
  ['DRAW_DEADLNE', 'DRAW_DEADLINE'],
  ['DRAW_DEADLINE_ACTOIN', 'DRAW_DEADLINE_ACTION'],
  ['WINNER_NUMBER', 'LOTTERY_WINNER_NUMBER'],
  ['TOKENS_FILE', 'HTTP_TOKENS_FILE'],
  ['IDLE_TIMEOUT', 'IDLE_TIMEOUT_MS'],
  ['LEGDER', 'LEDGER'],
])('%s is meant for %s', (name, known) => {
  expect(closestOf(name, KNOWN)).toBe(known);
});

test.each([
  'PATH',
  'HOME',
  'PWD',
  'PORT',
  'HOST',
  'HOSTNAME',
  'LANG',
  'USER',
  'LOGNAME',
  'EDITOR',
  'NODE_ENV',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'DATABASE_SSL',
  'DATABASE_USER',
  'DATABASE_NAME',
  'DATABASE_HOST',
  'TEST_DATABASE_URL',
  'SERVER_HOST',
  'SERVER_NAME',
  'LOG_LEVEL',
  'PGDATA',
  'DATA',
  'AGENT',
  'npm_config_user_agent',
  'XDG_DATA_DIRS',
  'XDG_CONFIG_DIRS',
  'LS_COLORS',
  'SERVER_PORT_12345_TCP',
  'LOTTERY_WINNER_NUMBER',
  'A'.repeat(100_000),
])('%.30s is not meant for a setting', (name) => {
  expect(closestOf(name, KNOWN)).toBeUndefined();
});

test('variables with the program’s own prefix are unknown, whatever they are like', () => {
  const environment = { CLI_ID: '1', CLI_COLOUR: 'x', CLI_DI: '2', CLI_OLD: '', OTHER: 'x' };
  expect(unknownVariables(environment, ['CLI_ID'], { ownPrefix: 'CLI_' })).toEqual([
    { name: 'CLI_COLOUR', meant: undefined },
    { name: 'CLI_DI', meant: undefined },
  ]);
});

test('no more than ten are told', () => {
  const environment = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`CLI_X${index}`, '1']));
  expect(unknownVariables(environment, [], { ownPrefix: 'CLI_' })).toHaveLength(10);
});
