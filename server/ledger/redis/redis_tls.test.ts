import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigurationError } from '../../../program/exit';
import type { NamedFile } from '../../../program/named_file';
import type { TlsFiles } from '../../../program/tls/tls_files';
import { Authority, Certificate } from '../../../tests/support/certificates';
import { describeWithRedis, RedisServer, RedisTls } from '../../../tests/support/redis';
import { batchOf } from '../../testing/bets';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { RedisUnreachable } from './connect_errors';
import { Connection } from './connection';
import { RedisLedger, RedisLedgerSettings } from './redis_ledger';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const TIMEOUT_MS = 60_000;
const ignore = (): void => undefined;

describeWithRedis('TLS to the Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lottery-redis-tls-'));
  let authority: Authority;
  let stranger: Authority;
  let server: RedisServer;
  beforeAll(async () => {
    authority = await Authority.make(folder, 'authority');
    stranger = await Authority.make(folder, 'stranger');
    server = await RedisServer.start({}, await authority.sign({ hosts: ['localhost'] }));
  }, TIMEOUT_MS);
  afterAll(async () => {
    await server.remove();
    rmSync(folder, { recursive: true });
  });

  const ca = (path = authority.certificate): { ca: NamedFile } => ({
    ca: { setting: 'environment: REDIS_TLS_CA:', path },
  });
  const client = ({ certificate, key }: Certificate): TlsFiles => ({
    certificate: { setting: 'environment: REDIS_TLS_CERT:', path: certificate },
    key: { setting: 'environment: REDIS_TLS_KEY:', path: key },
  });
  const withPassword = (url: string): string => url.replace('//', '//default:hidden@');

  async function reply(url: string, tls: TlsFiles, connectTimeoutMs?: number): Promise<unknown> {
    const connection = await Connection.open({ url, urlFrom: 'environment', tls, connectTimeoutMs });
    try {
      return await connection.call(['ECHO', 'secret']);
    } finally {
      await connection.end();
    }
  }

  async function expectRefusal(url: string, tls: TlsFiles, line: RegExp): Promise<void> {
    const error: unknown = await reply(withPassword(url), tls).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    const { message } = error as ConfigurationError;
    expect(message).toMatch(/^environment: REDIS_\w+: [^\n]*$/);
    expect(message).toMatch(line);
    expect(message).not.toContain('hidden');
  }

  /** Has a server of its own for a moment. */
  async function withServer(tls: RedisTls, use: (other: RedisServer) => Promise<void>): Promise<void> {
    const other = await RedisServer.start({}, tls);
    try {
      await use(other);
    } finally {
      await other.remove();
    }
  }

  test('a certificate of the CA in the name of the host', async () => {
    expect(String(await reply(server.url(0, 'localhost'), ca()))).toBe('secret');
  });

  test('a certificate for another name', async () => {
    const line = /REDIS_URL: the server's certificate is for another name: .*127\.0\.0\.1/;
    await expectRefusal(server.url(), ca(), line);
    await withServer(await authority.sign({ hosts: ['127.0.0.1'] }), async (other) => {
      expect(String(await reply(other.url(), ca()))).toBe('secret');
      await expectRefusal(other.url(0, 'localhost'), ca(), /is for another name: .*localhost/);
    });
  });

  test('a certificate of another CA, and of none of the public ones', async () => {
    const url = server.url(0, 'localhost');
    await expectRefusal(url, ca(stranger.certificate), /certificate is not one of .*stranger\.crt$/);
    await expectRefusal(url, {}, /not one of a public CA \(REDIS_TLS_CA names the file of your own\)$/);
  });

  test.each([
    ['has expired', { days: -1 }, /certificate, or that of its CA, has expired$/],
    ['is not valid yet', { from: 1 }, /certificate is not valid yet; is a clock wrong\?$/],
  ])('a certificate that %s', async (_, when, line) => {
    const certificate = await authority.sign({ hosts: ['localhost'], ...when });
    await withServer(certificate, (other) => expectRefusal(other.url(0, 'localhost'), ca(), line));
  });

  test('a Redis that speaks no TLS, and one that speaks nothing else', async () => {
    const plain = await RedisServer.start();
    try {
      const encrypted = plain.url().replace('redis://', 'rediss://');
      await expectRefusal(encrypted, ca(), /REDIS_URL: the Redis there speaks no TLS; redis:\/\/ is for one/);
    } finally {
      await plain.remove();
    }
    const error: unknown = await reply(server.url().replace('rediss://', 'redis://'), {}).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(RedisUnreachable);
    expect((error as Error).message).toMatch(/has closed the connection .*\(rediss:\/\//);
  });

  test('one that is not there, or does not answer, is no mistake', async () => {
    const gone = await RedisServer.start({}, await authority.sign({ hosts: ['localhost'] }));
    await gone.remove();
    await expect(reply(gone.url(), ca())).rejects.toMatchObject({
      name: 'RedisUnreachable',
      message: expect.stringMatching(/ECONNREFUSED/) as string,
    });
    const silent = createServer();
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = silent.address() as AddressInfo;
      await expect(reply(`rediss://127.0.0.1:${port}`, ca(), 100)).rejects.toMatchObject({
        name: 'RedisUnreachable',
        message: 'no answer within 100 ms',
      });
    } finally {
      silent.close();
    }
  });

  test('a client certificate that is asked for', async () => {
    const certificate = await authority.sign({ hosts: ['localhost'] });
    await withServer({ ...certificate, clientCa: authority.certificate }, async (other) => {
      const url = other.url(0, 'localhost');
      const own = await authority.sign({});
      expect(String(await reply(url, { ...ca(), ...client(own) }))).toBe('secret');
    });
  });

  test('files that cannot be used are told before anything is connected to', async () => {
    const own = await authority.sign({});
    const nowhere = 'rediss://localhost:1';
    await expectRefusal(nowhere, ca('/nowhere/ca.pem'), /REDIS_TLS_CA: \/nowhere\/ca\.pem cannot be read/);
    await expectRefusal(nowhere, ca(own.key), /REDIS_TLS_CA: .*\.key holds no certificate in PEM form/);
    const { key } = await stranger.sign({ name: 'other' });
    await expectRefusal(
      nowhere,
      client({ ...own, key }),
      /REDIS_TLS_KEY: .* is not the key of the certificate /,
    );
  });

  test('files that are renewed count at the next connection; until they fit, calls wait', async () => {
    const [certificate, key, trusted] = ['own.crt', 'own.key', 'ca.crt'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    const renew = async (from: Authority): Promise<void> => {
      const made = await from.sign({ hosts: ['localhost'] });
      copyFileSync(made.certificate, certificate);
      copyFileSync(made.key, key);
    };
    await renew(authority);
    copyFileSync(authority.certificate, trusted);
    const redis = await RedisServer.start({}, { certificate, key });
    const trouble = new Trouble();
    const settings: RedisLedgerSettings = {
      url: redis.url(0, 'localhost'),
      tls: ca(trusted),
      terms: TERMS,
      maxBatchBytes: 1024 * 1024,
      maxOutageMs: 200,
      onBroken: ignore,
      onTrouble: (reason) => trouble.tell(reason),
    };
    const ledger = new LedgerCalls(await RedisLedger.open(settings), TERMS.winnerNumber);
    try {
      expect(await ledger.append(batchOf(1, 1))).toBe('stored');
      await redis.stop('SIGTERM');
      await renew(stranger);
      await redis.start();
      await trouble.until(/there is no connection to the database: .*certificate is not one of .*ca\.crt/);
      await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject({ name: 'LedgerUnavailable' });
      copyFileSync(stranger.certificate, trusted);
      while (!ledger.ledger.isAvailable) await new Promise((resolve) => setImmediate(resolve));
      expect(await ledger.append(batchOf(1, 2))).toBe('stored');
      expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 2 });
    } finally {
      await ledger.close();
      await redis.remove();
    }
  });
});

/** What a ledger tells of its trouble, for who waits for it. */
class Trouble {
  readonly #told: string[] = [];
  #look: () => void = ignore;

  tell(reason: string): void {
    this.#told.push(reason);
    this.#look();
  }

  until(wanted: RegExp): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (this.#told.some((reason) => wanted.test(reason))) resolve();
      };
      this.#look();
    });
  }
}
