/** A lottery over a Redis with TLS that asks for client certificates: the server, and the tool that reads the audit log. */
import { Authority } from '../support/certificates';
import { Stage } from '../support/programs';
import { call, RawClient } from '../support/raw_client';
import { describeWithRedis, RedisServer } from '../support/redis';
import { agencyLine, batchOfText } from '../support/wire';

const TIMEOUT_MS = 60_000;
const BET = '1,1,Ana,Paz,31204458,1987-03-17,7574';

describeWithRedis('a server over a Redis with TLS', () => {
  const certificates = new Stage();
  let stage: Stage;
  let redis: RedisServer;
  let settings: Readonly<Record<string, string>>;
  let foreign: Readonly<Record<string, string>>;
  beforeAll(async () => {
    const authority = await Authority.make(certificates.folder, 'authority');
    const server = await authority.sign({ hosts: ['localhost'] });
    const client = await authority.sign({});
    const stranger = await (await Authority.make(certificates.folder, 'stranger')).sign({});
    redis = await RedisServer.start({}, { ...server, clientCa: authority.certificate });
    settings = {
      SERVER_PORT: '0',
      AGENCIES: '1',
      LEDGER: 'redis',
      REDIS_URL: redis.url(0, 'localhost').replace('//', '//default:geheim@'),
      REDIS_TLS_CA: authority.certificate,
      REDIS_TLS_CERT: client.certificate,
      REDIS_TLS_KEY: client.key,
    };
    foreign = { ...settings, REDIS_TLS_CERT: stranger.certificate, REDIS_TLS_KEY: stranger.key };
  }, TIMEOUT_MS);
  afterAll(async () => {
    await redis.remove();
    await certificates.close();
  });
  beforeEach(() => void (stage = new Stage()));
  afterEach(() => stage.close());

  test(
    'takes bets, holds the draw, and lets the log be read',
    async () => {
      const { server, port } = await stage.startServer(settings);
      expect(await call(port, batchOfText(1, BET))).toMatch(/^ACK,/);
      const agency = await RawClient.open(port);
      agency.write(agencyLine('FIN', 1));
      expect(await agency.readReply()).toMatch(/^WIN,.*31204458$/);
      agency.close();
      const audit = stage.run('tools/audit/main.js', settings, ['--verify']);
      expect(await audit.exit).toBe(0);
      expect(server.output).not.toMatch(/WARNING|geheim/);
    },
    TIMEOUT_MS,
  );

  test.each<[string, () => Readonly<Record<string, string>>, RegExp]>([
    [
      'a client certificate that the Redis refuses',
      () => foreign,
      /^environment: REDIS_URL: the server refuses the client certificate \S+stranger-1\.crt: tlsv1 alert unknown ca\n$/,
    ],
    [
      'no client certificate',
      () => ({ ...settings, REDIS_TLS_CERT: '', REDIS_TLS_KEY: '' }),
      /^environment: REDIS_URL: the server refuses the client certificate that it asks for \(REDIS_TLS_CERT and /,
    ],
    [
      'the CA of somebody else',
      () => ({ ...settings, REDIS_TLS_CA: foreign['REDIS_TLS_CERT']! }),
      /^environment: REDIS_URL: the server's certificate is not one of \S+stranger-1\.crt\n$/,
    ],
    [
      'a file that is not there',
      () => ({ ...settings, REDIS_TLS_CA: '/nowhere/ca.pem' }),
      /^environment: REDIS_TLS_CA: \/nowhere\/ca\.pem cannot be read: .*ENOENT.*\n$/,
    ],
    [
      'files of TLS with redis://',
      () => ({ ...settings, REDIS_URL: 'redis://default:geheim@localhost' }),
      /^environment: REDIS_TLS_CA: is of no use with redis:\/\/; allowed is rediss:/,
    ],
  ])(
    'is ended by %s, in one line, and so is the tool',
    async (_, environment, line) => {
      const programs = [
        stage.run('server/main.js', environment()),
        stage.run('tools/audit/main.js', environment()),
      ];
      for (const program of programs) {
        expect(await program.exit).toBe(2);
        expect(program.errors).toMatch(line);
        expect(program.errors).toMatch(/^[^\n]+\n$/);
        expect(program.output + program.errors).not.toContain('geheim');
      }
    },
    TIMEOUT_MS,
  );
});
