/** The ledger of several servers, read within the container of their database, with the database's own client. */
import type { Container } from 'dockerode';

import type { DatabaseLedger } from '../../tools/compose/database';
import { runIn } from './docker_container';

/** A database that runs. */
export interface DatabaseInContainer {
  /** An agency's bets in the order of their ids: each its id, then its row of the file. */
  numberedRows(agency: number): Promise<string[]>;
  /** How many bets there are, all agencies. */
  countBets(): Promise<number>;
  /** How many results of a draw are stored, and how many draws the audit log tells of. */
  countDraws(): Promise<{ stored: number; logged: number }>;
  /** Whether the user of the servers gets in with this password, over TCP, without TLS unless `tls`. */
  accepts(password: string, tls?: boolean): Promise<boolean>;
}

/** The database of a container. */
export function databaseIn(container: Container, ledger: DatabaseLedger): DatabaseInContainer {
  return ledger === 'redis' ? new RedisInContainer(container) : new PostgresInContainer(container);
}

class PostgresInContainer implements DatabaseInContainer {
  readonly #container: Container;

  constructor(container: Container) {
    this.#container = container;
  }

  numberedRows(agency: number): Promise<string[]> {
    return this.#ask(
      `SELECT bet_id, first_name, last_name, document, birthdate, number
       FROM bets WHERE agency = ${agency} ORDER BY bet_id`,
    );
  }

  countBets(): Promise<number> {
    return this.#count('SELECT count(*) FROM bets');
  }

  async countDraws(): Promise<{ stored: number; logged: number }> {
    return {
      stored: await this.#count('SELECT count(*) FROM draws'),
      logged: await this.#count(
        `SELECT count(*) FROM audit, string_to_table(lines, E'\\n') AS line WHERE line LIKE 'PUT,/draw,201,%'`,
      ),
    };
  }

  accepts(password: string, tls = false): Promise<boolean> {
    const encryption = tls ? 'sslmode=verify-ca sslrootcert=/password/database.pem' : 'sslmode=disable';
    const login = `host=$(hostname -i) user=lottery dbname=lottery ${encryption}`;
    return succeedsIn(this.#container, `PGPASSWORD=$1 psql --command="SELECT 1" "${login}"`, password);
  }

  async #count(query: string): Promise<number> {
    const [count] = await this.#ask(query);
    return Number(count);
  }

  /** @returns the rows, the fields of each joined with commas */
  #ask(query: string): Promise<string[]> {
    const options = ['--no-psqlrc', '--no-align', '--tuples-only', '--field-separator=,'];
    const words = ['psql', ...options, '--username=postgres', '--dbname=lottery', `--command=${query}`];
    return linesFrom(this.#container, words);
  }
}

class RedisInContainer implements DatabaseInContainer {
  readonly #container: Container;

  constructor(container: Container) {
    this.#container = container;
  }

  async numberedRows(agency: number): Promise<string[]> {
    const texts = (await this.#ask('HGETALL', `lottery:texts:${agency}`)) as Record<string, string>;
    // Each bet begins with its agency.
    const rows = Object.values(texts).flatMap((text) =>
      text.split(';').map((bet) => (bet.startsWith(`${agency},`) ? bet.slice(`${agency},`.length) : bet)),
    );
    return rows.sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10));
  }

  async countBets(): Promise<number> {
    const agencies = Object.keys((await this.#ask('HGETALL', 'lottery:sums')) as object);
    let bets = 0;
    for (const agency of agencies) bets += (await this.numberedRows(Number(agency))).length;
    return bets;
  }

  async countDraws(): Promise<{ stored: number; logged: number }> {
    const log = (await this.#ask('XRANGE', 'lottery:log', '-', '+')) as [id: string, fields: string[]][];
    const lines = log.flatMap(([, fields]) => fields.join('\n').split('\n'));
    return {
      stored: (await this.#ask('EXISTS', 'lottery:draw')) as number,
      logged: lines.filter((line) => line.startsWith('PUT,/draw,201,')).length,
    };
  }

  accepts(password: string, tls = false): Promise<boolean> {
    const encryption = tls ? '--tls --cacert /password/database.pem' : '';
    const question = `redis-cli -e -h $(hostname -i) ${encryption} --user lottery PING`;
    return succeedsIn(this.#container, `REDISCLI_AUTH=$1 ${question}`, password);
  }

  async #ask(...command: string[]): Promise<unknown> {
    const lines = await linesFrom(this.#container, ['sh', '/ask.sh', '--json', ...command]);
    return JSON.parse(lines.join('\n')) as unknown;
  }
}

async function linesFrom(container: Container, words: readonly string[]): Promise<string[]> {
  const { exitCode, lines } = await runIn(container, ...words);
  if (exitCode !== 0) throw new Error(`${words[0]}: exit ${exitCode}: ${lines.slice(0, 3).join(' ')}`);
  return lines;
}

async function succeedsIn(container: Container, script: string, argument: string): Promise<boolean> {
  const { exitCode } = await runIn(container, 'sh', '-c', script, 'sh', argument);
  return exitCode === 0;
}
