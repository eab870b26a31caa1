import type { Log } from '../../program/log';
import { describeDeadline } from './draw_deadline';
import type { DrawView } from './draw_view';

const MS_PER_SECOND = 1_000;

/** Logs when a deadline is due that counts from the first FIN, once, as soon as that is known. */
export class DeadlineLog {
  readonly #log: Log;
  readonly #view: () => DrawView;
  #isTold = false;

  constructor(log: Log, view: () => DrawView) {
    this.#log = log;
    this.#view = view;
  }

  /** Agencies may have finished. A sale that is closed, or is being closed, has no deadline any more. */
  look(): void {
    if (this.#isTold) return;
    const { phase, deadline, dueAtMs, leftMs = 0 } = this.#view();
    if (deadline === undefined || 'atMs' in deadline || dueAtMs === undefined || phase !== 'awaited') return;
    this.#isTold = true;
    this.#log.info('deadline', 'in_progress', {
      draw_deadline: new Date(dueAtMs).toISOString(),
      draw_deadline_action: deadline.action,
      left_s: Math.round(leftMs / MS_PER_SECOND),
      reason: describeDeadline(deadline),
    });
  }
}
