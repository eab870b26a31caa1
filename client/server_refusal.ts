import { OperationError } from '../program/exit';
import type { ErrorCode } from '../protocol/error_codes';

/** The server has refused what was sent, for good: nothing of that is stored. */
export class ServerRefusal extends OperationError {
  constructor(
    readonly code: ErrorCode,
    text: string,
  ) {
    super(text);
  }
}
