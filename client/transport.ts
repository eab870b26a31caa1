/** A connection to the server, as the session sees it. */
export interface Transport {
  /** Bytes written that have not left yet. */
  readonly unsentBytes: number;
  write(bytes: Buffer): void;
  /** Drops the connection. No handler is called for it afterwards. */
  close(): void;
}

/** What a transport tells the session. */
export interface TransportHandlers {
  connected(): void;
  received(bytes: Buffer): void;
  /** What was written has left. */
  drained(): void;
  /**
   * The connection is over, or was never made. Told once.
   *
   * @param isLasting whether the reason is one that does not pass by itself, as a certificate that is wrong
   */
  lost(reason: string, isLasting?: boolean): unknown;
}

/** Opens a connection; the answer comes through the handlers, never before `connect` has returned. */
export type Connect = (handlers: TransportHandlers) => Transport;
