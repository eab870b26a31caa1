import type { GivenNumber } from '../../lottery/draw_number';
import type { CurrentTokens } from '../identity/current_tokens';
import type { DoorTls } from '../tls/door_tls';

/** The settings of the HTTP door. */
export interface HttpDoorSettings {
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
  /** The address to listen on; `undefined` for all. */
  readonly address: string | undefined;
  /**
   * Who may bet by a token; whoever reaches the door on a loopback address, where there are neither tokens nor certificates
   * (requests/access.ts).
   */
  readonly tokens: CurrentTokens;
  /** With it, the door speaks HTTPS. */
  readonly tls?: DoorTls | undefined;
  /** Whether an address may connect; every one if left out. */
  readonly allows?: ((address: string) => boolean) | undefined;
  /** How many connections one address may have; half of all if left out. */
  readonly maxConnectionsPerAddress?: number | undefined;
  /** The longest payload of a batch, counted as in a BET (PROTOCOL.md, R2). */
  readonly maxPayloadBytes: number;
  /** Where the lottery's log is published; `undefined` where there is none. */
  readonly logFolder?: string | undefined;
  /** Told of a file of the log that was published and is gone, whenever somebody asks for it. */
  readonly onLogLost?: ((file: string) => void) | undefined;
  /** Whether what is published cannot be verified for now, since a cosignature was lost; never so if left out. */
  readonly isBundleHeld?: (() => boolean) | undefined;
  /** A winning number that is given here; `undefined` where it was announced before the sale. */
  readonly number?: GivenNumber | undefined;
  /** Published leaves with their bets, for the control; `undefined` while the log cannot be read. */
  readonly controlLeaves?: ((after: number, limit: number) => Promise<Buffer | undefined>) | undefined;
}
