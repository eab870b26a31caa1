/** The metrics of the deadline and of the way to the draw. What is not known has no sample. */
import { Gauge, Registry } from 'prom-client';

import type { DrawPhase, DrawView } from '../../../lottery/draw_view';
import { addGauge } from './plain_metrics';

const MS_PER_SECOND = 1_000;
const PHASES: readonly DrawPhase[] = [
  'awaited',
  'closing',
  'gated',
  'searching',
  'recording',
  'announcing',
  'retrying',
  'decided',
  'stopped',
];

/** Adds them. */
export function addDrawProgress(registry: Registry, view: () => DrawView): void {
  new Gauge({
    name: 'lottery_draw_phase',
    help: 'Where the draw is: 1 for its phase, 0 for the others.',
    labelNames: ['phase'],
    registers: [registry],
    collect() {
      const { phase } = view();
      for (const each of PHASES) this.set({ phase: each }, Number(each === phase));
    },
  });
  addDeadline(registry, view);
  addTime(registry, 'lottery_draw_timestamp_seconds', 'When the draw was decided.', () => view().decidedAtMs);
  addTime(
    registry,
    'lottery_draw_duration_seconds',
    'How long the draw took, from the close of the sale.',
    () => view().tookMs,
  );
}

function addDeadline(registry: Registry, view: () => DrawView): void {
  new Gauge({
    name: 'lottery_draw_deadline_timestamp_seconds',
    help: 'When the draw stops waiting for agencies, by the clock of the storage, and what is done then.',
    labelNames: ['action'],
    registers: [registry],
    collect() {
      const { deadline, dueAtMs } = view();
      if (deadline !== undefined && dueAtMs !== undefined) {
        this.set({ action: deadline.action }, dueAtMs / MS_PER_SECOND);
      }
    },
  });
  addGauge(
    registry,
    'lottery_draw_deadline_overdue',
    '1 while a deadline passed so long ago that it is not acted on before it is confirmed, else 0.',
    () => Number(view().isOverdue),
  );
}

/** Adds whether the internal control has cosigned. @param isBalanced `undefined` where there is none */
export function addControl(registry: Registry, isBalanced: () => boolean | undefined): void {
  addGauge(
    registry,
    'lottery_control_balanced',
    '1 while the internal control has cosigned what it was asked for last, else 0; nothing where there is none.',
    () => {
      const value = isBalanced();
      return value === undefined ? undefined : Number(value);
    },
  );
}

/** Adds a gauge in seconds. @param readMs in milliseconds; `undefined` while it is not known */
function addTime(registry: Registry, name: string, help: string, readMs: () => number | undefined): void {
  addGauge(registry, name, help, () => {
    const milliseconds = readMs();
    return milliseconds === undefined ? undefined : milliseconds / MS_PER_SECOND;
  });
}
