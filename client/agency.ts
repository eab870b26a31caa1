/** An agency's run: its files are checked, sold, and the sale is ended if it is to be. */
import { statSync } from 'node:fs';

import { SYSTEM_CLOCK } from '../program/clock';
import { OperationError, oneLine } from '../program/exit';
import { Log } from '../program/log';
import { ClientConfiguration } from './config';
import { FileBatches } from './file_batches';
import { CheckedFiles, FileCheck } from './file_check';
import { Places } from './places';
import { Progress, report } from './progress';
import { showProgress } from './progress_display';
import { RejectedRows } from './rejected_rows';
import { SaleState } from './sale';
import { leftOutTooMany, requireSellable } from './sale_rules';
import { ServerRefusal } from './server_refusal';
import { Session } from './session';
import type { AgencyReceipts, OpenReceipts } from './session_receipts';
import { SoldFiles } from './sold_files';
import { Terminal } from './terminal';
import { Connect } from './transport';
import { writeWinners } from './winners';

/** What a run works with. */
export interface AgencyContext {
  readonly configuration: ClientConfiguration;
  readonly places: Places;
  /** Opens connections to the server. */
  readonly connect: Connect;
  readonly log: Log;
  /** The terminal of the person who watches, if there is one. */
  readonly terminal: Terminal | undefined;
  /** Shows a line to that person, or to whoever reads standard error. */
  readonly show: (line: string) => void;
  readonly stop: AbortSignal;
  /** Asks for receipts; `undefined` where none are wanted. */
  readonly openReceipts?: OpenReceipts | undefined;
}

/** One run of an agency. */
export class Agency {
  readonly #context: AgencyContext;
  readonly #configuration: ClientConfiguration;
  readonly #rejected: RejectedRows;
  #check: FileCheck | undefined;
  #totalBytes = 0;
  #files: CheckedFiles | undefined;
  #session: Session | undefined;
  #receipts: AgencyReceipts | undefined;
  #sold = 0;
  #isClosed = false;
  #stored: number | undefined;
  #winners: number | undefined;

  constructor(context: AgencyContext) {
    const { configuration, places, log, show } = context;
    this.#context = context;
    this.#configuration = configuration;
    this.#rejected = new RejectedRows({ paths: places.rejectedFiles, log, show });
  }

  /** What became of the sale, so far. */
  get sale(): SaleState {
    const { host, port } = this.#configuration['server.address'];
    return {
      agency: this.#configuration.id,
      server: `${host}:${port}`,
      sold: this.#sold,
      stored: this.#stored,
      isClosed: this.#isClosed,
      leftOutRows: this.#rejected.count,
      isFinSent: this.#session?.isFinSent ?? false,
      winners: this.#winners,
    };
  }

  /** The rows that were left out. */
  get rejected(): RejectedRows {
    return this.#rejected;
  }

  /**
   * Sells everything and, if the sale is to be ended, waits for the draw. It stays open when it is stopped.
   *
   * @throws OperationError when the files or the server do not allow it
   */
  async run(): Promise<void> {
    const { log, terminal, stop } = this.#context;
    const display = showProgress(this.#configuration.id, () => this.#progress, log, terminal);
    stop.addEventListener('abort', () => display.close());
    try {
      await this.#sell();
    } finally {
      display.close();
    }
  }

  async #sell(): Promise<void> {
    const { id } = this.#configuration;
    const sold = new SoldFiles(this.#context.places.soldFile, id);
    const files = await this.#checkFiles(sold);
    const tooMany = leftOutTooMany(this.#configuration, files);
    const session = this.#openSession(files, sold, tooMany === undefined);
    if (session === undefined) return new Promise(() => undefined);
    const documents = await session.run().catch((error: unknown) => this.#fail(error, sold));
    report({ kind: 'progress', ...this.#progress });
    if (tooMany !== undefined) throw tooMany;
    if (this.#configuration['data.finish']) {
      sold.remove();
      await this.#tellWinners(documents);
    }
    await this.#receipts?.end();
  }

  async #checkFiles(sold: SoldFiles): Promise<CheckedFiles> {
    const { places } = this.#context;
    const configuration = this.#configuration;
    const paths = sold.with(places.files);
    this.#totalBytes = sumOfSizes(paths);
    this.#check = new FileCheck(
      {
        agency: configuration.id,
        maxAmount: configuration['batch.maxAmount'],
        paths,
        // Where a file may be sold twice by mistake, or must be known again.
        hashes:
          paths.length > 1 ||
          !sold.isEmpty ||
          !configuration['data.finish'] ||
          configuration['data.sha256'] !== undefined,
      },
      this.#rejected,
    );
    const files = await this.#check.run();
    sold.requireSame(files.files);
    requireSellable(configuration, files, files.files.slice(paths.length - places.files.length));
    this.#files = files;
    return files;
  }

  /** @throws the error. When the server has refused it all, no file is recorded that nothing was sold from */
  async #fail(error: unknown, sold: SoldFiles): Promise<never> {
    if (error instanceof ServerRefusal) {
      this.#isClosed = error.code === 'closed';
      if (this.#sold === 0) await sold.restore().catch(() => undefined);
    }
    throw error;
  }

  /** `undefined` when the agency was stopped meanwhile. */
  #openSession(files: CheckedFiles, sold: SoldFiles, isFinAllowed: boolean): Session | undefined {
    const { log, stop, places } = this.#context;
    const configuration = this.#configuration;
    const { id, 'batch.maxAmount': maxAmount } = configuration;
    this.#receipts = this.#context.openReceipts?.(
      () => new FileBatches(id, maxAmount, { ...files, batches: undefined }),
    );
    const source = new FileBatches(id, maxAmount, files, {
      requireStart: (from) => sold.requireStored(from, places.files),
      // Once they are known to be those that the server has bets of.
      onSound: () => (configuration['data.finish'] ? Promise.resolve() : this.#recordFiles(sold, files)),
    });
    const session = new Session(
      {
        agency: id,
        window: configuration['batch.window'],
        oneMessagePerConnection: configuration['server.oneMessagePerConnection'],
        sendsFin: configuration['data.finish'] && isFinAllowed,
        giveUpAfterMs: configuration['server.giveUpAfterMs'],
      },
      {
        source,
        connect: this.#context.connect,
        clock: SYSTEM_CLOCK,
        log,
        random: Math.random,
        receipts: this.#receipts,
        onStored: (bets, acknowledged) => {
          this.#sold += acknowledged;
          this.#stored = bets;
        },
      },
    );
    if (stop.aborted) return undefined;
    stop.addEventListener('abort', () => session.stop());
    this.#session = session;
    return session;
  }

  /** Without the record, a later run with another file is refused, since its rows are not those that are stored. */
  async #recordFiles(sold: SoldFiles, { files }: CheckedFiles): Promise<void> {
    try {
      await sold.write(files);
    } catch (error) {
      this.#context.log.warning('record_files', 'fail', {
        file: this.#context.places.soldFile,
        reason: oneLine(error),
        consequence: 'a later run needs all files of the sale in data.file',
      });
    }
  }

  async #tellWinners(documents: readonly string[]): Promise<void> {
    this.#winners = documents.length;
    report({ kind: 'winners', documents, leftOutRows: this.#rejected.count });
    this.#context.terminal?.keep();
    this.#context.log.info('consulta_ganadores', 'success', { cant_ganadores: documents.length });
    await writeWinners(this.#configuration['data.winnersFile'], documents);
  }

  get #progress(): Progress {
    return {
      storedBets: this.#stored ?? 0,
      totalBets: this.#files?.bets,
      leftOutRows: this.#rejected.count,
      readBytes: this.#check?.readBytes ?? 0,
      fileBytes: this.#totalBytes,
    };
  }
}

function sumOfSizes(paths: readonly string[]): number {
  try {
    return paths.reduce((sum, path) => sum + statSync(path).size, 0);
  } catch (error) {
    throw new OperationError(`a file of bets cannot be read: ${oneLine(error)}`);
  }
}
