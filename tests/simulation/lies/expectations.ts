import type { AskingAgency } from './asking_agency';
import { BELIEVED } from './asking_agency';
import { BY_OLD_RECEIPTS, HONEST, Telling, Verdicts } from './telling';
import { VERIFIED } from './verifier';

/** What the checks of a run have said. */
export interface Found extends Pick<Verdicts, 'control' | 'comparison' | 'published'> {
  /** What each agency said of the receipt of its FIN. */
  readonly sessions: ReadonlyMap<number, string>;
  /** What the verifier said with the bets and receipts of each agency that has finished. */
  readonly byAgency: ReadonlyMap<number, string>;
}

/** What an agency that is not the victim may say of a tree that was changed since it had a receipt. */
const OTHER_PLACE =
  /^(its leaf is not in the order of the batches|the log has signed two trees of \d+ leaves)$/;

/**
 * Holds what the checks have said against what they must say.
 *
 * @param changedFrom the first leaf that is not what was shown; Infinity where there is none
 * @throws Error that names the check, what it said and what it must say
 */
export function requireExpected(
  { sessions, control, comparison, published, byAgency }: Found,
  telling: Telling | undefined,
  changedFrom: number,
  agencies: readonly AskingAgency[],
): void {
  const expected = { ...HONEST, ...telling?.expected };
  const resolve = (wanted: string | RegExp, { largestSize }: AskingAgency): string | RegExp => {
    if (wanted !== BY_OLD_RECEIPTS) return wanted;
    return largestSize > changedFrom ? 'receipts' : VERIFIED;
  };
  requireSaid('the control', control, expected.control);
  requireSaid('the comparison of checkpoints', comparison, expected.comparison);
  requireSaid('the verifier, of what is published', published, expected.published);
  for (const agency of agencies) {
    const isVictim = agency.agency === telling?.victim;
    const name = `agency ${agency.agency}${isVictim ? ', the victim' : ''}`;
    const session = sessions.get(agency.agency);
    const verdict = byAgency.get(agency.agency);
    if (session === undefined || verdict === undefined) continue;
    const isMoved = !isVictim && changedFrom < Infinity && OTHER_PLACE.test(session);
    if (!isMoved) requireSaid(`${name}, in its session`, session, isVictim ? expected.session : BELIEVED);
    requireSaid(
      `the verifier, with what ${name}, has`,
      verdict,
      resolve(isVictim ? expected.victim : expected.others, agency),
    );
  }
}

function requireSaid(who: string, says: string, wanted: string | RegExp): void {
  const isRight = typeof wanted === 'string' ? says === wanted : wanted.test(says);
  if (!isRight) throw new Error(`${who} says "${says}", and must say "${String(wanted)}"`);
}
