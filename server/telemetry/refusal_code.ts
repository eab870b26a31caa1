import type { ErrorCode } from '../../protocol/error_codes';

/** Why an operation can be refused: a closed list, since each is a label of a metric. */
export type RefusalCode =
  | ErrorCode
  | 'bad-request'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'request-timeout'
  | 'uri-too-long'
  | 'unsupported-media-type'
  | 'headers-too-large'
  | 'not-implemented'
  | 'version-not-supported'
  | 'not-sealed'
  | 'number-decided'
  | 'bad-number'
  | 'not-a-number'
  | 'notes-full';
