/** A proof, a tile or a receipt that is not what it claims to be. Its message is one line that says what is wrong. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
}
