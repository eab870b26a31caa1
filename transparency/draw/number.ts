/** How the winning number follows from the sealed ledger and a round of a public beacon. */
import { sha256 } from '../tree/hash';

/** How many numbers there are: 0 to 9999. */
const NUMBERS = 10_000;
/** The multiple of that below 2^32: of the words below it, each number has exactly 429,496. */
const LIMIT = Math.floor(2 ** 32 / NUMBERS) * NUMBERS;
const WORD_BYTES = 4;

/** What the number follows from. */
export interface Seed {
  /** The three lines of the sealed checkpoint, each with its line feed. */
  readonly sealedText: string;
  readonly chainHash: string;
  readonly round: number;
  /** The beacon's signature of the round. */
  readonly signature: Uint8Array;
}

/** The text whose SHA-256 the number is taken from. */
export function seedText({ sealedText, chainHash, round, signature }: Seed): string {
  return `lottery-draw/v1\n${sealedText}drand ${chainHash} ${round}\n${Buffer.from(signature).toString('hex')}\n`;
}

/**
 * The number: the first of the digest's eight words of 32 bits, big-endian, that is below 4,294,960,000, modulo 10,000.
 * When none is, the digest is hashed again.
 *
 * @param digest SHA-256 of {@link seedText}
 */
export function numberOf(digest: Uint8Array): number {
  for (let bytes: Buffer = Buffer.from(digest); ; bytes = sha256(bytes)) {
    for (let at = 0; at < bytes.length; at += WORD_BYTES) {
      const word = bytes.readUInt32BE(at);
      if (word < LIMIT) return word % NUMBERS;
    }
  }
}
