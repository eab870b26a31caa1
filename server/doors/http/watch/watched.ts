import type { Clock } from '../../../../program/clock';
import type { DrawView } from '../../../lottery/draw_view';
import type { LogProgress } from '../../../lottery/receipts';
import type { Telemetry } from '../../../telemetry/telemetry';

/** What is watched. */
export interface Watched {
  readonly telemetry: Telemetry;
  /** Where to see how far the draw is. */
  readonly lottery: {
    readonly drawView: DrawView;
    /** Where to see how far the log of receipts is; left out where there can be none. */
    readonly receipts?: { readonly progress: LogProgress | undefined };
  };
  readonly clock: Clock;
}
