/** Files of credentials, which are read again on SIGHUP and when they change: no restart, no lost connection. */
import { ConfigurationError } from '../program/exit';
import type { Log, LogDetails } from '../program/log';
import { onHangUp } from '../program/signals';
import { WatchedFiles } from '../program/watched_files';
import type { ServerKey, ServerSettings } from './config';
import { credentialFilesOf } from './tls_settings';
import { CurrentTokens } from './doors/identity/current_tokens';
import { readTokens, tokensFilesIn } from './doors/identity/tokens_file';
import type { ReadRevocations, TlsCredentials } from './doors/tls/tls_credentials';

/** What is read again while the server runs. */
export class Reloading {
  readonly #log: Log;
  readonly #watched: WatchedFiles[] = [];
  /** Reloads wait for those before them. */
  #last: Promise<void> = Promise.resolve();

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Adds a kind of credential. To be called before its files are read for the first time.
   *
   * @param reload reads the files, and puts what they hold in the place of what was good before; returns what the log says
   *   of it. When it fails, with a ConfigurationError, what was good before must stay so.
   */
  add(files: readonly string[], reload: () => LogDetails | Promise<LogDetails>): void {
    const watched = new WatchedFiles(files);
    let isWaiting = false;
    watched.watch(() => {
      if (isWaiting) return;
      isWaiting = true;
      this.#last = this.#last.then(() => {
        isWaiting = false;
        return this.#reload(reload);
      });
    });
    if (this.#watched.length === 0) onHangUp(() => this.#reloadAll());
    this.#watched.push(watched);
  }

  /** Looks for no more changes. */
  close(): void {
    for (const watched of this.#watched.splice(0)) watched.close();
  }

  #reloadAll(): void {
    for (const watched of this.#watched) watched.tell();
  }

  async #reload(reload: () => LogDetails | Promise<LogDetails>): Promise<void> {
    try {
      this.#log.info('reload', 'success', await reload());
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.#log.warning('reload', 'fail', { reason: `${error.message}; what was good before stays so` });
    }
  }
}

/**
 * Reads the files of tokens, and again later.
 *
 * @throws ConfigurationError when it is wrong at the start
 */
export function readTokensOf(settings: ServerSettings, log: Log, reloading: Reloading): CurrentTokens {
  const { HTTP_TOKENS_FILE: file, AGENCIES } = settings.configuration;
  if (file === undefined) return new CurrentTokens(undefined);
  const warnDuring =
    (action: string) =>
    (reason: string): void =>
      log.warning(action, 'success', { http_tokens_file: reason });
  reloading.add(tokensFilesIn(file), () => {
    const tokens = readTokens(file, AGENCIES, warnDuring('reload'));
    current.replace(tokens);
    return { tokens: tokens.size };
  });
  const current = new CurrentTokens(
    withPlace(settings, 'HTTP_TOKENS_FILE', () => readTokens(file, AGENCIES, warnDuring('config'))),
  );
  return current;
}

/**
 * Reads the server's certificate and whose certificates it believes, and again later.
 *
 * @returns `undefined` where no door speaks TLS
 * @throws ConfigurationError when files are missing or wrong at the start
 */
export async function readTlsCredentials(
  settings: ServerSettings,
  log: Log,
  reloading: Reloading,
): Promise<TlsCredentials | undefined> {
  const files = credentialFilesOf(settings);
  if (files === undefined) return undefined;
  const { TlsCredentials } = await import('./doors/tls/tls_credentials.js');
  const read: ReadRevocations = async (file, lists) => {
    const { Revocations } = await import('./doors/tls/revocations.js');
    return Revocations.read(file, lists);
  };
  const paths = Object.values(files).filter((path): path is string => path !== undefined);
  reloading.add(paths, async () => {
    await credentials.reload();
    return { certificates: paths.length };
  });
  const warn = (reason: string): void => log.warning('config', 'success', { certificates: reason });
  const credentials = await TlsCredentials.read(files, read, warn);
  return credentials;
}

/** Does something for a setting. @throws ConfigurationError with the setting's place and key in front */
function withPlace<Result>({ placeOf }: ServerSettings, key: ServerKey, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(`${placeOf(key)}: ${key}: ${error.message}`);
  }
}
