/** What is not as it should be in a folder of certificates, although it can be read. */
import { join } from 'node:path';

import { Contents } from './contents';
import { filesOf, REVOCATIONS_FILE, SERVER } from './holders';
import { allHosts, hostsIn, sameHosts } from './hosts';
import { CertificatesPlan } from './plan';

/** What the operator should see to after a plan was carried out, each in one line. */
export function problemsOf(plan: CertificatesPlan, contents: Contents): string[] {
  const open = contents.openKeys.map((file) => `${file} can be read by others: chmod 600`);
  return [...open, ...problemOfList(plan, contents), ...problemOfHosts(plan, contents)];
}

function problemOfList({ out }: CertificatesPlan, { revocations, setAside }: Contents): string[] {
  const listed = new Set(revocations?.entries.map(({ serialNumber }) => serialNumber));
  const isLacking = setAside.some(({ isRevoked, serialNumber }) => isRevoked && !listed.has(serialNumber));
  if (revocations !== undefined && !isLacking) return [];
  const state = revocations === undefined ? 'is missing' : 'lacks certificates that were revoked here';
  return [`${join(out, REVOCATIONS_FILE)} ${state}: with a number of agencies it is made anew`];
}

function problemOfHosts({ out, hosts }: CertificatesPlan, { holders }: Contents): string[] {
  const server = holders.get(SERVER);
  if (server === undefined || hosts === undefined) return [];
  const [has, wanted] = [hostsIn(server.certificate), allHosts(hosts)];
  if (sameHosts(has, wanted)) return [];
  return [
    `${join(out, filesOf(SERVER).certificate)} is for ${has.join(', ')}, and not for ${wanted.join(', ')}: ` +
      'the same command with --renew server makes one that is',
  ];
}
