/** Servers over a PostgreSQL that fails over to its standby while agencies send: what was acknowledged stays. */
import { AGENCIES } from '../support/data';
import { expectRightResult, inPostgres } from '../support/database_result';
import { describeWithPostgres } from '../support/postgres';
import { PostgresPair } from '../support/postgres_pair';
import { Program, Stage } from '../support/programs';
import { call, RawClient } from '../support/raw_client';
import { agencyLine, batchOfText } from '../support/wire';

const TIMEOUT_MS = 60_000;
/** Small, so that a lottery lasts for a while. */
const BETS_IN_BATCH = '40';
const LOST = 'the database has lost what it had committed, or is another one than before\n';

interface Server {
  readonly server: Program;
  readonly port: number;
}

describeWithPostgres('a PostgreSQL that fails over to its standby', () => {
  let pair: PostgresPair;
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(async () => {
    await stage.close();
    await pair.remove();
  });

  const settings = (): Record<string, string> => ({
    LEDGER: 'postgres',
    DATABASE_URL: pair.url,
    LOGGING_LEVEL: 'DEBUG',
  });
  const startServer = (port = 0): Promise<Server> =>
    stage.startServer({ ...settings(), SERVER_PORT: String(port) });

  /** Five agencies, at the servers in turn. */
  function startAgencies(servers: readonly Server[]): Program[] {
    return AGENCIES.map((agency) =>
      stage.startAgency(agency, servers[agency % servers.length]!.port, {
        CLI_BATCH_MAXAMOUNT: BETS_IN_BATCH,
      }),
    );
  }

  /** Two servers, and five agencies that have sent a part of their bets to them. */
  async function startLoad(): Promise<{ servers: Server[]; agencies: Program[] }> {
    const servers = [await startServer(), await startServer()];
    const agencies = startAgencies(servers);
    for (const { server } of servers) await untilBatches(server, 50);
    return { servers, agencies };
  }

  const startPair = async (isSynchronous: boolean): Promise<void> =>
    void (pair = await PostgresPair.start({ isSynchronous }));

  describe('a synchronous one', () => {
    beforeEach(() => startPair(true), TIMEOUT_MS);

    test(
      'the primary crashes',
      async () => {
        const { agencies } = await startLoad();
        await pair.failOver();
        await expectRightResult({ stage, database: inPostgres(pair.copy), agencies });
      },
      TIMEOUT_MS,
    );

    test(
      'the standby is promoted while servers still commit at the primary: nothing of that is acknowledged',
      async () => {
        const { servers, agencies } = await startLoad();
        await pair.promote();
        pair.turnOver();
        // The agencies may have sent everything by now: each server gets something that it must commit.
        for (const { port } of servers) (await RawClient.open(port)).write(agencyLine('ASK', 1));
        await pair.untilCommitWaits(servers.length);
        await pair.primary.stop('fast');
        await expectRightResult({ stage, database: inPostgres(pair.copy), agencies });
      },
      TIMEOUT_MS,
    );

    test(
      'a planned switch, and the address leads to a standby that is not promoted yet: servers wait for it',
      async () => {
        const { agencies } = await startLoad();
        await pair.primary.stop('fast');
        pair.turnOver();
        const late = stage.run('server/main.js', { ...settings(), SERVER_PORT: '0' });
        await late.untilOutput(/open_ledger \| result: in_progress .*takes no changes: it is a standby/);
        for (const agency of agencies.slice(0, 4)) await agency.untilOutput(/reason: unavailable/);
        await pair.promote();
        await late.untilOutput(/action: accept_connections/);
        await expectRightResult({ stage, database: inPostgres(pair.copy), agencies });
      },
      TIMEOUT_MS,
    );

    test(
      'both hosts in the URL, the standby first: it is passed over, and found when it is the primary',
      async () => {
        const hosts = `${hostOf(pair.standby.url())},${hostOf(pair.primary.url())}`;
        const url = `postgresql://postgres@${hosts}/${pair.database.name}?target_session_attrs=read-write`;
        const servers = [
          await stage.startServer({ ...settings(), DATABASE_URL: url }),
          await stage.startServer({ ...settings(), DATABASE_URL: url }),
        ];
        const agencies = startAgencies(servers);
        for (const { server } of servers) await untilBatches(server, 50);
        await pair.primary.stop('immediate');
        await pair.promote();
        await expectRightResult({ stage, database: inPostgres(pair.copy), agencies });
      },
      TIMEOUT_MS,
    );

    test(
      'a commit that is told not to wait for the standby is not acknowledged before the standby has it',
      async () => {
        const { server, port } = await startServer();
        await pair.detach();
        const client = await RawClient.open(port);
        client.write(batchOfText(1, BET));
        await pair.untilCommitWaits();
        await pair.database.sql(
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
        );
        await server.untilOutput(/told not to wait for its standby/);
        await pair.untilCommitWaits();
        await pair.failOver();
        expect(await client.readReply()).toBe(ACK);
        expect(await pair.copy.batches()).toEqual([[1, 1]]);
        client.close();
      },
      TIMEOUT_MS,
    );
  });

  describe('one that lacks what was acknowledged', () => {
    beforeEach(() => startPair(false), TIMEOUT_MS);

    test(
      'every server says so and ends; started again, they go on with what is there, and agencies send the rest',
      async () => {
        const { servers, agencies } = await startLoad();
        await pair.detach();
        // What an ASK stores is lost as well as a batch, and an agency may have none left.
        for (const { port } of servers) expect(await call(port, agencyLine('ASK', 1))).toMatch(/^HAS,/);
        await pair.failOver();
        for (const { server } of servers) await expectLost(server);
        for (const { port } of servers) await startServer(port);
        await expectRightResult({ stage, database: inPostgres(pair.copy), agencies });
      },
      TIMEOUT_MS,
    );

    test(
      'a server that was started since does not take the other database for its own',
      async () => {
        await startServer();
        await pair.untilReplicated();
        await pair.detach();
        const { server, port } = await startServer();
        expect(await call(port, batchOfText(1, BET))).toBe(ACK);
        await pair.failOver();
        await expectLost(server);
        const { port: next } = await startServer();
        expect(await call(next, agencyLine('ASK', 1))).toBe('HAS,000000060,0,0\n');
      },
      TIMEOUT_MS,
    );
  });
});

const BET = '1,1,Ana,Paz,31204458,1987-03-17,7574';
const ACK = 'ACK,00000004,1,1\n';

function hostOf(url: string): string {
  return new URL(url).host;
}

/** Waits until a server has acknowledged so many batches. */
async function untilBatches(server: Program, count: number): Promise<void> {
  while (countOf(server.output) < count) await server.untilOutputLength(server.output.length + 1);
}

function countOf(output: string): number {
  return output.split('action: apuesta_recibida').length - 1;
}

async function expectLost(server: Program): Promise<void> {
  expect({ exit: await server.exit, errors: server.errors }).toEqual({ exit: 1, errors: LOST });
}
