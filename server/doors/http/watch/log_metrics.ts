/** The metrics of the log that receipts are cut out of. Without a log they have no sample. */
import type { Registry } from 'prom-client';

import type { LogProgress } from '../../../lottery/receipts';
import { addGauge } from './plain_metrics';

/** Adds them. */
export function addLogProgress(registry: Registry, progress: () => LogProgress | undefined): void {
  const add = (name: string, help: string, read: (log: LogProgress) => number): void =>
    addGauge(registry, name, help, () => {
      const log = progress();
      return log && read(log);
    });
  add('lottery_log_leaves', 'Leaves in the latest signed checkpoint of the log.', ({ size }) => size);
  add('lottery_log_sealed', '1 once the seal is signed, else 0.', ({ isSealed }) => Number(isSealed));
  add('lottery_log_result', '1 once the result is signed, else 0.', ({ hasResult }) => Number(hasResult));
}
