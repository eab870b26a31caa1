/** The server of a run. */
import { join } from 'node:path';

import { finishedAgencyIn, httpAddressIn, tcpPortIn } from '../server_log';
import { ChildProgram } from './child_program';

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;

/** A server that has been started. */
export interface ServerProgram {
  readonly program: ChildProgram;
  /**
   * Where it listens, `host:port`, as soon as it does.
   *
   * Rejected with an OperationError when it has not logged its port within 30 seconds.
   */
  readonly address: Promise<string>;
  /** Where its page is, once {@link ServerProgram.address} is known. */
  readonly page: () => string | undefined;
}

/** Its ledger in the folder of the run: a SQLite database. */
export function ledgerFile(runFolder: string): string {
  return join(ledgerFolder(runFolder), 'lottery.db');
}

/**
 * Starts a server with a new ledger, on this machine alone: on the ports that SERVER_PORT and HTTP_PORT name in the
 * environment, or on free ones.
 *
 * @param onFinished called with each agency that has closed its sale
 * @throws OperationError when it cannot be started
 */
export function startServer(
  compiledFolder: string,
  runFolder: string,
  agencies: number,
  onFinished: (agency: number) => void,
): ServerProgram {
  let tellPort: (port: number) => void = () => undefined;
  const port = new Promise<number>((resolve) => (tellPort = resolve));
  let page: string | undefined;
  const program = new ChildProgram({
    name: 'the server',
    compiledFolder,
    module: join('server', 'main.js'),
    logFile: join(runFolder, 'server.log'),
    settings: {
      SERVER_PORT: process.env['SERVER_PORT'] || '0',
      SERVER_LISTEN_ADDRESS: HOST,
      AGENCIES: String(agencies),
      HTTP_PORT: process.env['HTTP_PORT'] || '0',
      HTTP_ADDRESS: HOST,
      // A run has a ledger of its own, whatever is set for other servers.
      LEDGER: 'sqlite',
      DATA_DIR: ledgerFolder(runFolder),
      // The port, and who has finished, are read from the log.
      LOG_FORMAT: 'text',
      LOGGING_LEVEL: process.env['LOGGING_LEVEL']?.toUpperCase() === 'DEBUG' ? 'DEBUG' : 'INFO',
    },
    onLine: (line) => {
      const found = tcpPortIn(line);
      if (found !== undefined) tellPort(found);
      page ??= pageIn(line);
      const finished = finishedAgencyIn(line);
      if (finished !== undefined) onFinished(finished);
    },
  });
  return { program, address: addressInTime(program, port), page: () => page };
}

function ledgerFolder(runFolder: string): string {
  return join(runFolder, 'ledger');
}

function pageIn(line: string): string | undefined {
  const http = httpAddressIn(line);
  return http === undefined ? undefined : `http://${http.host}:${http.port}/`;
}

function addressInTime(program: ChildProgram, port: Promise<number>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(program.failure(`it has told no port within ${START_TIMEOUT_MS / 1_000} s`));
    }, START_TIMEOUT_MS);
    void program.ended.then(() => clearTimeout(timer));
    void port.then((number) => {
      clearTimeout(timer);
      resolve(`${HOST}:${number}`);
    });
  });
}
