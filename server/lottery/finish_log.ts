import type { Clock } from '../../program/clock';
import type { Log } from '../../program/log';
import { LogLimiter } from '../../program/log_limiter';

/** Logs FINs: each agency's first one, and those that come again at most once a second. */
export class FinishLog {
  readonly #log: Log;
  readonly #agencies: number;
  readonly #limiter: LogLimiter;
  readonly #told = new Set<number>();

  /** @param agencies how many take part */
  constructor(log: Log, clock: Clock, agencies: number) {
    this.#log = log;
    this.#agencies = agencies;
    this.#limiter = new LogLimiter(() => clock.nowMs());
  }

  /** A FIN is stored. @param finished how many agencies have finished */
  tell(agency: number, finished: number): void {
    const isNew = !this.#told.has(agency);
    this.#told.add(agency);
    const keptBack = this.#limiter.admit(`fin ${agency}`) ?? (isNew ? 0 : undefined);
    if (keptBack === undefined) return;
    this.#log.info('receive_fin', 'success', {
      agency,
      finished,
      agencies: this.#agencies,
      ...(keptBack > 0 && { more: keptBack }),
    });
  }
}
