/** Where the server of a configuration is, for who checks it on its own machine. */
import { readIniFile } from '../../program/ini_file';

const SECTION = 'DEFAULT';
const KEY = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const OFF = 'off';
const DEFAULT_PORT = '12345';
/** What stands for all addresses, or for one that this machine reaches by its loopback address as well. */
const ALL = /^(\*|0\.0\.0\.0|::|localhost)?$/;
const LOOPBACK = '127.0.0.1';

/** A port for agencies. */
export interface OwnServer {
  readonly host: string;
  /** As it is set: the server itself refuses what is none. */
  readonly port: string;
  readonly speaksTls: boolean;
}

/**
 * The port without TLS, or where that is off the one with it. The settings are found as the server finds them: in the
 * environment, then in the file.
 *
 * @throws ConfigurationError for a file that cannot be read
 */
export function ownServerOf(file: string, environment: NodeJS.ProcessEnv): OwnServer {
  const { values } = readIniFile(file, { section: SECTION, key: KEY });
  const valueOf = (key: string): string | undefined => environment[key] || values.get(key);
  const hostOf = (address = ''): string => (ALL.test(address) ? LOOPBACK : address);
  const port = valueOf('SERVER_PORT') ?? DEFAULT_PORT;
  if (port !== OFF) return { host: hostOf(valueOf('SERVER_LISTEN_ADDRESS')), port, speaksTls: false };
  return {
    host: hostOf(valueOf('SERVER_TLS_ADDRESS')),
    port: valueOf('SERVER_TLS_PORT') ?? '',
    speaksTls: true,
  };
}
