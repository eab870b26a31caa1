/** The certificates of a lottery in containers: made where they are missing, and readable to the containers. */
import { createRequire } from 'node:module';

import { inOrder, runsOf, runTitle, told } from '../certificates/holders';
import type { CertificatesReport } from '../certificates/plan';
import { dayOf, Standing } from '../certificates/standing';
import { giveKeys, requireOwn } from './key_owner';
import { authorityKeyPath, keyPaths } from './tls';

/**
 * Makes the certificates that are missing in a folder, and sees to it that the containers can read their keys. What is
 * there stays as it is.
 *
 * @param folder where they are; it is made if need be
 * @param clients how many agencies there are
 * @throws ConfigurationError when files of another user are there, or such as do not belong together; OperationError
 *   when one cannot be written
 */
export async function prepareCertificates(folder: string, clients: number): Promise<CertificatesReport> {
  const user = process.getuid?.();
  const keys = keyPaths(folder, clients);
  requireOwn(folder, [authorityKeyPath(folder), ...keys], user);
  const report = await load().makeCertificates({ out: folder, agencies: clients });
  giveKeys(keys, user);
  return report;
}

/** The library of certificates is loaded only where they are wanted. Under ts-node, `import` does not find it. */
function load(): typeof import('../certificates/make') {
  return createRequire(__filename)('../certificates/make') as typeof import('../certificates/make');
}

/** What was made, in one line; nothing where all was there. */
export function madeText(folder: string, { made }: CertificatesReport): string | undefined {
  return made.length === 0 ? undefined : `${folder}: made: ${told(inOrder(made))}`;
}

/** What the operator should see to, each in one line. */
export function troubles(folder: string, { standings, problems }: CertificatesReport): string[] {
  const byName = new Map(standings.map((standing) => [standing.name, standing]));
  const alike = (name: string): string => troubleOf(folder, byName.get(name)!);
  const runs = runsOf([...byName.keys()], alike).filter(([name = '']) => alike(name) !== '');
  return [...runs.map((run) => `${folder}: ${runTitle(run)} ${alike(run[0]!)}`), ...problems];
}

function troubleOf(folder: string, { name, until, state }: Standing): string {
  const tool = (option: string): string => `\`npm run certificates -- ${option} --out ${folder}\``;
  if (state === 'soon') return `expires on ${dayOf(until)}: ${tool('--renew')}`;
  if (state === 'expired') return `expired on ${dayOf(until)}: ${tool('--renew')}`;
  return state === 'revoked' ? `is revoked: ${tool(`--revoke ${name}`)}, then run this again` : '';
}
