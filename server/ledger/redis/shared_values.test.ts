import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import type { SharedValues } from '../shared_values';
import { sharedValuesContract } from '../testing/shared_values_contract';
import { RedisLedger } from './redis_ledger';
import { RedisSharedValues } from './shared_values';
import { TestRedis } from './testing/test_redis';

const NAME = 'name';
const VALUE = Buffer.from('value');
const ignore = (): void => undefined;

describeWithRedis('RedisSharedValues', () => {
  let server: RedisServer;
  let database: TestRedis;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());

  const makeLedger = async (): Promise<void> => {
    database = new TestRedis(server);
    const ledger = await RedisLedger.open({
      url: database.url,
      terms: { agencies: 3, winnerNumber: 7_574 },
      maxBatchBytes: 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
    });
    await ledger.close();
  };
  const openAgain = (): Promise<SharedValues> => RedisSharedValues.open({ url: database.url });
  const open = async (): Promise<SharedValues> => {
    await makeLedger();
    return openAgain();
  };

  sharedValuesContract('RedisSharedValues', {
    open,
    openAgain,
    endConnections: () => database.endConnections(),
  });

  test('a database without a ledger has no values', async () => {
    database = new TestRedis(server);
    await expect(openAgain()).rejects.toMatchObject({ message: 'the database holds no ledger' });
  });

  test('a value outlasts a crash of Redis', async () => {
    const values = await open();
    await values.replace(NAME, undefined, VALUE);
    await server.stop('SIGKILL');
    await expect(values.read(NAME)).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    await server.start();
    expect(await values.read(NAME)).toEqual(VALUE);
    await values.close();
  });

  test('nothing is kept for good while Redis is set so that it may lose it', async () => {
    const values = await open();
    await database.command('CONFIG', 'SET', 'appendfsync', 'everysec');
    try {
      const unavailable = {
        name: 'LedgerUnavailable',
        message: expect.stringMatching(/appendfsync/) as string,
      };
      await expect(values.replace(NAME, undefined, VALUE)).rejects.toMatchObject(unavailable);
      await expect(values.read(NAME)).rejects.toMatchObject(unavailable);
    } finally {
      await database.command('CONFIG', 'SET', 'appendfsync', 'always');
    }
    expect(await values.read(NAME)).toEqual(VALUE);
    await values.close();
  });

  test('a full database refuses a value, and keeps what it had', async () => {
    const values = await open();
    await values.replace(NAME, undefined, VALUE);
    await database.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      const refused = values.replace(NAME, VALUE, Buffer.from('other'));
      await expect(refused).rejects.toMatchObject({ name: 'LedgerUnavailable' });
      expect(await values.read(NAME)).toEqual(VALUE);
    } finally {
      await database.command('CONFIG', 'SET', 'maxmemory', '0');
    }
    await values.close();
  });

  test('a user with the rights that the documents name may replace values', async () => {
    await makeLedger();
    const rights = ['+@all', '-@dangerous', '+info', '+config|get', '+client|list', '+acl|dryrun'];
    const user = ['lottery', 'reset', 'on', '>hidden', '~lottery:*', '&lottery:*', ...rights];
    await database.command('ACL', 'SETUSER', ...user);
    const url = database.url.replace('//', '//lottery:hidden@');
    const values = await RedisSharedValues.open({ url });
    expect(await values.replace(NAME, undefined, VALUE)).toBe(true);
    await values.close();
    await database.command('ACL', 'SETUSER', 'lottery', '-eval');
    await expect(RedisSharedValues.open({ url })).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/^REDIS_URL: NOPERM .*eval/) as string,
    });
  });
});
