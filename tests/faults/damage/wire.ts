/** The protocol's messages, written by hand: what the tests send shares no code with what they test. */

/** The BET of the batch with this id, out of an agency's texts. */
export function betMessage(texts: readonly string[], batchId: number): Buffer {
  const text = texts[batchId - 1] ?? '';
  const payload = Buffer.from(`;${text}`);
  const header = `BET${padded(payload.length, 8)}${padded(text.split(';').length, 4)}${padded(batchId, 8)}`;
  return Buffer.concat([Buffer.from(header), payload, Buffer.from('\n')]);
}

export function finMessage(agency: number): Buffer {
  return Buffer.from(`FIN${String(agency).padStart(20)}\n`);
}

export function askMessage(agency: number): Buffer {
  return Buffer.from(`ASK${String(agency).padStart(20)}\n`);
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
