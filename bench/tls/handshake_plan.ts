/** What the client that only connects is asked for, and what it answers: over the channel to its parent process. */

/** How a connection begins. */
export const BEGINNINGS = ['plain', 'full handshake', 'resumed handshake'] as const;

/** How a connection begins: without TLS, or with a handshake of one kind. */
export type Beginning = (typeof BEGINNINGS)[number];

/** Connections that are opened, used for one ECHO and closed, again and again. */
export interface HandshakePlan {
  readonly port: number;
  readonly beginning: Beginning;
  /** The folder of the agencies' certificates. */
  readonly certificates: string;
  /** Connections under way at a time. */
  readonly together: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What the client saw while it counted. */
export interface HandshakeResult {
  /** Connections whose ECHO was answered: only then has the server believed the certificate. */
  readonly connections: number;
  readonly elapsedMs: number;
  /** From the call that connects to the ECHO's answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The client's own processor time. */
  readonly cpuMs: number;
  /** What was agreed on, as `TLSv1.3 TLS_AES_256_GCM_SHA384`; empty without TLS. */
  readonly agreed: string;
}

/** Everything that the client says. */
export type FromHandshakes =
  { readonly kind: 'begun' } | { readonly kind: 'ended'; readonly result: HandshakeResult };
