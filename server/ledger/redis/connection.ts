import { createClient, ErrorReply, RESP_TYPES, SocketClosedUnexpectedlyError } from '@redis/client';

import { ConfigurationError, OperationError } from '../../../program/exit';
import { parseRedisUrl, RedisAddress } from '../../../program/redis_url';
import type { TlsFiles } from '../../../program/tls/tls_files';
import { connectError, RedisUnreachable } from './connect_errors';
import { NEWS_CHANNEL } from './database_constants';
import {
  DURABILITY_SETTINGS,
  factsFrom,
  FILE_NOT_KEPT,
  requireUsable,
  ServerFacts,
  unsafeMessage,
  unsafeSetting,
} from './durability';

import { KeptFile } from './kept_file';
import { requireReplayRights } from './replay_rights';
import { redisTls, redisTlsMistake, TriedTls } from './tls_options';

/** Which Redis, and what it must do. */
export interface DatabaseSettings {
  /** `redis://user:password@host:port/number` (program/redis_url.ts). */
  readonly url: string;
  /** Where the URL was found, for the errors that name it. */
  readonly urlFrom?: string | undefined;
  /** The files of TLS, for a URL with `rediss`. */
  readonly tls?: TlsFiles | undefined;
  /** How long connecting may take, its first commands included; 2 s if left out. */
  readonly connectTimeoutMs?: number | undefined;
  /** How long a command may take before its connection counts as lost; 12 s if left out. */
  readonly answerTimeoutMs?: number | undefined;
  /** What the connections are called there, for who looks at them; `lottery` if left out. */
  readonly clientName?: string | undefined;
  /** What is known of its file, shared by the connections of a server. */
  readonly keptFile?: KeptFile | undefined;
  /** Accepts a Redis that may lose what it has answered. For experiments. */
  readonly allowUnsafeCommits?: boolean | undefined;
}

/** What a command answers: text and bytes are buffers, there are no maps. `null` is nothing. */
export type Reply = Buffer | string | number | null | readonly Reply[];

/** The words of a command. */
export type Words = readonly (string | Buffer)[];

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 12_000;
/** How long closing waits for the database. */
const END_TIMEOUT_MS = 100;

/** What a Redis does that wants TLS, one that ends, and one that takes no more connections. */
const CLOSED_AT_ONCE =
  'the database has closed the connection before it could be used (rediss:// in the URL is for one with TLS)';

type Client = ReturnType<typeof newClient>;

/**
 * One connection to the database. Any failure ends it, except an error that the database has answered; nothing is sent
 * again. All its waits are bounded.
 */
export class Connection {
  /** What the database calls it: its process, which is another after each start, and the connection's number there. */
  readonly name: string;
  /** Where its URL stands and the URL's key, as the error begins that a mistake in it is told with. */
  readonly place: string;
  readonly #client: Client;
  readonly #lost: AbortController;
  readonly #settings: DatabaseSettings;
  readonly #process: string;
  readonly #keptFile: KeptFile;

  /**
   * Connects, and checks what the database keeps.
   *
   * @param stop ends the attempt
   * @throws ConfigurationError when the URL is not valid, its user or database is refused, or no certificate is as it must be
   * @throws OperationError when the database stores unsafely, is too old, or one of a cluster
   * @throws RedisUnreachable when it cannot be reached, or takes no changes now
   */
  static async open(settings: DatabaseSettings, stop?: AbortSignal): Promise<Connection> {
    const place = placeOf(settings);
    const address = parseRedisUrl(settings.url, place);
    const client = newClient(address, settings);
    const lost = new AbortController();
    let isAgreed = false;
    client.once('connect', () => (isAgreed = true));
    client.on('error', (error: Error) => lost.abort(error));
    client.on('end', () => lost.abort(new Error('the connection was ended')));
    const timeoutMs = settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const end = (): void => lost.abort(new Error('the program is to stop'));
    const timer = setTimeout(() => lost.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    lost.signal.addEventListener('abort', () => client.destroy(), { once: true });
    stop?.addEventListener('abort', end, { once: true });
    try {
      stop?.throwIfAborted();
      return await untilLost(lost.signal, Connection.#over(client, lost, settings));
    } catch (error) {
      lost.abort(error);
      stop?.throwIfAborted();
      const failure = await failureOf(error, place, { address, files: settings.tls ?? {}, isAgreed }, stop);
      stop?.throwIfAborted();
      throw failure;
    } finally {
      clearTimeout(timer);
      stop?.removeEventListener('abort', end);
    }
  }

  static async #over(client: Client, lost: AbortController, settings: DatabaseSettings): Promise<Connection> {
    await client.connect();
    const id = Number(await client.sendCommand(['CLIENT', 'ID']));
    const facts = factsFrom((await client.sendCommand<Buffer>(['INFO'])).toString());
    requireUsable(facts);
    const connection = new Connection(client, lost, settings, facts, id);
    const unsafe = await connection.unsafeSetting();
    if (unsafe !== undefined) throw new OperationError(unsafeMessage(unsafe));
    if (settings.allowUnsafeCommits !== true) await requireReplayRights((words) => connection.call(words));
    if (!(await connection.#keepsFile())) throw new RedisUnreachable(`the database has ${FILE_NOT_KEPT}`);
    return connection;
  }

  private constructor(
    client: Client,
    lost: AbortController,
    settings: DatabaseSettings,
    facts: ServerFacts,
    id: number,
  ) {
    this.#client = client;
    this.#lost = lost;
    this.#settings = settings;
    this.#process = facts.get('run_id') ?? '';
    this.#keptFile = settings.keptFile ?? new KeptFile();
    this.name = `${this.#process} ${id}`;
    this.place = placeOf(settings);
  }

  /** Aborted when the connection is lost or was ended; its reason says why. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Carries out a command. What it changes is stored when the promise resolves.
   *
   * @throws ErrorReply when the database refuses it; another error when the connection is lost: it is not known then
   *   whether the command was carried out
   */
  async call(words: Words): Promise<Reply> {
    this.#lost.signal.throwIfAborted();
    const timeoutMs = this.#settings.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
    const timer = setTimeout(() => this.destroy('the database does not answer'), timeoutMs);
    try {
      const reply: unknown = await this.#client.sendCommand([...words]);
      this.#lost.signal.throwIfAborted();
      return reply as Reply;
    } catch (error) {
      if (!(error instanceof ErrorReply)) this.#lost.signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * The setting that makes what the database stores unsafe, if there is one and that is not accepted. Somebody may change
   * it at any time: asked behind a change, it tells whether that is stored.
   *
   * @throws as {@link call}
   */
  async unsafeSetting(): Promise<string | undefined> {
    if (this.#settings.allowUnsafeCommits === true) return undefined;
    const reply = await this.call(['CONFIG', 'GET', ...DURABILITY_SETTINGS]).catch((error: unknown) => {
      if (!(error instanceof ErrorReply)) throw error;
      throw new OperationError(
        `the database does not tell how safely it stores (CONFIG GET): ${error.message}`,
      );
    });
    return unsafeSetting(mapOf(reply));
  }

  /**
   * What makes what was stored before this call unsafe, if anything does that is not accepted.
   *
   * @throws as {@link call}
   */
  async unsafety(): Promise<string | undefined> {
    const [setting, keepsFile] = await Promise.all([this.unsafeSetting(), this.#keepsFile()]);
    return setting ?? (keepsFile ? undefined : FILE_NOT_KEPT);
  }

  #keepsFile(): Promise<boolean> {
    if (this.#settings.allowUnsafeCommits === true) return Promise.resolve(true);
    return this.#keptFile.isCertain((words) => this.call(words), this.#process);
  }

  /**
   * Calls whenever there is news. Those that are told while there is no connection are lost.
   *
   * @throws as {@link call}
   */
  async listen(call: () => void): Promise<void> {
    await this.#client.subscribe(NEWS_CHANNEL, call);
  }

  /** Ends it properly, or by force when that takes too long. */
  async end(): Promise<void> {
    if (!this.#lost.signal.aborted) {
      const timer = setTimeout(() => this.#client.destroy(), END_TIMEOUT_MS);
      await this.#client.close().catch(() => undefined);
      clearTimeout(timer);
    }
    this.destroy('the connection was ended');
  }

  /** Ends it at once: commands that are under way are rejected. */
  destroy(reason: string): void {
    this.#lost.abort(new Error(reason));
  }
}

/** The pairs of a reply that is a list of keys and values in turn. */
export function mapOf(reply: Reply): ReadonlyMap<string, string> {
  const words = (reply as readonly Reply[]).map(String);
  const found = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index += 2) found.set(words[index]!, words[index + 1]!);
  return found;
}

/** The place and key of the URL, as an error begins. */
export function placeOf({ urlFrom }: Pick<DatabaseSettings, 'urlFrom'>): string {
  return urlFrom === undefined ? 'REDIS_URL' : `${urlFrom}: REDIS_URL`;
}

function newClient(address: RedisAddress, settings: DatabaseSettings) {
  const { host, port, user, password, database, isEncrypted } = address;
  const socket = {
    host,
    port,
    // A connection that is lost is this ledger's to replace: what it had sent must not be sent again.
    reconnectStrategy: false as const,
    connectTimeout: settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
  };
  return createClient({
    socket: isEncrypted ? { ...socket, tls: true as const, ...redisTls(host, settings.tls ?? {}) } : socket,
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    database,
    name: settings.clientName ?? 'lottery',
    RESP: 3,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    commandOptions: {
      typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.MAP]: Array },
    },
  });
}

/** What an error of opening means. */
async function failureOf(
  error: unknown,
  place: string,
  tried: TriedTls,
  stop: AbortSignal | undefined,
): Promise<Error> {
  if (tried.address.isEncrypted) {
    const mistake = await redisTlsMistake(error, tried, stop);
    if (mistake !== undefined) return new ConfigurationError(`${place}: ${mistake}`);
  } else if (error instanceof SocketClosedUnexpectedlyError) {
    return new RedisUnreachable(CLOSED_AT_ONCE);
  }
  return connectError(error, place);
}

/** What a promise comes to, unless the connection is lost before. */
function untilLost<Value>(lost: AbortSignal, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(lost.reason as Error);
    lost.addEventListener('abort', fail, { once: true });
    promise.then(resolve, reject).finally(() => lost.removeEventListener('abort', fail));
  });
}
