/** The server of a run. */
import { join } from 'node:path';

import { httpAddressIn, tcpPortIn } from '../server_log';
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

/** The folder of its ledger in the folder of the run. */
export function ledgerFolder(runFolder: string): string {
  return join(runFolder, 'ledger');
}

/**
 * Starts a server with a new ledger, on a free port of this machine.
 *
 * @throws OperationError when it cannot be started
 */
export function startServer(compiledFolder: string, runFolder: string, agencies: number): ServerProgram {
  let tellPort: (port: number) => void = () => undefined;
  const port = new Promise<number>((resolve) => (tellPort = resolve));
  let page: string | undefined;
  const program = new ChildProgram({
    name: 'the server',
    compiledFolder,
    module: join('server', 'main.js'),
    logFile: join(runFolder, 'server.log'),
    settings: {
      SERVER_PORT: '0',
      SERVER_LISTEN_ADDRESS: HOST,
      AGENCIES: String(agencies),
      HTTP_PORT: '0',
      HTTP_ADDRESS: HOST,
      DATA_DIR: ledgerFolder(runFolder),
      // The port is read from the log.
      LOG_FORMAT: 'text',
      LOGGING_LEVEL: process.env['LOGGING_LEVEL']?.toUpperCase() === 'DEBUG' ? 'DEBUG' : 'INFO',
    },
    onLine: (line) => {
      const found = tcpPortIn(line);
      if (found !== undefined) tellPort(found);
      page ??= pageIn(line);
    },
  });
  return { program, address: addressInTime(program, port), page: () => page };
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
