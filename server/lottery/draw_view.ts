/** How far the draw is, for those who watch: the page, the metrics, and `GET /draw` before the result. */
import type { Draw, DrawDeadline } from '../ledger/draw';
import type { GateName } from './draw_gates';
import type { NumberView } from './draw_number';

/** Where the draw is: the state machine of draw_keeper.ts. */
export type DrawPhase =
  | 'awaited'
  | 'closing'
  | 'gated'
  | 'searching'
  | 'recording'
  | 'announcing'
  | 'retrying'
  | 'decided'
  | 'stopped';

/** How far the draw is. It is what this server knows now, and has no place in the order of the audit log. */
export interface DrawView {
  readonly phase: DrawPhase;
  /** What is waited for while the phase is `gated` or `announcing`. */
  readonly gate: GateName | undefined;
  /** How the winning number is awaited; `undefined` where it was announced before the sale. */
  readonly number: NumberView | undefined;
  /** How long until the beacon's round is due by this server's clock, below 0 once it is; `undefined` without a beacon. */
  readonly numberLeftMs: number | undefined;
  /** Whether the sale is known to be closed. */
  readonly isSaleClosed: boolean;
  /** The deadline as it was set; `undefined` for none. */
  readonly deadline: DrawDeadline | undefined;
  /** When it is due, in milliseconds since 1970 by the clock of the storage; `undefined` while that is not known. */
  readonly dueAtMs: number | undefined;
  /** How long until then by that clock; negative when it has passed. */
  readonly leftMs: number | undefined;
  /** Whether it passed so long ago that nothing is done before an operator confirms it. */
  readonly isOverdue: boolean;
  /** When the draw was decided, in milliseconds since 1970; `undefined` before, or when that is not known. */
  readonly decidedAtMs: number | undefined;
  /** How long that took from the close of the sale; `undefined` when this server has not seen both. */
  readonly tookMs: number | undefined;
}

/** What is answered to somebody who asks for the draw. */
export interface DrawNow {
  /** The result; `undefined` while there is none to be told. */
  readonly draw: Draw | undefined;
  /** How far it was at that moment. It has a gate only where the draw, whose sale is closed, was found waiting there. */
  readonly view: DrawView;
}
