import type { Clock } from '../../program/clock';
import { ConfigurationError, oneLine } from '../../program/exit';
import { makeFolder, PRIVATE_FOLDER } from '../../program/folders';
import type { Log } from '../../program/log';
import { NoteError, NoteVerifier, parseVerifierKey, SIGNATURE_TYPE } from '../../transparency/notes/note';
import type { OpenReceipts } from '../session_receipts';
import { ReceiptKeeper } from './receipt_keeper';
import { ReceiptRequests } from './receipt_requests';

/** How an agency asks for receipts. */
export interface ReceiptsSettings {
  readonly agency: number;
  /** The key of the log, as C2SP signed-note writes it. */
  readonly log: string;
  /** Where the receipts are kept. It is made where it is missing, and only its owner may look into it. */
  readonly folder: string;
}

/**
 * Prepares an agency to ask for receipts, and to check and keep them (PROTOCOL.md, R29).
 *
 * @throws ConfigurationError when the key is none, or the folder cannot be made
 */
export function openReceipts(
  { agency, log: key, folder }: ReceiptsSettings,
  around: { readonly clock: Clock; readonly log: Log },
): OpenReceipts {
  const log = readKey(key);
  try {
    makeFolder(folder, PRIVATE_FOLDER);
  } catch (error) {
    throw new ConfigurationError(`receipts.folder (CLI_RECEIPTS_FOLDER): ${folder}: ${oneLine(error)}`);
  }
  return (ownBatches) => {
    const keeper = new ReceiptKeeper({ agency, log, folder, ownBatches });
    return new ReceiptRequests({ agency, keeper, ...around });
  };
}

function readKey(key: string): NoteVerifier {
  try {
    const log = parseVerifierKey(key);
    if (log.type !== SIGNATURE_TYPE.ed25519)
      throw new NoteError('this is the key of a cosigner, not of a log');
    return log;
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new ConfigurationError(`receipts.log (CLI_RECEIPTS_LOG): ${oneLine(error)}`);
  }
}
