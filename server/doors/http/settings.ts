import type { CurrentTokens } from '../identity/current_tokens';

/** The settings of the HTTP door. */
export interface HttpDoorSettings {
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
  /** The address to listen on. */
  readonly address: string;
  /** Who may bet; without tokens, whoever reaches the door on a loopback address (requests/access.ts). */
  readonly tokens: CurrentTokens;
  /** How many connections one address may have; half of all if left out. */
  readonly maxConnectionsPerAddress?: number | undefined;
  /** The longest payload of a batch, counted as in a BET (PROTOCOL.md, R2). */
  readonly maxPayloadBytes: number;
}
