/** Makes, renews and revokes the certificates of a lottery in a folder. */
import { ConfigurationError } from '../../program/exit';
import { Changes } from './changes';
import { readContents } from './contents';
import { CertificateFolder } from './folder';
import { CertificatesPlan, CertificatesReport } from './plan';
import { problemsOf } from './problems';
import { standingsOf } from './standing';

/**
 * Carries out a plan, in this order: the authority, revocations, renewals, what is missing, the revocation list. What is
 * there and not named stays as it is. Killed at any moment, it leaves every file as it was or as it should be; the same
 * plan again does the rest, or says what to do.
 *
 * @param stop ends it between two certificates when it is aborted
 * @throws ConfigurationError for a folder whose files do not belong together, before anything is changed, and for a plan
 *   that does not fit what is there; OperationError when a file cannot be written; an AbortError
 */
export async function makeCertificates(
  plan: CertificatesPlan,
  stop?: AbortSignal,
): Promise<CertificatesReport> {
  if (plan.agencies !== undefined) CertificateFolder.make(plan.out);
  const { renew = [], revoke = [], now = new Date() } = plan;
  const before = await readContents(plan.out, new Set([...(renew === 'due' ? [] : renew), ...revoke]));
  if (before.authority === undefined && plan.agencies === undefined) {
    throw new ConfigurationError(
      `${plan.out} holds no certificates; with a number of agencies they are made`,
    );
  }
  const changes = new Changes(plan, now, before, stop);
  await changes.make();
  const contents = await readContents(plan.out, new Set());
  return {
    made: changes.made,
    renewed: changes.renewed,
    replaced: changes.replaced,
    revoked: changes.revoked,
    isCutShort: changes.isCutShort,
    standings: standingsOf(contents, now),
    problems: problemsOf(plan, contents),
  };
}
