import { once } from 'node:events';
import { createServer } from 'node:net';

import { TestRedis } from '../../server/ledger/redis/testing/test_redis';
import { describeWithRedis, RedisServer } from '../../tests/support/redis';
import { Stage } from '../../tests/support/programs';
import {
  audit,
  auditTool,
  expectDifferences,
  expectFailure,
  LedgerSettings,
  LINES,
  PROGRAM,
  resultOf,
} from './testing/audited_lottery';

const settingsOf = (url: string): LedgerSettings => ({ LEDGER: 'redis', REDIS_URL: url });
const matching = (pattern: RegExp): string => expect.stringMatching(pattern) as string;

type Change = (copy: TestRedis) => Promise<unknown>;

/** A change that one command makes. */
const by =
  (...words: readonly string[]): Change =>
  (copy) =>
    copy.command(...words);

describeWithRedis('on Redis', () => {
  const stage = new Stage();
  let server: RedisServer;
  let database: TestRedis;
  beforeAll(async () => {
    server = await RedisServer.start();
    database = new TestRedis(server);
  });
  afterAll(async () => {
    await stage.close();
    await server.remove();
  });

  const ledger = (): LedgerSettings => settingsOf(database.url);

  async function changed(change: Change): Promise<LedgerSettings> {
    const copy = await database.copy();
    await change(copy);
    return settingsOf(copy.url);
  }

  auditTool(stage, ledger, () =>
    changed(async (copy) => {
      const [segments, lines] = [200, 'GET,/agencies,200,0\n'.repeat(1_000)];
      for (let number = 1; number <= segments; number++) {
        await copy.command('XADD', 'lottery:log', `${1_000 + number}-0`, 'lines', lines);
      }
      await copy.command('HSET', 'lottery:lottery', 'sequence', String(1_000 + segments));
    }),
  );

  describe('verifying', () => {
    test.each<[string, Change, unknown[]]>([
      [
        'a batch that was removed',
        by('HDEL', 'lottery:heads:2', '1'),
        [
          'line 2: batch 1 of agency 2 is not stored in segment 2',
          'ledger: the ledger is damaged: batch 1 of agency 2 is not what was stored',
          'ledger: 5 bets were in the draw, not 2',
        ],
      ],
      [
        'a batch that was removed from the list of all',
        by('LREM', 'lottery:order', '1', '2,1'),
        [
          'line 2: batch 1 of agency 2 is not stored in segment 2',
          'ledger: the ledger is damaged: batches are missing, or there are more than were stored',
          'ledger: 5 bets were in the draw, not 2',
        ],
      ],
      [
        'the lines of a batch that were removed',
        by('XDEL', 'lottery:log', '2-0'),
        ['ledger: batch 1 of agency 2 is stored in segment 2 without a line'],
      ],
      [
        'a line that was changed',
        (copy) =>
          copy.changeLog((lines, sequence) => (sequence === 2 ? lines.replace(',201,', ',200,') : lines)),
        [
          'line 2: PUT /agencies/2/batches/1 200: no such batch was stored before',
          'ledger: batch 1 of agency 2 is stored in segment 2 without a line',
        ],
      ],
      [
        'winners that were changed',
        by('HSET', 'lottery:winners', '2', '31204458'),
        ['ledger: the winners of agency 2 are not those that its bets say'],
      ],
      [
        'a text that was changed',
        async (copy) => {
          const text = await copy.command<string>('HGET', 'lottery:texts:1', '1');
          await copy.command('HSET', 'lottery:texts:1', '1', text.replace('Ana', 'Eva'));
        },
        ['ledger: the ledger is damaged: batch 1 of agency 1 is not what was stored'],
      ],
      [
        'an end of a sale that is gone',
        (copy) => copy.command('LPOP', 'lottery:finished'),
        ['line 5: agency 1 has not finished in the ledger'],
      ],
      [
        'an end of a sale that stands elsewhere',
        by('LSET', 'lottery:finished', '1', '2,1'),
        [matching(/^line 6: agency 2 has finished in segment 1, not \d+$/)],
      ],
      [
        'an end of a sale whose line is gone',
        (copy) => copy.changeLog((lines) => lines.replace('PUT,/agencies/1/finish,200,0\n', '')),
        [
          'ledger: agency 1 has finished without a line',
          'ledger: agency 1 was not missing in the draw, and has not finished',
        ],
      ],
      [
        'a draw whose line is gone',
        (copy) => copy.changeLog((lines) => lines.replace('PUT,/draw,201,0\n', '')),
        [
          'line 7: GET /agencies/1/winners 200: the draw had not run',
          'line 8: GET /agencies/2/winners 200: the draw had not run',
          'ledger: the sale is closed for the draw without a line',
          'ledger: 5 bets were in the draw, not 0',
        ],
      ],
      [
        'a note without a line',
        async (copy) => {
          await copy.command('HSET', 'lottery:notes:1', 'mine', '0,2,1,0');
          await copy.command('HSET', 'lottery:note-sums', '1', '1,4');
        },
        ['ledger: /agencies/1/notes/mine is stored without a line'],
      ],
    ])('tells of %s', async (_, change, differences) =>
      expectDifferences(stage, await changed(change), differences),
    );
  });

  describe('what cannot be read is one line on stderr', () => {
    test('a database that holds no ledger', async () => {
      await expectFailure(stage, settingsOf(new TestRedis(server).url), /^the database holds no ledger\n$/);
    });

    test.each<[string, Change, RegExp]>([
      [
        'a ledger of a newer version',
        by('HSET', 'lottery:lottery', 'version', '1000'),
        /^[^\n]*version 1000[^\n]*\n$/,
      ],
      [
        'keys of somebody else',
        async (copy) => {
          await copy.command('DEL', 'lottery:log');
          await copy.command('SET', 'lottery:log', 'x');
        },
        /^the database: WRONGTYPE [^\n]*\n$/,
      ],
    ])('%s', async (_, change, line) => {
      await expectFailure(stage, await changed(change), line);
    });

    test('a server that is not there, without the password', async () => {
      const settings = settingsOf('redis://:hidden@127.0.0.1:1/0');
      await expectFailure(stage, settings, /^the database: (?!.*hidden)[^\n]*\n$/);
    });

    test('a database that is not there, which is a mistake in the settings', async () => {
      await expectFailure(stage, settingsOf(server.url(100_000)), /^environment: REDIS_URL: [^\n]*\n$/, 2);
    });
  });

  test('a signal ends it while a database does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const connected = once(silent, 'connection');
    const following = stage.run(PROGRAM, settingsOf(`redis://127.0.0.1:${port}`), ['--follow']);
    await connected;
    following.signal('SIGTERM');
    expect(await resultOf(following)).toEqual({ exit: 0, output: '', errors: '' });
    silent.close();
  });

  test('a user who may read alone is enough', async () => {
    const permissions = ['~lottery:*', '+@read', '+@connection', '+info', '+eval_ro'];
    await database.command('ACL', 'SETUSER', 'auditor', 'reset', 'on', '>secret', ...permissions);
    const settings = settingsOf(database.url.replace('redis://', 'redis://auditor:secret@'));
    expect(await audit(stage, settings)).toEqual({ exit: 0, output: LINES, errors: '' });
    expect(await audit(stage, settings, '--verify')).toMatchObject({ exit: 0, errors: '' });
  });

  test('what has been printed must stay', async () => {
    const copy = await database.copy();
    const following = stage.run(PROGRAM, settingsOf(copy.url), ['--follow']);
    await following.untilOutput(/2\/winners,200,0\n/);
    await copy.command('HSET', 'lottery:lottery', 'sequence', '2');
    expect(await resultOf(following)).toMatchObject({
      exit: 1,
      errors: 'the ledger is damaged: lines that were printed are gone\n',
    });
  });

  test('a database that goes away while it is followed is one line on stderr', async () => {
    const copy = await database.copy();
    const following = stage.run(PROGRAM, settingsOf(copy.url), ['--follow']);
    await following.untilOutput(/2\/winners,200,0\n/);
    await copy.endConnections();
    expect(await resultOf(following)).toMatchObject({
      exit: 1,
      errors: matching(/^the database: [^\n]+\n$/),
    });
  });
});
