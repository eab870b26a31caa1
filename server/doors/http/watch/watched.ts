import type { Clock } from '../../../../program/clock';
import type { DrawView } from '../../../lottery/draw_view';
import type { Telemetry } from '../../../telemetry/telemetry';

/** What is watched. */
export interface Watched {
  readonly telemetry: Telemetry;
  /** Where to see how far the draw is. */
  readonly lottery: { readonly drawView: DrawView };
  readonly clock: Clock;
}
