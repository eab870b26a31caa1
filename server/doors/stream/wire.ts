/** A socket, as a connection sees it; with or without TLS. */
export interface Wire {
  /** Bytes written that the peer's side has not taken yet. */
  readonly unsentBytes: number;
  /** Bytes that have come and were not delivered. */
  readonly unreadBytes: number;
  write(bytes: Buffer): void;
  /** Stops and resumes the delivery of bytes. */
  pause(): void;
  resume(): void;
  /** Closes the sending side once all is written. */
  end(): void;
  /** Drops the connection at once. */
  destroy(): void;
}
