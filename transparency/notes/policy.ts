/** Policies: which log is meant, and who must have cosigned it. C2SP tlog-policy, and lines `beacon` of our own. */
import { isUtf8 } from 'node:buffer';

import { BEACON_LINE_FORM, chainOf } from '../draw/beacon_text';
import { decodeBase64, parseCount, quoted } from './encoding';
import { keyIdOf, PUBLIC_KEY_BYTES, SIGNATURE_TYPE, SignatureType } from './verifier_key';

/** How many bytes a policy may have, and how many lines; what follows the last line feed is a line too. */
export const MAX_POLICY_BYTES = 262_144;
export const MAX_POLICY_LINES = 1_000;

/** The name of the quorum that asks for no witness. */
export const NO_QUORUM = 'none';

/** What a policy is not allowed to say. Its message is one line: where it stands, what is wrong, what is allowed. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** A key that a policy names. */
export interface PolicyKey {
  /** Of the key; a policy calls its witness by another name. */
  readonly name: string;
  /** The key as it stands there, which is its only form. */
  readonly verifierKey: string;
  /** 32 bytes, in standard base64. */
  readonly publicKey: string;
}

/** What a policy says. */
export interface Policy {
  /** The keys of the log, at least one: all of one name. */
  readonly logs: readonly PolicyKey[];
  readonly witnesses: readonly PolicyKey[];
  /** The witness or the group that must have cosigned, or {@link NO_QUORUM}. */
  readonly quorum: string;
}

/** Text that is no control character, but for tabs; a carriage return is one. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CLEAN_LINE = /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/;

const FORMS: Readonly<Record<string, string>> = {
  log: 'log VERIFIER_KEY [URL]',
  witness: 'witness NAME VERIFIER_KEY [URL]',
  group: 'group NAME any|all|COUNT MEMBER...',
  quorum: 'quorum NAME, or quorum none',
  beacon: BEACON_LINE_FORM,
};

/**
 * Reads a policy. It takes what the verifier takes (`verifier/verify.mjs`), and refuses what that refuses.
 *
 * @throws PolicyError
 */
export function parsePolicy(bytes: Uint8Array): Policy {
  const reader = new PolicyReader();
  for (const [index, line] of linesOf(bytes).entries()) {
    const [kind = '#', ...words] = line.split(/[\t ]/).filter((word) => word !== '');
    if (kind.startsWith('#')) continue;
    try {
      reader.take(kind, words);
    } catch (error) {
      throw error instanceof PolicyError ? atLine(index, error.message) : error;
    }
  }
  return reader.policy();
}

function linesOf(bytes: Uint8Array): string[] {
  if (bytes.length > MAX_POLICY_BYTES) {
    throw new PolicyError(`it has ${bytes.length} bytes; allowed are ${MAX_POLICY_BYTES}`);
  }
  const raw = Buffer.from(bytes).toString('latin1').split('\n');
  if (raw.length > MAX_POLICY_LINES) {
    throw atLine(
      MAX_POLICY_LINES,
      `it is one too many; allowed are ${MAX_POLICY_LINES}, an empty last one included`,
    );
  }
  return raw.map((latin, index) => {
    const encoded = Buffer.from(latin, 'latin1');
    if (!isUtf8(encoded)) throw atLine(index, 'it is not UTF-8; allowed is UTF-8 text');
    const line = encoded.toString('utf8');
    if (CLEAN_LINE.test(line)) return line;
    const what = line.includes('\r') ? 'a carriage return' : 'a control character';
    throw atLine(index, `it has ${what}; allowed are tabs, and a line feed alone at the end of a line`);
  });
}

const atLine = (index: number, what: string): PolicyError => new PolicyError(`line ${index + 1}: ${what}`);

/** Takes a policy line by line. What a line names must stand above it. */
class PolicyReader {
  readonly #logs: PolicyKey[] = [];
  readonly #witnesses: PolicyKey[] = [];
  /** Of witnesses and groups. */
  readonly #names = new Set<string>();
  readonly #grouped = new Set<string>();
  #quorum: string | undefined;

  /** @param words those behind the first of the line */
  take(kind: string, words: readonly string[]): void {
    if (kind === 'log') this.#takeLog(words);
    else if (kind === 'witness') this.#takeWitness(words);
    else if (kind === 'group') this.#takeGroup(words);
    else if (kind === 'quorum') this.#takeQuorum(words);
    else if (kind !== 'beacon') {
      throw new PolicyError(`${quoted(kind)} is wrong; allowed are ${Object.keys(FORMS).join(', ')}`);
    } else if (chainOf(words) === undefined) throw formError(kind);
  }

  /** What was taken. @throws PolicyError where a line is missing */
  policy(): Policy {
    const [logs, witnesses, quorum] = [this.#logs, this.#witnesses, this.#quorum];
    if (logs.length === 0) throw new PolicyError(`it names no log; allowed is a line ${FORMS['log']}`);
    if (quorum === undefined) {
      throw new PolicyError(
        'it has no line "quorum"; allowed is one, "quorum none" where there is no witness',
      );
    }
    return { logs, witnesses, quorum };
  }

  #takeLog([vkey, , ...more]: readonly string[]): void {
    if (vkey === undefined || more.length > 0) throw formError('log');
    const key = readKey(vkey, SIGNATURE_TYPE.ed25519);
    this.#requireNewKey(key);
    if (this.#logs.some(({ name }) => name !== key.name)) {
      throw new PolicyError('it names a second log; allowed is one, also with several keys');
    }
    this.#logs.push(key);
  }

  #takeWitness([name, vkey, , ...more]: readonly string[]): void {
    if (name === undefined || vkey === undefined || more.length > 0) throw formError('witness');
    const key = readKey(vkey, SIGNATURE_TYPE.cosignature);
    this.#requireNewKey(key);
    this.#addName(name);
    this.#witnesses.push(key);
  }

  #takeGroup([name, threshold, ...members]: readonly string[]): void {
    if (name === undefined || threshold === undefined || members.length === 0) throw formError('group');
    if (!isThreshold(threshold, members.length)) {
      throw new PolicyError(`${quoted(threshold)} is wrong; allowed is any, all, or 1 to ${members.length}`);
    }
    for (const member of members) {
      this.#requireName(member);
      if (this.#grouped.has(member)) {
        throw new PolicyError(`${quoted(member)} is in a group already; allowed is one group for each`);
      }
      this.#grouped.add(member);
    }
    this.#addName(name);
  }

  #takeQuorum([name, ...more]: readonly string[]): void {
    if (name === undefined || more.length > 0) throw formError('quorum');
    if (this.#quorum !== undefined) throw new PolicyError('it is a second line "quorum"; allowed is one');
    if (name !== NO_QUORUM) this.#requireName(name);
    this.#quorum = name;
  }

  #requireName(name: string): void {
    if (this.#names.has(name)) return;
    throw new PolicyError(`${quoted(name)} is not defined above; allowed are witnesses and groups that are`);
  }

  #addName(name: string): void {
    if (name === NO_QUORUM || this.#names.has(name)) {
      throw new PolicyError(`the name ${quoted(name)} is taken; allowed is another`);
    }
    this.#names.add(name);
  }

  /** A log that is its own witness would be none, and a witness under two names would count twice. */
  #requireNewKey({ publicKey }: PolicyKey): void {
    if (![...this.#logs, ...this.#witnesses].some((key) => key.publicKey === publicKey)) return;
    throw new PolicyError('its public key stands above already; allowed is another for each line');
  }
}

const formError = (kind: string): PolicyError => new PolicyError(`allowed is: ${FORMS[kind]}`);

function isThreshold(word: string, members: number): boolean {
  const count = parseCount(word) ?? 0;
  return word === 'any' || word === 'all' || (count >= 1 && count <= members);
}

/** The name may be any that the verifier takes, also one that no signature of ours could have. */
function readKey(vkey: string, type: SignatureType): PolicyKey {
  const [name = '', id = '', ...rest] = vkey.split('+');
  const material = decodeBase64(rest.join('+'));
  if (name === '' || /\s/.test(name) || !/^[0-9a-f]{8}$/.test(id) || material === undefined) {
    throw new PolicyError('the key is malformed; allowed is NAME+ID+KEY as npm run trust-key prints it');
  }
  if (material[0] !== type || material.length !== 1 + PUBLIC_KEY_BYTES) {
    const allowed = type === SIGNATURE_TYPE.ed25519 ? '1, that of a log' : '4, that of a witness';
    throw new PolicyError(
      `the key of ${quoted(name)} is of another type; allowed is an Ed25519 key of type ${allowed}`,
    );
  }
  if (keyIdOf(name, material) !== Number.parseInt(id, 16)) {
    throw new PolicyError(
      `the key of ${quoted(name)} is mistyped; allowed is one whose id is that of its name and key`,
    );
  }
  return { name, verifierKey: vkey, publicKey: material.subarray(1).toString('base64') };
}
