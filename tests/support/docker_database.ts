/** The ledger of several servers, read within the container of their database. */
import type { Container } from 'dockerode';

import { runIn } from './docker_container';

/** A database that runs. */
export class DatabaseInContainer {
  readonly #container: Container;

  constructor(container: Container) {
    this.#container = container;
  }

  /** An agency's bets in the order of their ids: each its id, then its row of the file. */
  numberedRows(agency: number): Promise<string[]> {
    return this.#ask(
      `SELECT bet_id, first_name, last_name, document, birthdate, number
       FROM bets WHERE agency = ${agency} ORDER BY bet_id`,
    );
  }

  /** How many bets there are, all agencies. */
  countBets(): Promise<number> {
    return this.#count('SELECT count(*) FROM bets');
  }

  /** How many results of a draw are stored, and how many draws the audit log tells of. */
  async countDraws(): Promise<{ stored: number; logged: number }> {
    return {
      stored: await this.#count('SELECT count(*) FROM draws'),
      logged: await this.#count(
        `SELECT count(*) FROM audit, string_to_table(lines, E'\\n') AS line WHERE line LIKE 'PUT,/draw,201,%'`,
      ),
    };
  }

  async #count(query: string): Promise<number> {
    const [count] = await this.#ask(query);
    return Number(count);
  }

  /** @returns the rows, the fields of each joined with commas */
  async #ask(query: string): Promise<string[]> {
    const options = ['--no-psqlrc', '--no-align', '--tuples-only', '--field-separator=,'];
    const words = ['psql', ...options, '--username=postgres', '--dbname=lottery', `--command=${query}`];
    const { exitCode, lines } = await runIn(this.#container, ...words);
    if (exitCode !== 0) throw new Error(`psql: exit ${exitCode}: ${lines.slice(0, 3).join(' ')}`);
    return lines;
  }
}
