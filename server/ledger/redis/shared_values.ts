import { requireValueName, requireValueSize, SharedValues } from '../shared_values';
import type { DatabaseSettings } from './connection';
import { KEYS } from './database_constants';
import { KeptConnection, requireSafe } from './kept_connection';
import { readScript } from './scripts';

/** The values in a hash beside a ledger. A value is replaced by a script, in one step. */
export class RedisSharedValues implements SharedValues {
  readonly #kept: KeptConnection;
  readonly #script = readScript('replace_value.lua');

  /**
   * Connects. A database that cannot be reached is waited for until the program is to stop.
   *
   * @param stop ends what is under way: it is rejected
   * @throws ConfigurationError when the URL is not valid, or its user or database is refused
   * @throws OperationError when the database stores unsafely, or holds no ledger of a known version
   */
  static async open(settings: DatabaseSettings, stop?: AbortSignal): Promise<RedisSharedValues> {
    return new RedisSharedValues(
      await KeptConnection.open({ ...settings, clientName: 'lottery-values' }, stop),
    );
  }

  private constructor(kept: KeptConnection) {
    this.#kept = kept;
  }

  /** @throws LedgerDamaged when the ledger is gone */
  async read(name: string): Promise<Buffer | undefined> {
    requireValueName(name);
    const reply = await this.#kept.use(async (connection) => {
      const [value] = await Promise.all([
        connection.call(['HGET', KEYS.sharedValues, name]),
        requireSafe(connection),
      ]);
      return value;
    });
    return Buffer.isBuffer(reply) ? reply : undefined;
  }

  /** @throws LedgerDamaged when the ledger is gone */
  async replace(name: string, known: Buffer | undefined, value: Buffer): Promise<boolean> {
    requireValueName(name);
    requireValueSize(value);
    const words = [name, known === undefined ? '0' : '1', known ?? '', value];
    return this.#kept.use(async (connection) => {
      const [isReplaced] = await Promise.all([
        connection.call(['EVAL', this.#script, '0', ...words]),
        requireSafe(connection),
      ]);
      return isReplaced === 1;
    });
  }

  close(): Promise<void> {
    return this.#kept.close();
  }
}
