/** The paths of the API's resources, as the router has them. */
import { AGENCIES_URI, DRAW_URI, NOTES_URI } from '../../../ledger/audit_line';

/** The list of agencies. */
export const AGENCIES_PATH = AGENCIES_URI;
/** One agency. */
export const AGENCY_PATH = `${AGENCIES_PATH}/:agency`;
/** One batch of an agency. */
export const BATCH_PATH = `${AGENCY_PATH}/batches/:batch`;
/** The end of an agency's sale. */
export const FINISH_PATH = `${AGENCY_PATH}/finish`;
/** The winners of an agency. */
export const WINNERS_PATH = `${AGENCY_PATH}/winners`;
/** The draw. */
export const DRAW_PATH = DRAW_URI;
/** All that is needed to check the draw. */
export const BUNDLE_PATH = `${DRAW_PATH}/bundle`;
/** The winning number that is entered, and the round of a beacon that it follows from. */
export const NUMBER_PATH = `${DRAW_PATH}/number`;
export const BEACON_PATH = `${DRAW_PATH}/beacon`;
/** The receipt of a batch, and that of an agency's end of sale. */
export const BATCH_RECEIPT_PATH = `${BATCH_PATH}/receipt`;
export const FINISH_RECEIPT_PATH = `${FINISH_PATH}/receipt`;
/** The log's checkpoint, and its tiles. */
export const CHECKPOINT_PATH = '/checkpoint';
export const TILE_PATH = '/tile/*';
/** What the internal control counts. */
export const CONTROL_LEAVES_PATH = '/control/leaves';
/** The notes of the lottery, and those of an agency. */
export const LOTTERY_NOTES_PATH = NOTES_URI;
export const AGENCY_NOTES_PATH = `${AGENCY_PATH}${NOTES_URI}`;
/** In one of these, a note. */
export const NOTE_IN_NOTES = '/:name';
/** In one of these, what adds to a note. */
export const INCREMENT_IN_NOTES = `${NOTE_IN_NOTES}/increment`;
