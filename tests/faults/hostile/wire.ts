/** What is put on the wire, written without the code under test. */

/** A valid bet of an agency. */
export function bet(
  agency: number,
  betId: number,
  names = 'Ana María,Pérez',
  number = betId % 7_000,
): string {
  return `${agency},${betId},${names},${10_000_000 + betId},1990-02-28,${number}`;
}

/** Bets of an agency with ids that follow each other. */
export function bets(agency: number, firstBetId: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => bet(agency, firstBetId + index));
}

/** The header of a BET. */
export function betHeader(payloadBytes: number, batchSize: number, batchId: number): string {
  return `BET${padded(payloadBytes, 8)}${padded(batchSize, 4)}${padded(batchId, 8)}`;
}

/** A whole BET with the payload as it is given, valid or not. */
export function rawBet(batchId: number, batchSize: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from(betHeader(bytes.length, batchSize, batchId)), bytes, Buffer.from('\n')]);
}

/** A whole valid BET. */
export function batch(batchId: number, list: readonly string[]): Buffer {
  return rawBet(batchId, list.length, `;${list.join(';')}`);
}

/** A FIN or an ASK, with its line feed. */
export function agencyLine(letters: 'FIN' | 'ASK', agency: number | string): string {
  return `${letters}${String(agency).padStart(20)}\n`;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
