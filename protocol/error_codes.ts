/**
 * The closed list of reasons for which the server refuses a message, and what follows from each
 * (PROTOCOL.md, "Error codes"; a test holds the document's table and this one together).
 */
export const ERROR_CODES = {
  'bad-header': { closesConnection: true, retryable: false },
  'too-large': { closesConnection: true, retryable: false },
  'bad-batch': { closesConnection: false, retryable: false },
  'batch-conflict': { closesConnection: false, retryable: false },
  'unknown-agency': { closesConnection: false, retryable: false },
  forbidden: { closesConnection: false, retryable: false },
  closed: { closesConnection: false, retryable: false },
  unavailable: { closesConnection: true, retryable: true },
} as const satisfies Record<string, ErrorCodeTraits>;

/** What a code means for its receiver. */
export interface ErrorCodeTraits {
  /** Whether the server closes the connection after the reply. */
  readonly closesConnection: boolean;
  /** Whether the same message can succeed later. */
  readonly retryable: boolean;
}

/** A reason to refuse a message. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Whether a text received from a peer is one of the codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

/**
 * A message that breaks a rule of the protocol.
 *
 * `batchId` is 0 where the message has none; the text is ASCII, holds no line feed, and repeats nothing of
 * what the peer sent.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  constructor(
    readonly code: ErrorCode,
    text: string,
    readonly batchId = 0,
  ) {
    super(text);
  }
}
