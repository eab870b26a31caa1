/** What is put on the wire, written without the code under test; text is UTF-8. */

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

/** A BET with the bets as one text, without the leading `;`. */
export function batchOfText(batchId: number, text: string): Buffer {
  return batch(batchId, text.split(';'));
}

/** A CHK or an RCP, with its line feed. */
export function batchLine(letters: 'CHK' | 'RCP', agency: number, batchId: number): string {
  return `${letters}${padded(batchId, 8)}${String(agency).padStart(12)}\n`;
}

/** A FIN or an ASK, with its line feed. */
export function agencyLine(letters: 'FIN' | 'ASK', agency: bigint | number | string): string {
  return `${letters}${String(agency).padStart(20)}\n`;
}

/** The WIN that an agency with these documents, separated by commas, is told. */
export function winReply(documents: string): string {
  return `WIN,${padded(documents.length, 8)}${documents}`;
}

/** A number as headers have it, with zeros in front. */
export function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
