/** Commands that sell. */
import { OperationError, oneLine } from '../../../program/exit';
import { counted } from '../../../program/counted';
import { FileTooLong, readSmallFile } from '../../../program/small_file';
import { MAX_BATCH_ID } from '../../../protocol/limits';
import { agencyUri, batchUri, finishUri } from '../../../server/ledger/audit_line';
import { AGENCY, BATCH, requireGood, valuesOf } from '../api/answers';
import { sellBet } from '../sell_bet';
import { agencyOf, Command, numberOf } from './command';

const FIELDS = 'FIRST LAST DOCUMENT BIRTHDATE NUMBER';
const FIELD_COUNT = 5;
/** More than a server takes. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** `bet AGENCY FIRST LAST DOCUMENT BIRTHDATE NUMBER` */
export const BET: Command = {
  name: 'bet',
  usage: `AGENCY ${FIELDS}`,
  summary: 'sells one bet, as a batch of its own',
  details:
    'Also in the form of CSV: bet 1 Renata Isabel,Ibáñez,31204458,1987-03-17,2201. It takes the batch id and the bet\n' +
    'id after the last ones of the agency. When no answer comes, it asks once more under the same id: it counts once.',
  argumentCount: [2, 64],
  run: async ([agencyWord, ...words], { api, output, stop }) => {
    const agency = agencyOf(agencyWord);
    const { batchId, betId } = await sellBet(api, agency, betFields(words), stop);
    await output.line(`agency ${agency}: bet ${betId} is stored, in batch ${batchId}`);
  },
};

/** The five fields of a bet, in words or in the form of CSV. @throws OperationError for more or fewer */
export function betFields(words: readonly string[]): readonly string[] {
  const isCsv = words.length !== FIELD_COUNT || words.some((word) => word.includes(','));
  const fields = isCsv ? words.join(' ').split(',') : words;
  if (fields.length === FIELD_COUNT) return fields;
  throw new OperationError(
    `a bet has ${FIELD_COUNT} fields, not ${fields.length}: ${FIELDS}, or FIRST,LAST,DOCUMENT,BIRTHDATE,NUMBER; ` +
      'a name with blanks stands in quotes',
  );
}

/** `batch AGENCY ID FILE` */
export const BATCH_COMMAND: Command = {
  name: 'batch',
  usage: 'AGENCY ID FILE',
  summary: 'sells the bets of a file as one batch, all or none',
  details:
    'Each line of the file is bet_id,first_name,last_name,document,birthdate,number; a file whose name ends with .json\n' +
    'holds {"bets": […]} (docs/HTTP.md). The same batch under the same id again changes nothing.',
  argumentCount: [3, 3],
  run: async ([agencyWord, idWord, file = ''], { api, output, stop }) => {
    const agency = agencyOf(agencyWord);
    const path = batchUri(agency, numberOf('ID', idWord, 1, MAX_BATCH_ID));
    const body = readBatch(file);
    const headers = { 'content-type': file.endsWith('.json') ? 'application/json' : 'text/csv' };
    const { batch, bets, outcome } = valuesOf(
      await api.ask({ method: 'PUT', path, body, headers }, stop),
      BATCH,
    );
    const how = outcome === 'stored' ? 'is stored' : 'was stored before';
    await output.line(`agency ${agency}: batch ${batch} with ${counted(bets, 'bet')} ${how}`);
  },
};

function readBatch(file: string): Buffer {
  try {
    return readSmallFile(file, MAX_FILE_BYTES).bytes;
  } catch (error) {
    if (error instanceof FileTooLong) throw new OperationError(`${file}: is longer than any batch`);
    throw new OperationError(`${file}: cannot be read: ${oneLine(error)}`);
  }
}

/** `agency AGENCY` */
export const AGENCY_COMMAND: Command = {
  name: 'agency',
  usage: 'AGENCY',
  summary: 'how much is stored of an agency',
  details: '',
  argumentCount: [1, 1],
  run: async ([word], { api, output, stop }) => {
    const agency = agencyOf(word);
    const sums = valuesOf(await api.ask({ method: 'GET', path: agencyUri(agency) }, stop), AGENCY);
    await output.line(
      `agency ${agency}: ${counted(sums.bets, 'bet')} in ${counted(sums.batches, 'batch', 'batches')}; ` +
        `last batch ${sums.last_batch_id}, last bet ${sums.last_bet_id}; ${sums.finished ? 'finished' : 'selling'}`,
    );
  },
};

/** `finish AGENCY` */
export const FINISH: Command = {
  name: 'finish',
  usage: 'AGENCY',
  summary: "ends an agency's sale, for good; the last one starts the draw",
  details: 'A terminal asks before it does so.',
  argumentCount: [1, 1],
  run: async ([word], { api, output, confirm, stop }) => {
    const agency = agencyOf(word);
    if (!(await confirm(`agency ${agency} can sell nothing more then; end its sale (yes or no)? `))) {
      return output.line('nothing was done');
    }
    requireGood(await api.ask({ method: 'PUT', path: finishUri(agency) }, stop));
    await output.line(`agency ${agency}: finished`);
  },
};
