/** What the tool for certificates tells people. */
import { AUTHORITY, inOrder, told } from './holders';
import { CertificatesReport } from './plan';
import { standingsTable } from './standing';

/** What was done, and how long everything is good. It ends with a line feed. */
export function reportText(report: CertificatesReport, now: Date): string {
  const { made, renewed, replaced, revoked, isCutShort, standings } = report;
  const lines: string[] = [];
  if (made.length > 0) lines.push(`made: ${told(inOrder(made))}`);
  if (renewed.length > 0) lines.push(`renewed: ${told(inOrder(renewed))}`);
  if (renewed.includes(AUTHORITY)) {
    lines.push(
      '  ca: with the key that it had, so what it has signed stays good; give ca.pem to everybody again',
    );
  }
  if (replaced.length > 0) {
    const old =
      replaced.length === 1
        ? 'certificate is good until it expires'
        : 'certificates are good until they expire';
    const numbers = replaced.map(({ serialNumber }) => serialNumber).join(',');
    lines.push(`  the old ${old}; where the key may be in other hands: --revoke ${numbers}`);
  }
  for (const { name, serialNumber } of revoked) lines.push(`revoked: ${name}, serial number ${serialNumber}`);
  if (isCutShort) lines.push('what was made expires with the authority: --renew ca, then --renew them');
  if (lines.length > 0) lines.push('');
  return lines.map((line) => `${line}\n`).join('') + standingsTable(standings, now);
}

/** Whether somebody has to see to something. */
export function isAmiss({ problems, standings }: CertificatesReport): boolean {
  return problems.length > 0 || standings.some(({ state }) => state === 'expired' || state === 'revoked');
}
