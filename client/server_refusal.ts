import { OperationError } from '../program/exit';
import type { ErrMessage } from '../protocol/err';
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

/** The refusal that an ERR tells an agency of. */
export function refusalOf({ code, batchId, text }: ErrMessage, agency: number): ServerRefusal {
  const what = batchId === 0 ? '' : `batch ${batchId} of `;
  return new ServerRefusal(code, `the server refuses ${what}agency ${agency}: ${code}: ${text}`);
}
