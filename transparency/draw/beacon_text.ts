/** The forms in which chains and rounds of a beacon are written: lines of a policy, and the JSON of drand's relays. */
import { Beacon, BeaconChain, chainHashOf, PUBLIC_KEY_BYTES, QUICKNET, SIGNATURE_BYTES } from './beacon';

/** What a line of a policy that names a chain looks like. */
export const BEACON_LINE_FORM =
  'beacon NAME PUBLICKEYHEX PERIOD_SECONDS GENESIS_SECONDS GROUPHASHHEX BEACONID';
/** More than a relay gives. */
export const MAX_BEACON_CHARACTERS = 4_096;

const MAX_PERIOD_SECONDS = 2 ** 31;
/** As the verifier has it. */
const MAX_GENESIS_SECONDS = 2 ** 40;
const HASH_BYTES = 32;

/** A text that is not of its form; the message says what is. */
export class BeaconTextError extends Error {}

/**
 * The chains that a policy names (C2SP tlog-policy, with lines `beacon`), by their names, and quicknet.
 *
 * @throws BeaconTextError naming the line that is wrong; what the other lines say is not looked at
 */
export function chainsIn(policy: string): ReadonlyMap<string, BeaconChain> {
  const chains = new Map([[QUICKNET.name, QUICKNET]]);
  for (const [index, line] of policy.split('\n').entries()) {
    const [kind, ...words] = line.split(/[ \t]+/).filter((word) => word !== '');
    if (kind !== 'beacon') continue;
    const chain = chainOf(words);
    if (chain === undefined) throw new BeaconTextError(`line ${index + 1}: allowed is: ${BEACON_LINE_FORM}`);
    const known = chains.get(chain.name);
    if (known !== undefined && chainHashOf(known) !== chainHashOf(chain)) {
      throw new BeaconTextError(`line ${index + 1}: the name ${chain.name} is that of another chain`);
    }
    chains.set(chain.name, chain);
  }
  return chains;
}

/**
 * A round as drand's relays give it: JSON with `round` and `signature`; whatever else is there is not looked at.
 *
 * @throws BeaconTextError
 */
export function parseBeacon(text: string): Beacon {
  const { round, signature } = fieldsOf(text);
  if (typeof round !== 'number' || !Number.isSafeInteger(round) || round < 1) {
    throw new BeaconTextError('"round" is no number of a round');
  }
  const bytes = fromHex(signature, SIGNATURE_BYTES);
  if (bytes === undefined) {
    throw new BeaconTextError(`"signature" is not ${2 * SIGNATURE_BYTES} hexadecimal digits`);
  }
  return { round, signature: bytes };
}

/** The same, written. */
export function beaconText({ round, signature }: Beacon): string {
  return `${JSON.stringify({ round, signature: signature.toString('hex') })}\n`;
}

function fieldsOf(text: string): { readonly round?: unknown; readonly signature?: unknown } {
  if (text.length > MAX_BEACON_CHARACTERS) throw new BeaconTextError('it is too long');
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // It is told below.
  }
  throw new BeaconTextError('it is no JSON object with "round" and "signature"');
}

/**
 * The chain that a line of a policy names. What it takes is what the verifier takes: hexadecimal digits are in lower case.
 *
 * @param words those behind `beacon`
 * @returns `undefined` unless they are of {@link BEACON_LINE_FORM}
 */
export function chainOf(words: readonly string[]): BeaconChain | undefined {
  const [name, keyWord, periodWord, genesisWord, groupWord, beaconId, ...more] = words;
  if (name === undefined || beaconId === undefined || more.length > 0) return undefined;
  const publicKey = fromLowerHex(keyWord, PUBLIC_KEY_BYTES);
  const groupHash = fromLowerHex(groupWord, HASH_BYTES);
  const periodSeconds = fromDecimal(periodWord, 1, MAX_PERIOD_SECONDS);
  const genesisSeconds = fromDecimal(genesisWord, 0, MAX_GENESIS_SECONDS);
  if (publicKey === undefined || groupHash === undefined) return undefined;
  if (periodSeconds === undefined || genesisSeconds === undefined) return undefined;
  return { name, publicKey, periodSeconds, genesisSeconds, groupHash, beaconId };
}

function fromDecimal(word: string | undefined, minimum: number, maximum: number): number | undefined {
  const value = /^(0|[1-9][0-9]{0,14})$/.test(word ?? '') ? Number(word) : -1;
  return value >= minimum && value <= maximum ? value : undefined;
}

function fromHex(word: unknown, bytes: number): Buffer | undefined {
  if (typeof word !== 'string' || !/^[0-9a-fA-F]*$/.test(word) || word.length !== 2 * bytes) return undefined;
  return Buffer.from(word, 'hex');
}

function fromLowerHex(word: string | undefined, bytes: number): Buffer | undefined {
  return word === word?.toLowerCase() ? fromHex(word, bytes) : undefined;
}
