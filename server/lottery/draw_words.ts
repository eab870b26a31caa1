/** What is said of a draw, in the log and to agencies. */
import { ProtocolError } from '../../protocol/error_codes';
import { countDocuments, Draw, DrawTerms } from '../ledger/draw';

/** So many agencies are named in a message; the others are counted. */
const MAX_NAMED_AGENCIES = 20;

/** The agencies that are missing, as a detail of a log line; nothing where none is. */
export function missingDetail({ missingAgencies }: DrawTerms): { missing?: string } {
  return missingAgencies.length === 0 ? {} : { missing: nameAgencies(missingAgencies) };
}

/** `3, 5 and 7 more`. */
export function nameAgencies(agencies: readonly number[]): string {
  const named = agencies.slice(0, MAX_NAMED_AGENCIES).join(', ');
  const more = agencies.length - MAX_NAMED_AGENCIES;
  return more > 0 ? `${named} and ${more} more` : named;
}

/** How many bets have won in all. */
export function countWinners({ winners }: Pick<Draw, 'winners'>): number {
  return [...winners.values()].reduce((sum, documents) => sum + countDocuments(documents), 0);
}

/**
 * The documents of an agency's winners, joined with `,`.
 *
 * @throws ProtocolError `closed` when the draw was called off
 */
export function winnersIn({ winners, isCalledOff, missingAgencies }: Draw, agency: number): string {
  if (!isCalledOff) return winners.get(agency) ?? '';
  const missing = missingAgencies.length === 0 ? '' : `, agencies missing: ${nameAgencies(missingAgencies)}`;
  throw new ProtocolError('closed', `the draw was called off${missing}`);
}
