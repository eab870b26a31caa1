/** The paths of the API's resources, as the router has them. */
import { AGENCIES_URI, DRAW_URI } from '../../../ledger/audit_line';

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
