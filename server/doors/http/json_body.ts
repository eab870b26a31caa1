/** The body of an answer in JSON: one line, so that it ends with a line feed. */
export function jsonBody(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
