import type { Clock } from '../program/clock';
import type { Log } from '../program/log';
import type { BatchSource } from './batch_source';
import type { SessionReceipts } from './session_receipts';
import type { Connect } from './transport';

/** How an agency speaks with its server. */
export interface SessionSettings {
  readonly agency: number;
  /** Batches in flight. */
  readonly window: number;
  /** A server that answers one message on a connection and then closes: no ASK, one batch at a time. */
  readonly oneMessagePerConnection: boolean;
  /** Whether the sale is ended when everything is sent: FIN, and the wait for the draw. */
  readonly sendsFin: boolean;
  /** Without any connection that works for so long, the session fails; 0 for never. */
  readonly giveUpAfterMs: number;
}

/** What a session needs from the program around it. */
export interface SessionContext {
  readonly source: BatchSource;
  readonly connect: Connect;
  readonly clock: Clock;
  readonly log: Log;
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Asks for receipts (PROTOCOL.md, R29); `undefined` where the agency wants none. */
  readonly receipts?: SessionReceipts | undefined;
  /** Told, whenever it changes, how many of the agency's bets are known to be stored. */
  readonly onStored: (bets: number, acknowledged: number) => void;
}
