/** What an operator sees who has made a mistake: one line, and the exit code for usage. */
import { writeFileSync } from 'node:fs';

import { Stage } from '../support/programs';
import { LoadedModules } from '../support/run_program';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

const SERVER = 'server/main.js';
const CLIENT = 'client/main.js';

test.each([
  [
    SERVER,
    { SERVER_PORT: '70000' },
    [],
    /^environment: SERVER_PORT: "70000" is wrong; allowed is .*0 to 65535, or off\n$/,
  ],
  [
    SERVER,
    { LOGGING_LEVEL: 'LOUD' },
    [],
    /^environment: LOGGING_LEVEL: "LOUD" is wrong; allowed is one of DEBUG, /,
  ],
  [SERVER, {}, ['nowhere.ini'], /^nowhere\.ini: cannot be read: .*ENOENT.*\n$/],
  [SERVER, {}, ['a', 'b'], /^usage: .*\n$/],
  [
    CLIENT,
    { CLI_ID: 'one' },
    [],
    /^environment: CLI_ID: id: "one" is wrong; allowed is a whole number from 1 /,
  ],
  [CLIENT, { CLI_SERVER_ADDRESS: 'server' }, [], /server\.address: "server" is wrong; allowed is host:port/],
  [CLIENT, {}, ['nowhere.yaml'], /^nowhere\.yaml: cannot be read: .*ENOENT.*\n$/],
])('%s with %p %p says so in one line and leaves with 2', async (file, environment, words, line) => {
  const program = stage.run(file, environment, words);
  expect(await program.exit).toBe(2);
  expect(program.errors).toMatch(line);
  expect(program.errors.split('\n')).toHaveLength(2);
});

test('the reference’s four keys are a whole configuration', async () => {
  const file = stage.path('config.ini');
  writeFileSync(
    file,
    '[DEFAULT]\nSERVER_PORT = 0\nSERVER_IP = server\nSERVER_LISTEN_BACKLOG = 5\nLOGGING_LEVEL = INFO\n',
  );
  const server = stage.run(SERVER, { DATA_DIR: stage.path('ledger') }, [file]);
  await server.untilOutput(/action: accept_connections/);
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
});

test('the modules of other databases, and of doors that are not open, are loaded by nobody', async () => {
  const modules = new LoadedModules(stage);
  const { server } = await stage.startServer(modules.environment);
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  const loaded = modules.files.join('\n');
  expect(loaded).toMatch(/\/server\/ledger\/sqlite\//);
  expect(loaded).not.toMatch(
    /\/node_modules\/(pg|@redis|fastify)|\/server\/(ledger\/(postgres|redis)|doors\/memcached)\//,
  );
});

test('an unknown key is named, with the file', async () => {
  const file = stage.path('config.yaml');
  writeFileSync(file, 'id: 1\nserver:\n  address: server:12345\n  adress: server:12345\n');
  const program = stage.run(CLIENT, {}, [file]);
  expect(await program.exit).toBe(2);
  expect(program.errors).toContain(`${file}: server.adress: unknown key`);
});

test('a port that is taken is a failure, in one line', async () => {
  const { port } = await stage.startServer();
  const second = stage.run(SERVER, {
    SERVER_PORT: String(port),
    SERVER_LISTEN_ADDRESS: '127.0.0.1',
    DATA_DIR: stage.path('other'),
  });
  expect(await second.exit).toBe(1);
  expect(second.errors).toMatch(/^cannot listen on port \d+: .*EADDRINUSE.*\n$/);
});

test('a second server on the same ledger refuses to start', async () => {
  await stage.startServer();
  const second = stage.run(SERVER, { SERVER_PORT: '0', DATA_DIR: stage.path('ledger') });
  expect(await second.exit).toBe(1);
  expect(second.errors).toMatch(/^another server uses the ledger in .*\n$/);
});

test('a ledger of another lottery is refused, with what it was made for', async () => {
  const { server } = await stage.startServer();
  server.signal('SIGTERM');
  await server.exit;
  const second = stage.run(SERVER, { SERVER_PORT: '0', DATA_DIR: stage.path('ledger'), AGENCIES: '6' });
  expect(await second.exit).toBe(2);
  expect(second.errors).toMatch(/AGENCIES 5 .* configured are 6 /);
});
