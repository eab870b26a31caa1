/** Asks a server, after the draw, what everybody was told before. */
import { RawClient } from '../../support/raw_client';
import { agencyLine, winReply } from '../../support/wire';
import { ExpectedLottery } from './ledger_check';

/**
 * Lets an agency finish twice more, on one connection, and asks where it stands.
 *
 * @returns what is wrong, in words
 */
export async function askAgain(agency: number, port: number, expected: ExpectedLottery): Promise<string[]> {
  const win = expected.wins.get(agency) ?? '';
  const bets = String(expected.bets.get(agency)?.length ?? 0);
  const client = await RawClient.open(port);
  const findings: string[] = [];
  client.write(agencyLine('FIN', agency));
  const first = await client.readReply();
  client.write(agencyLine('ASK', agency));
  const standing = (await client.readReply()).trimEnd();
  client.write(agencyLine('FIN', agency));
  client.endWriting();
  const second = await client.readToEnd();
  client.close();
  for (const reply of [first, second]) {
    if (reply !== winReply(win)) findings.push(`agency ${agency}, asking again, was told another WIN`);
  }
  const [, lastBetId, stored] = standing.slice(12).split(',');
  if (lastBetId !== bets || stored !== bets)
    findings.push(`agency ${agency}, asking again, has ${standing.slice(12)}, and ${bets} bets`);
  return findings;
}
