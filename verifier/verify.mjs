/**
 * Verifies a draw of the lottery from what was published of it, against a policy that its user brings.
 *
 *   node verifier/verify.mjs --help
 *
 * This is one file on purpose: an auditor can read it from top to bottom, and it shares no code with the server whose
 * work it judges. It imports Node's own modules, and `@noble/curves` only where the signature of a drand beacon is to be
 * checked. Nothing in the bundle is believed: every key comes from the policy, everything else is computed again.
 *
 * Formats: signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles, tlog-proof and tlog-policy of https://c2sp.org;
 * Merkle trees of RFC 6962 (2.1); Ed25519 of RFC 8032; drand's scheme bls-unchained-g1-rfc9380.
 *
 * In this order: limits, mistakes, bytes, files, notes, policy, tree, receipts, entries, rows of bets, beacon and number;
 * then the checks, as they are printed; then evidence of a fork, and the command line.
 */
import { Buffer, isUtf8 } from 'node:buffer';
import { createHash, createHmac, createPublicKey, verify as verifySignature } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TextDecoder } from 'node:util';

// ------------------------------------------------------------------------------------------------------------ limits

const MAX_ENTRIES = 4_194_304;
const MAX_FILES = 1_000_000;
const MAX_NOTE_BYTES = 262_144;
const MAX_SIGNATURES = 64;
const MAX_POLICY_BYTES = 262_144;
const MAX_POLICY_LINES = 1_000;
const MAX_RECEIPT_BYTES = MAX_NOTE_BYTES;
const MAX_RECEIPTS = 100_000;
const MAX_ENTRY_BYTES = 65_535;
const MAX_TABLE_BYTES = 134_217_728;
const MAX_ROWS_BYTES = 1_073_741_824;
const MAX_AGENCIES = 1_000_000;
const MAX_BATCH_BETS = 9_999;
const MAX_BATCH_ID = 99_999_999;
const MAX_ROUND = 2 ** 48;
const MAX_SECONDS = 2 ** 40;
const CHUNK_BYTES = 65_536;

const HASH_BYTES = 32;
const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;

// ---------------------------------------------------------------------------------------------------------- mistakes

/** The program was called wrongly, or a file that its user named cannot be used: exit code 2. */
class UsageError extends Error {}

/** A check does not hold: exit code 1. `check` names it where it is not the one that is running. */
class Failure extends Error {
  constructor(reason, check) {
    super(reason);
    this.check = check;
  }
}

/** Throws a {@link Failure} unless a condition holds. */
function must(condition, reason, check) {
  if (!condition) throw new Failure(typeof reason === 'function' ? reason() : reason, check);
}

/** Whatever was thrown, in one line of printable text. */
function oneLine(error) {
  return printable(error instanceof Error ? error.message : String(error));
}

/** Text of others as it can be printed: on one line, of bounded length, without control characters. */
function printable(text) {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]+/g, ' ').slice(0, 300);
}

// ------------------------------------------------------------------------------------------------------------- bytes

/** SHA-256 of parts, one after the other. */
function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** The bytes of standard base64 in its one canonical form; `undefined` for anything else, or another length. */
function fromBase64(text, length) {
  const bytes = Buffer.from(text, 'base64');
  const isCanonical = bytes.toString('base64') === text;
  return isCanonical && (length === undefined || bytes.length === length) ? bytes : undefined;
}

/** The bytes of lower-case hexadecimal digits; `undefined` for anything else, or another length. */
function fromHex(text, length) {
  return /^([0-9a-f]{2})*$/.test(text) && text.length === 2 * length ? Buffer.from(text, 'hex') : undefined;
}

/** A decimal number without sign or leading zeros, from `least` to `most`; `undefined` for anything else. */
function fromDecimal(text, least, most) {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** The text of UTF-8 bytes; `undefined` where they are none. */
const textOf = (bytes) => (isUtf8(bytes) ? bytes.toString('utf8') : undefined);

const shortHex = (bytes) => `${bytes.toString('hex').slice(0, 8)}…`;
const timeText = (seconds) =>
  new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

// ------------------------------------------------------------------------------------------------------------- files

/** Reads a file that the user has named: a regular one, so that no pipe is waited for and no device read without end. */
function readNamed(path, maxBytes) {
  let descriptor;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error('it is not a regular file');
    return readAll(descriptor, stats.size, maxBytes);
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${oneLine(error)}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** What a file holds, also where its size is not what it says, as in /proc. */
function readAll(descriptor, size, maxBytes) {
  const chunks = [];
  for (let total = 0; total <= maxBytes;) {
    const chunk = Buffer.allocUnsafe(Math.min(Math.max(size - total, CHUNK_BYTES), maxBytes + 1 - total));
    const count = readSync(descriptor, chunk);
    if (count === 0) return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  throw new Error(`it is longer than ${maxBytes} bytes`);
}

/**
 * A folder, from which files are read by their path in it.
 *
 * @param {string} folder
 * @returns {{ read(path: string, maxBytes: number): Buffer | undefined, list(): string[] }} `read` gives `undefined` for a
 *   file that is not there
 */
function folderOf(folder) {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`${folder}: is not a folder that can be read`);
  }
  return {
    read: (path, maxBytes) =>
      statSync(join(folder, path), { throwIfNoEntry: false })?.isFile()
        ? readNamed(join(folder, path), maxBytes)
        : undefined,
    list: () => listFiles(folder),
  };
}

function listFiles(folder) {
  const found = [];
  const waiting = [''];
  while (waiting.length > 0) {
    const under = waiting.pop();
    let names;
    try {
      names = readdirSync(join(folder, under), { withFileTypes: true });
    } catch (error) {
      throw new UsageError(`${join(folder, under)}: cannot be read: ${oneLine(error)}`);
    }
    for (const name of names) {
      const path = under === '' ? name.name : `${under}/${name.name}`;
      if (name.isDirectory()) waiting.push(path);
      else found.push(path);
      if (found.length + waiting.length > MAX_FILES)
        throw new UsageError(`${folder}: has over ${MAX_FILES} files`);
    }
  }
  return found.sort();
}

function readPublished(folder, path, maxBytes) {
  const bytes = folder.read(path, maxBytes);
  must(bytes !== undefined, `${path} is missing`);
  return bytes;
}

// ------------------------------------------------------------------------------------------------------------- notes

const ED25519 = 0x01;
const COSIGNATURE = 0x04;
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Reads a verifier key, `name+hex+base64` (C2SP signed-note).
 *
 * @param {string} text
 * @param {number} type the type that it must have
 */
function parseVerifierKey(text, type) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text) ?? [];
  if (name === undefined) throw new UsageError('a key is not of the form name+hex+base64');
  const bytes = fromBase64(encoded, 33);
  if (bytes?.[0] !== type) {
    throw new UsageError(`the key of ${name} is not an Ed25519 key of type 0x0${type}, which is needed here`);
  }
  const keyId = sha256(`${name}\n`, bytes).subarray(0, 4);
  if (keyId.toString('hex') !== id) throw new UsageError(`the key of ${name} has another id than ${id}`);
  const key = createPublicKey({
    key: Buffer.concat([ED25519_SPKI, bytes.subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  return { name, id, type, raw: bytes.subarray(1).toString('hex'), key };
}

/** Whether a signature of a key over a note's text is right; of a cosignature, also its time. */
function checkSignature(key, text, signature) {
  if (key.type === ED25519) return { isRight: isSigned(key, text, signature) };
  if (signature.length !== 8 + 64) return { isRight: false };
  const time = signature.readBigUInt64BE(0);
  const isRight = isSigned(key, `cosignature/v1\ntime ${time}\n${text}`, signature.subarray(8));
  return { isRight: isRight && time <= BigInt(MAX_SECONDS), timeSeconds: Number(time) };
}

function isSigned(key, text, signature) {
  if (signature.length !== 64) return false;
  return verifySignature(null, Buffer.from(text), key.key, signature);
}

/** Cuts a signed note (C2SP signed-note) into its text and its signatures; nothing is verified here. */
function splitNote(bytes) {
  must(bytes.length <= MAX_NOTE_BYTES, `is longer than ${MAX_NOTE_BYTES} bytes`);
  const whole = textOf(bytes);
  // eslint-disable-next-line no-control-regex
  must(whole !== undefined && !/[\u0000-\u0009\u000b-\u001f]/.test(whole), 'is not clean UTF-8 text');
  const border = whole.lastIndexOf('\n\n');
  must(border > 0 && whole.endsWith('\n'), 'is not a signed note');
  const lines = whole.slice(border + 2, -1).split('\n');
  must(lines.length <= MAX_SIGNATURES, `has more than ${MAX_SIGNATURES} signatures`);
  const signatures = lines.map((line) => {
    const [, name, encoded] = /^— ([^+\s]+) (\S+)$/u.exec(line) ?? [];
    const signature = encoded === undefined ? undefined : fromBase64(encoded);
    must(signature !== undefined && signature.length > 4, 'has a signature line of a wrong form');
    return { name, id: signature.subarray(0, 4).toString('hex'), signature: signature.subarray(4) };
  });
  return { text: whole.slice(0, border + 1), signatures };
}

/**
 * Opens a signed note. A signature of a known key that is wrong refuses the whole note; those of unknown keys are counted.
 *
 * @returns {{ text: string, by: { key: object, timeSeconds?: number }[], unknown: number }}
 */
function openNote(bytes, keys) {
  const { text, signatures } = splitNote(bytes);
  const by = [];
  for (const { name, id, signature } of signatures) {
    const key = keys.find((known) => known.name === name && known.id === id);
    if (key === undefined) continue;
    const { isRight, timeSeconds } = checkSignature(key, text, signature);
    must(isRight, `the signature of ${name} is wrong`);
    by.push({ key, timeSeconds });
  }
  return { text, by, unknown: signatures.length - by.length };
}

/** The three lines of a checkpoint (C2SP tlog-checkpoint); extension lines are refused, as this log writes none. */
function parseCheckpoint(text) {
  const lines = text.split('\n');
  must(lines.length === 4 && lines[3] === '', 'is not a checkpoint of three lines');
  const size = fromDecimal(lines[1], 0, Number.MAX_SAFE_INTEGER);
  const root = fromBase64(lines[2], HASH_BYTES);
  must(lines[0] !== '' && size !== undefined && root !== undefined, 'is not a checkpoint');
  return { origin: lines[0], size, root, text };
}

/** Opens a checkpoint that the log must have signed. */
function openCheckpoint(bytes, policy, alsoKnown = []) {
  const note = openNote(bytes, [...policy.logs, ...alsoKnown]);
  const isOfLog = note.by.some(({ key }) => policy.logs.includes(key));
  must(isOfLog, `is not signed by ${policy.origin} with a key of the policy`);
  const checkpoint = parseCheckpoint(note.text);
  must(checkpoint.origin === policy.origin, 'is a checkpoint of another log than the policy names');
  return { ...checkpoint, ...note };
}

/** Names the file in the reason of a failure. */
function inFile(path, work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof Failure ? new Failure(`${path}: ${error.message}`, error.check) : error;
  }
}

// ------------------------------------------------------------------------------------------------------------ policy

const QUICKNET = {
  name: 'quicknet',
  publicKey:
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc2' +
    '2b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  periodSeconds: 3,
  genesisSeconds: 1_692_803_367,
  groupHash: 'f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e',
  beaconId: 'quicknet',
};

/** The hash that names a drand chain: it pins key, period and genesis together. */
function chainHashOf({ publicKey, periodSeconds, genesisSeconds, groupHash, beaconId }) {
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32BE(periodSeconds, 0);
  numbers.writeBigInt64BE(BigInt(genesisSeconds), 4);
  const id = beaconId === 'default' ? '' : beaconId;
  return sha256(numbers, Buffer.from(publicKey, 'hex'), Buffer.from(groupHash, 'hex'), id).toString('hex');
}

/**
 * Reads a policy (C2SP tlog-policy, and our lines `beacon`). It must name one log; names are UTF-8 here.
 *
 * @param {Buffer} bytes
 * @throws UsageError with the line that is wrong
 */
function parsePolicy(bytes) {
  const text = textOf(bytes);
  // eslint-disable-next-line no-control-regex
  if (text === undefined || /[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) {
    throw new UsageError('it is not UTF-8 text with line feeds');
  }
  const policy = {
    logs: [],
    members: new Map(),
    quorum: undefined,
    chains: new Map(),
    digest: sha256(bytes),
  };
  policy.chains.set(chainHashOf(QUICKNET), QUICKNET);
  const used = new Set();
  const lines = text.split('\n');
  if (lines.length > MAX_POLICY_LINES) throw new UsageError(`it has over ${MAX_POLICY_LINES} lines`);
  for (const [index, line] of lines.entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    if (words.length === 0 || words[0].startsWith('#')) continue;
    try {
      takePolicyLine(policy, used, words);
    } catch (error) {
      throw new UsageError(`line ${index + 1}: ${oneLine(error)}`);
    }
  }
  if (policy.logs.length === 0) throw new UsageError('it names no log');
  if (policy.quorum === undefined)
    throw new UsageError('it has no line "quorum"; "quorum none" asks for no witness');
  policy.origin = policy.logs[0].name;
  policy.witnessKeys = [...policy.members.values()].flatMap(({ key }) => (key === undefined ? [] : [key]));
  return policy;
}

function takePolicyLine(policy, used, [kind, ...words]) {
  const isKnown = {
    log: takeLog,
    witness: takeWitness,
    group: takeGroup,
    quorum: takeQuorum,
    beacon: takeBeacon,
  };
  if (!Object.hasOwn(isKnown, kind)) {
    throw new UsageError(`"${printable(kind)}" is none of log, witness, group, quorum and beacon`);
  }
  isKnown[kind](policy, words, used);
}

function takeLog(policy, words) {
  if (words.length < 1 || words.length > 2) throw new UsageError('allowed is: log VKEY [URL]');
  const key = parseVerifierKey(words[0], ED25519);
  requireNewKey(policy, key);
  if (policy.logs.some(({ name }) => name !== key.name)) {
    throw new UsageError('it names a second log; a draw has one (the same name with another key is allowed)');
  }
  policy.logs.push(key);
}

function takeWitness(policy, words) {
  if (words.length < 2 || words.length > 3) throw new UsageError('allowed is: witness NAME VKEY [URL]');
  const key = parseVerifierKey(words[1], COSIGNATURE);
  requireNewKey(policy, key);
  requireNewName(policy, words[0]);
  policy.members.set(words[0], { key });
}

function takeGroup(policy, [name, threshold, ...members], used) {
  if (members.length === 0) throw new UsageError('allowed is: group NAME any|all|K MEMBER...');
  requireNewName(policy, name);
  const counts = new Map([
    ['any', 1],
    ['all', members.length],
  ]);
  const least = counts.get(threshold) ?? fromDecimal(threshold, 1, members.length);
  if (least === undefined)
    throw new UsageError(`"${printable(threshold)}" is not any, all or 1 to ${members.length}`);
  for (const member of members) {
    if (!policy.members.has(member)) throw new UsageError(`${printable(member)} is not defined above`);
    if (used.has(member)) throw new UsageError(`${printable(member)} is in a group already`);
    used.add(member);
  }
  policy.members.set(name, { least, members });
}

function takeQuorum(policy, words) {
  if (words.length !== 1) throw new UsageError('allowed is: quorum NAME, or quorum none');
  if (policy.quorum !== undefined) throw new UsageError('there is a line "quorum" already');
  if (words[0] !== 'none' && !policy.members.has(words[0])) {
    throw new UsageError(`${printable(words[0])} is not defined above`);
  }
  policy.quorum = words[0];
}

function takeBeacon(policy, words) {
  const [name, publicKey, period, genesis, groupHash, beaconId] = words;
  const periodSeconds = fromDecimal(period ?? '', 1, 2 ** 31);
  const genesisSeconds = fromDecimal(genesis ?? '', 0, MAX_SECONDS);
  const areGood =
    words.length === 6 &&
    fromHex(publicKey, 96) !== undefined &&
    fromHex(groupHash, 32) !== undefined &&
    periodSeconds !== undefined &&
    genesisSeconds !== undefined;
  if (!areGood) {
    throw new UsageError(
      'allowed is: beacon NAME PUBLICKEYHEX PERIOD_SECONDS GENESIS_SECONDS GROUPHASHHEX BEACONID',
    );
  }
  const chain = { name, publicKey, periodSeconds, genesisSeconds, groupHash, beaconId };
  policy.chains.set(chainHashOf(chain), chain);
}

function requireNewName(policy, name) {
  if (name === 'none' || policy.members.has(name))
    throw new UsageError(`the name ${printable(name)} is taken`);
}

/** A log that is its own witness would be no witness. */
function requireNewKey(policy, { raw }) {
  const known = [...policy.logs, ...[...policy.members.values()].flatMap(({ key }) => key ?? [])];
  if (known.some((key) => key.raw === raw)) throw new UsageError('this public key stands above already');
}

/** Whether witnesses are enough for a member of the policy: a witness, or a group. */
function isReached(policy, name, signers) {
  if (name === 'none') return true;
  const { key, least, members } = policy.members.get(name);
  if (key !== undefined) return signers.has(key);
  return members.filter((member) => isReached(policy, member, signers)).length >= least;
}

// -------------------------------------------------------------------------------------------------------------- tree

/** The hash of a leaf (RFC 6962, 2.1). */
const leafHash = (entry) => sha256(Buffer.of(0), entry);
/** The hash of an inner node (RFC 6962, 2.1). */
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

/** Hashes, side by side in memory. */
class HashList {
  #bytes = Buffer.alloc(64 * HASH_BYTES);
  length = 0;

  push(hash) {
    const offset = this.length * HASH_BYTES;
    if (offset === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(offset)]);
    hash.copy(this.#bytes, offset);
    this.length++;
  }

  at(index) {
    return this.#bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }
}

/** A Merkle tree of which the hashes of all complete subtrees are kept, so that the root of every beginning is known. */
class Tree {
  #levels = [new HashList()];

  get size() {
    return this.#levels[0].length;
  }

  append(hash) {
    let top = hash;
    for (let level = 0; ; level++) {
      const list = (this.#levels[level] ??= new HashList());
      list.push(top);
      if (list.length % 2 === 1) return;
      top = nodeHash(list.at(list.length - 2), list.at(list.length - 1));
    }
  }

  /** The hash over the 2^level leaves from index · 2^level on; `undefined` where they are not all there. */
  subtree(level, index) {
    const list = this.#levels[level];
    return list !== undefined && index < list.length ? list.at(index) : undefined;
  }

  /** The root over the first `size` leaves. */
  rootAt(size) {
    let root;
    for (let level = 0; size >> level > 0; level++) {
      if (((size >> level) & 1) === 0) continue;
      const subtree = this.#levels[level].at((size >> level) - 1);
      root = root === undefined ? subtree : nodeHash(subtree, root);
    }
    return root ?? sha256();
  }
}

/** Whether a path of hashes leads from a leaf to a root (RFC 9162, 2.1.3.2); its length must be exactly right. */
function isIncluded(hash, index, size, path, root) {
  if (index >= size) return false;
  let node = index;
  let last = size - 1;
  let result = hash;
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      result = nodeHash(sibling, result);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      result = nodeHash(result, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && result.equals(root);
}

/** Where a tile lies (C2SP tlog-tiles). */
function tilePath(level, index, width = TILE_WIDTH) {
  const digits = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0');
  const groups = digits.match(/.{3}/g);
  const name = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${name}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Which tile a path names; `undefined` for a path that names none. */
function parseTilePath(path) {
  const parts =
    /^tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]+))?$/.exec(path);
  if (parts === null || parts[2].length > 19) return undefined;
  const index = Number(parts[2].replace(/[x/]/g, ''));
  const width = parts[3] === undefined ? TILE_WIDTH : Number(parts[3]);
  const level = parts[1] === 'entries' ? 'entries' : Number(parts[1]);
  return tilePath(level, index, width) === path && width >= 1 ? { level, index, width } : undefined;
}

/** The entries of an entries bundle: each behind its length, two bytes, big-endian. */
function decodeEntries(bytes) {
  const entries = [];
  for (let at = 0; at < bytes.length;) {
    must(at + 2 <= bytes.length, 'ends within a length');
    const end = at + 2 + bytes.readUInt16BE(at);
    must(end <= bytes.length, 'ends within an entry');
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

/** The entries of one bundle of 256, as far as the tree of this size has them. */
function readEntries(folder, index, size) {
  const width = Math.min(TILE_WIDTH, size - index * TILE_WIDTH);
  const maxBytes = TILE_WIDTH * (2 + MAX_ENTRY_BYTES);
  for (const fileWidth of new Set([width, TILE_WIDTH])) {
    const path = tilePath('entries', index, fileWidth);
    const bytes = folder.read(path, maxBytes);
    if (bytes === undefined) continue;
    const entries = inFile(path, () => decodeEntries(bytes));
    must(entries.length === fileWidth, `${path}: has ${entries.length} entries`);
    return entries.slice(0, width);
  }
  throw new Failure(`${tilePath('entries', index, width)} is missing`);
}

// ---------------------------------------------------------------------------------------------------------- receipts

const PROOF_HEADER = 'c2sp.org/tlog-proof@v1';

/** Reads a receipt (C2SP tlog-proof). */
function parseProof(bytes) {
  must(bytes.length <= MAX_RECEIPT_BYTES, `is longer than ${MAX_RECEIPT_BYTES} bytes`);
  const text = textOf(bytes) ?? '';
  const border = text.indexOf('\n\n');
  const lines = text.slice(0, border).split('\n');
  must(border > 0 && lines.shift() === PROOF_HEADER, `does not begin with ${PROOF_HEADER}`);
  let extra;
  if (lines[0]?.startsWith('extra ')) {
    extra = fromBase64(lines.shift().slice('extra '.length));
    must(extra !== undefined, 'its line "extra" is not base64');
  }
  const [, indexText] = /^index (\S+)$/.exec(lines.shift() ?? '') ?? [];
  const index = fromDecimal(indexText ?? '', 0, Number.MAX_SAFE_INTEGER);
  must(index !== undefined, 'its line "index" is wrong');
  const path = lines.map((line) => fromBase64(line, HASH_BYTES));
  must(path.length <= 63 && !path.includes(undefined), 'its hashes are wrong');
  return { extra, index, path, checkpoint: Buffer.from(text.slice(border + 2)) };
}

// ----------------------------------------------------------------------------------------------------------- entries

const NO_CHAIN = Buffer.alloc(HASH_BYTES);

/** Takes an entry apart, line by line; whatever is not of the one form that it may have is refused. */
class EntryReader {
  #lines;
  #at = 0;

  constructor(entry) {
    const text = textOf(entry);
    must(text?.endsWith('\n'), 'is not lines of text');
    this.#lines = text.slice(0, -1).split('\n');
  }

  /** The next line; its words, where their number is named. */
  line(words) {
    const line = this.#lines[this.#at++];
    must(line !== undefined, 'has too few lines');
    if (words === undefined) return line;
    const found = line.split(' ');
    must(found.length === words, `its line ${this.#at} is wrong`);
    return found;
  }

  /** What stands behind a word on the next line. */
  behind(word) {
    const line = this.line();
    must(line.startsWith(`${word} `), `its line ${this.#at} is not "${word} …"`);
    return line.slice(word.length + 1);
  }

  /** What stands behind a word, if the next line begins with it. */
  maybeBehind(word) {
    return this.#lines[this.#at]?.startsWith(`${word} `) ? this.behind(word) : undefined;
  }

  number(text, least, most) {
    return this.#good(fromDecimal(text, least, most));
  }

  hash(line) {
    return this.#good(fromBase64(line, HASH_BYTES));
  }

  hex(text, length = HASH_BYTES) {
    return this.#good(fromHex(text, length));
  }

  #good(value) {
    must(value !== undefined, `its line ${this.#at} is wrong`);
    return value;
  }

  end() {
    must(this.#at === this.#lines.length, 'has too many lines');
  }
}

function parseTerms(entry) {
  const reader = new EntryReader(entry);
  must(reader.line() === 'lottery-terms/v1', 'is not lottery-terms/v1');
  const terms = { origin: reader.behind('origin') };
  must(terms.origin !== '', 'names no origin');
  terms.agencies = reader.number(reader.behind('agencies'), 1, MAX_AGENCIES);
  const [kind, ...words] = reader.behind('number').split(' ');
  if (kind === 'fixed' && words.length === 1) {
    terms.number = { kind, number: reader.number(words[0], 0, 9999) };
  } else if (kind === 'drand' && words.length === 2) {
    const chainHash = reader.hex(words[0]).toString('hex');
    terms.number = { kind, chainHash, round: reader.number(words[1], 1, MAX_ROUND) };
    terms.closeSeconds = reader.number(reader.behind('close'), 0, MAX_SECONDS);
  } else {
    must(kind === 'entered' && words.length === 0, 'its line 4 is wrong');
    terms.number = { kind };
  }
  const policy = reader.maybeBehind('policy');
  if (policy !== undefined) terms.policy = reader.hex(policy);
  reader.end();
  return terms;
}

function parseBatch(reader) {
  const [agency, batch, bets, lastBetId] = reader.line(4);
  const entry = {
    agency: reader.number(agency, 1, MAX_AGENCIES),
    batch: reader.number(batch, 1, MAX_BATCH_ID),
    bets: reader.number(bets, 1, MAX_BATCH_BETS),
    lastBetId: reader.number(lastBetId, 1, Number.MAX_SAFE_INTEGER),
  };
  const [batchesSoFar, betsSoFar] = reader.line(2);
  entry.batchesSoFar = reader.number(batchesSoFar, 1, MAX_ENTRIES);
  entry.betsSoFar = reader.number(betsSoFar, 1, Number.MAX_SAFE_INTEGER);
  entry.commitment = reader.hash(reader.line());
  entry.chain = reader.hash(reader.line());
  return entry;
}

function parseFinish(reader) {
  const agency = reader.number(reader.line(), 1, MAX_AGENCIES);
  const [batches, bets] = reader.line(2);
  return {
    agency,
    batches: reader.number(batches, 0, MAX_ENTRIES),
    bets: reader.number(bets, 0, Number.MAX_SAFE_INTEGER),
    chain: reader.hash(reader.line()),
  };
}

function parseSeal(reader) {
  return {
    batches: reader.number(reader.behind('batches'), 0, MAX_ENTRIES),
    bets: reader.number(reader.behind('bets'), 0, Number.MAX_SAFE_INTEGER),
    agenciesHash: reader.hex(reader.behind('agencies')),
    numbersHash: reader.hex(reader.behind('numbers')),
    missing: reader.behind('missing'),
  };
}

function parseResult(reader) {
  const [kind, ...words] = reader.line().split(' ');
  const result = { kind };
  if (kind === 'beacon') {
    must(words.length === 2, 'its line 2 is wrong');
    result.round = reader.number(words[0], 1, MAX_ROUND);
    result.signature = reader.hex(words[1], 48);
    result.seed = reader.hex(reader.behind('seed'));
  } else {
    must(['fixed', 'entered', 'called-off'].includes(kind) && words.length === 0, 'its line 2 is wrong');
  }
  if (kind === 'called-off') return result;
  result.number = reader.number(reader.behind('number'), 0, 9999);
  result.winners = reader.number(reader.behind('winners'), 0, Number.MAX_SAFE_INTEGER);
  result.agenciesHash = reader.hex(reader.behind('agencies'));
  return result;
}

const ENTRY_FORMS = {
  'lottery-batch/v1': parseBatch,
  'lottery-finish/v1': parseFinish,
  'lottery-seal/v1': parseSeal,
  'lottery-result/v1': parseResult,
};

function parseEntry(bytes) {
  const reader = new EntryReader(bytes);
  const form = reader.line();
  must(Object.hasOwn(ENTRY_FORMS, form), 'is of no form that may stand here');
  const entry = { form, ...ENTRY_FORMS[form](reader) };
  reader.end();
  return entry;
}

/** What the entries say, read in their order: counts and chains of each agency, the seals, the result. */
class Story {
  batches = 0;
  bets = 0;
  finishes = 0;
  /** Indexes and entries of the seals: there may be only one, which the check of the seal looks at. */
  seals = [];
  result;
  #agencies = new Map();
  #terms;
  #ownAgency;
  /** The batches of the agency whose bets are to be checked. */
  ownBatches = [];
  ownFinishIndex;

  constructor(terms, ownAgency) {
    this.#terms = terms;
    this.#ownAgency = ownAgency;
  }

  /** Where an agency stands. */
  agency(agency) {
    let state = this.#agencies.get(agency);
    if (state === undefined) {
      must(agency <= this.#terms.agencies, `is of agency ${agency}, which is none of the lottery's`);
      state = { batches: 0, bets: 0, chain: NO_CHAIN, isFinished: false, ids: new Set() };
      this.#agencies.set(agency, state);
    }
    return state;
  }

  take(index, entry) {
    const { form } = entry;
    must(this.result === undefined, 'stands behind the result');
    if (form === 'lottery-result/v1') {
      must(this.seals.length > 0, 'is a result without a seal');
      this.result = entry;
      return;
    }
    if (form === 'lottery-seal/v1') {
      this.seals.push({ index, ...entry });
      return;
    }
    must(this.seals.length === 0, 'stands behind the seal');
    if (form === 'lottery-batch/v1') this.#takeBatch(index, entry);
    else this.#takeFinish(index, entry);
  }

  #takeBatch(index, entry) {
    const state = this.agency(entry.agency);
    const name = `batch ${entry.batch} of agency ${entry.agency}`;
    must(!state.isFinished, `${name} stands behind the agency's finish`);
    must(!state.ids.has(entry.batch), `${name} is there twice`);
    state.ids.add(entry.batch);
    state.batches++;
    state.bets += entry.bets;
    const chainBefore = state.chain;
    state.chain = sha256(chainBefore, entry.commitment);
    const areEqual = entry.batchesSoFar === state.batches && entry.betsSoFar === state.bets;
    must(areEqual, `${name} counts ${entry.batchesSoFar} batches and ${entry.betsSoFar} bets so far`);
    must(entry.chain.equals(state.chain), `${name} has another chain than those before it give`);
    this.batches++;
    this.bets += entry.bets;
    if (entry.agency === this.#ownAgency) this.ownBatches.push({ index, chainBefore, ...entry });
  }

  #takeFinish(index, entry) {
    const state = this.agency(entry.agency);
    const name = `the finish of agency ${entry.agency}`;
    must(!state.isFinished, `${name} is there twice`);
    const areEqual = entry.batches === state.batches && entry.bets === state.bets;
    must(areEqual, `${name} counts ${entry.batches} batches and ${entry.bets} bets`);
    must(entry.chain.equals(state.chain), `${name} has another chain than its batches give`);
    state.isFinished = true;
    this.finishes++;
    if (entry.agency === this.#ownAgency) this.ownFinishIndex = index;
  }
}

// ------------------------------------------------------------------------------------------------------ rows of bets

const NAME = /^[^\u0000-\u001f\u007f,;]{1,128}$/; // eslint-disable-line no-control-regex
const REPLACEMENT_CHARACTER = '\u00ef\u00bf\u00bd';

/**
 * The bets of an agency's CSV files, in their order: `{ betId, text, document, number }`, the text as latin1, which has a
 * character for each byte. A bet's id is the number of its row over all files, empty lines not counted. Rows that are no
 * bets (PROTOCOL.md, R5) have a number, but are left out, as an agency leaves them out.
 */
function* betsOf(agency, files) {
  let row = 0;
  for (const file of files) {
    for (const line of linesOf(file)) {
      if (line === '') continue;
      row++;
      const columns = columnsOf(line);
      if (columns === undefined || !isBet(columns, line)) continue;
      const number = Number(columns[4]);
      yield { betId: row, text: `${agency},${row},${columns.join(',')}`, document: columns[2], number };
    }
  }
}

/** The lines of a file in UTF-8, or UTF-16 behind its mark, as latin1. */
function* linesOf(file) {
  let bytes = file;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    bytes = Buffer.from(new TextDecoder('utf-16le', { ignoreBOM: true }).decode(bytes.subarray(2)));
  } else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    bytes = bytes.subarray(3);
  }
  for (let at = 0; at < bytes.length;) {
    const found = bytes.indexOf(10, at);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.toString('latin1', at, end);
    // A carriage return belongs to the line end only before a line feed.
    yield found >= 0 && line.endsWith('\r') ? line.slice(0, -1) : line;
    at = end + 1;
  }
}

/** The columns of a line of CSV; `undefined` where a quote is not closed. */
function columnsOf(line) {
  if (!line.includes('"')) return line.split(',');
  const columns = [];
  for (let at = 0; ; at++) {
    let text = '';
    if (line[at] === '"') {
      for (;;) {
        const quote = line.indexOf('"', at + 1);
        if (quote < 0) return undefined;
        text += line.slice(at + 1, quote);
        at = quote + 1;
        if (line[at] !== '"') break;
        text += '"';
      }
      // Text behind a closing quote: the quotes were part of it.
      if (at < line.length && line[at] !== ',') text = `"${text}"`;
    }
    const comma = line.indexOf(',', at);
    const end = comma < 0 ? line.length : comma;
    columns.push(text + line.slice(at, end));
    if (comma < 0) return columns;
    at = end;
  }
}

function isBet(columns, line) {
  if (columns.length !== 5) return false;
  const [first, last, document, birthdate, number] = columns;
  const isSound = isUtf8(Buffer.from(line, 'latin1')) && !line.includes(REPLACEMENT_CHARACTER);
  return (
    isSound &&
    NAME.test(first) &&
    NAME.test(last) &&
    /^[0-9]{1,20}$/.test(document) &&
    isBirthdate(birthdate) &&
    /^[0-9]{1,4}$/.test(number)
  );
}

function isBirthdate(text) {
  if (!/^(19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

// ------------------------------------------------------------------------------------------------- beacon and number

const BEACON_DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

/** When a round is due, in seconds of UNIX time. */
const roundSeconds = ({ genesisSeconds, periodSeconds }, round) =>
  genesisSeconds + periodSeconds * (round - 1);

/**
 * Whether a signature is that of a round under a chain's public key (drand, bls-unchained-g1-rfc9380: signatures on G1).
 *
 * @param {string} publicKey in hexadecimal
 * @param {number} round
 * @param {Buffer} signature
 */
async function isBeacon(publicKey, round, signature) {
  const { bls12_381 } = await import('@noble/curves/bls12-381.js').catch((error) => {
    throw new UsageError(`a beacon cannot be checked without @noble/curves (npm ci): ${oneLine(error)}`);
  });
  const { Signature, hash, verify: verifyBls } = bls12_381.shortSignatures;
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(round));
  const message = hash(sha256(number), Buffer.from(BEACON_DST));
  try {
    const point = Signature.fromBytes(signature);
    const key = bls12_381.G2.Point.fromHex(publicKey);
    // Both throw for what is not in the subgroup; the point at infinity would fit to everything.
    point.assertValidity();
    key.assertValidity();
    if (point.is0() || key.is0()) return false;
    return verifyBls(point, message, key);
  } catch {
    return false;
  }
}

/** The text of which the number is drawn. */
function seedText(sealed, chainHash, round, signature) {
  return `lottery-draw/v1\n${sealed.text}drand ${chainHash} ${round}\n${signature.toString('hex')}\n`;
}

/** All words below this are used: each number from 0 to 9,999 has exactly 429,496 of them. */
const WORD_LIMIT = 4_294_960_000;

/** The number of a digest, and the word that it was drawn from: the first below the limit, modulo 10,000. */
function drawNumber(digest) {
  for (let from = digest, digests = 0; ; from = sha256(from), digests++) {
    for (let index = 0; index < 8; index++) {
      const word = from.readUInt32BE(4 * index);
      if (word < WORD_LIMIT) return { number: word % 10_000, word: digests * 8 + index };
    }
  }
}

// ------------------------------------------------------------------------------------------------------------ checks

/*
 * Each check is given the draw, in which it leaves what those behind it need, and returns its line. Nothing is returned
 * where there was nothing to check. `draw.limits` gathers why a true draw is not yet a verified one, `draw.notShown` what
 * no check here can show.
 */

/** The policy is the one that leaf 0 names. */
function checkPolicy(draw) {
  const { policy } = draw;
  inTree(() => {
    const bytes = readPublished(draw.bundle, 'checkpoint', MAX_NOTE_BYTES);
    draw.claimed = inFile('checkpoint', () => parseCheckpoint(splitNote(bytes).text));
    must(
      draw.claimed.size <= MAX_ENTRIES,
      `the tree has more than ${MAX_ENTRIES} leaves: too many for this program`,
    );
    if (draw.claimed.size > 0) [draw.leaf0] = readEntries(draw.bundle, 0, draw.claimed.size);
  });
  let named;
  try {
    named = parseTerms(draw.leaf0 ?? Buffer.alloc(0)).policy;
  } catch {
    // What is wrong there is told by the check of the terms.
  }
  must(named?.equals(policy.digest) ?? true, 'leaf 0 names another policy than the one that you gave');
  const quorum = policy.quorum === 'none' ? 'no witness is asked for' : `quorum: ${policy.quorum}`;
  const source = named === undefined ? 'leaf 0 names no policy' : 'named in leaf 0';
  return `${policy.origin}, ${quorum}; given by you, not by the bundle; ${source}`;
}

function checkTerms(draw) {
  must(draw.leaf0 !== undefined, 'the tree is empty: it has no leaf 0');
  const terms = inFile('leaf 0', () => parseTerms(draw.leaf0));
  draw.terms = terms;
  must(
    terms.origin === draw.policy.origin,
    () => `leaf 0 is of ${printable(terms.origin)}, the policy of ${draw.policy.origin}`,
  );
  must(
    draw.agency === undefined || draw.agency <= terms.agencies,
    () => `the lottery has agencies 1 to ${terms.agencies}, and not ${draw.agency}`,
  );
  return `${counted(terms.agencies, 'agency', 'agencies')}; ${numberText(draw)}, in leaf 0`;
}

function numberText({ policy, terms: { number, closeSeconds } }) {
  if (number.kind === 'fixed') return `number fixed as ${number.number}`;
  if (number.kind === 'entered') return 'number entered by the operator and the auditor after the sale';
  const chain = policy.chains.get(number.chainHash);
  if (chain === undefined)
    return `number from drand chain ${number.chainHash.slice(0, 8)}… round ${number.round}`;
  const due = roundSeconds(chain, number.round);
  return `number from drand ${chain.name} round ${number.round} (${timeText(due)}), sealed by ${timeText(closeSeconds)}`;
}

/** Damage that shows before its turn still belongs to the tree. */
function inTree(work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof Failure ? new Failure(error.message, 'tree') : error;
  }
}

/** The entries are what the log signed, each of the right form, and tell one story. */
function checkTree(draw) {
  const bytes = readPublished(draw.bundle, 'checkpoint', MAX_NOTE_BYTES);
  const final = inFile('checkpoint', () => openCheckpoint(bytes, draw.policy));
  const tree = new Tree();
  const story = new Story(draw.terms, draw.agency);
  const oddities = [];
  for (let bundle = 0; bundle * TILE_WIDTH < final.size; bundle++) {
    for (const entry of readEntries(draw.bundle, bundle, final.size)) tree.append(leafHash(entry));
  }
  must(tree.rootAt(final.size).equals(final.root), 'the entries do not give the root that was signed');
  for (let bundle = 0; bundle * TILE_WIDTH < final.size; bundle++) {
    for (const [at, entry] of readEntries(draw.bundle, bundle, final.size).entries()) {
      const index = bundle * TILE_WIDTH + at;
      if (index > 0) inFile(`leaf ${index}`, () => story.take(index, parseEntry(entry)));
    }
  }
  const tiles = compareFiles(draw.bundle, tree, oddities);
  Object.assign(draw, { final, tree, story, seal: story.seals[0], result: story.result });
  const parts = [
    '1 terms',
    counted(story.batches, 'batch', 'batches'),
    counted(story.finishes, 'finish', 'finishes'),
    ...(story.seals.length > 0 ? [counted(story.seals.length, 'seal')] : []),
    ...(story.result === undefined ? [] : ['1 result']),
  ];
  const said = [
    `${counted(final.size, 'leaf', 'leaves')}: ${parts.join(', ')}`,
    `root ${shortHex(final.root)} equals the signed one`,
    tiles === 0 ? 'no hash tiles' : `${counted(tiles, 'hash tile')} agree`,
    ...oddities,
  ];
  return said.join('; ');
}

/** So many of the files that are of no use are named. */
const MAX_NAMED_FILES = 5;
const KNOWN_FILES = ['checkpoint', 'seal/checkpoint', 'seal/agencies', 'seal/numbers', 'result/agencies'];

/** Compares every tile that lies there with the tree; returns how many hash tiles there were. */
function compareFiles(folder, tree, oddities) {
  let tiles = 0;
  let beyond = 0;
  const unknown = [];
  for (const path of folder.list()) {
    if (KNOWN_FILES.includes(path)) continue;
    const tile = parseTilePath(path);
    if (tile === undefined) unknown.push(path);
    else {
      const bytes = readPublished(folder, path, TILE_WIDTH * (2 + MAX_ENTRY_BYTES));
      const isWithin = inFile(path, () =>
        (tile.level === 'entries' ? compareEntries : compareHashes)(tile, bytes, tree),
      );
      if (!isWithin) beyond++;
      if (tile.level !== 'entries') tiles++;
    }
  }
  if (beyond > 0)
    oddities.push(`ignored what ${counted(beyond, 'tile has', 'tiles have')} behind the signed tree`);
  if (unknown.length > 0) {
    const named = unknown.slice(0, MAX_NAMED_FILES).map(printable);
    const more = unknown.length - named.length;
    oddities.push(
      `ignored ${counted(unknown.length, 'file')}, which ${unknown.length === 1 ? 'proves' : 'prove'} nothing ` +
        `(${named.join(', ')}${more > 0 ? ` and ${more} more` : ''})`,
    );
  }
  return tiles;
}

/** Compares a hash tile as far as the tree reaches; returns whether it reaches that far. */
function compareHashes({ level, index, width }, bytes, tree) {
  must(bytes.length === width * HASH_BYTES, `has ${bytes.length} bytes`);
  for (let at = 0; at < width; at++) {
    const hash = tree.subtree(level * TILE_HEIGHT, index * TILE_WIDTH + at);
    if (hash === undefined) return false;
    must(
      hash.equals(bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)),
      `hash ${at} is not that of the tree`,
    );
  }
  return true;
}

function compareEntries({ index, width }, bytes, tree) {
  const entries = decodeEntries(bytes);
  must(entries.length === width, `has ${entries.length} entries`);
  for (const [at, entry] of entries.entries()) {
    const hash = tree.subtree(0, index * TILE_WIDTH + at);
    if (hash === undefined) return false;
    must(hash.equals(leafHash(entry)), `entry ${at} is not that of the tree`);
  }
  return true;
}

/** There is one seal, its checkpoint was signed, and its totals and tables are those of the entries. */
function checkSeal(draw) {
  const { bundle, story, seal, terms, tree } = draw;
  if (seal === undefined) {
    const early = bundle.list().find((path) => /^(seal|result)\//.test(path));
    must(early === undefined, `there is a file ${printable(early ?? '')}, but no seal in the tree`);
    draw.limits.push('not sealed yet: more bets may come');
    return 'not sealed yet';
  }
  const { seals } = story;
  must(
    seals.length === 1,
    `it was sealed ${seals.length} times: leaves ${seals[0].index} and ${seals[1]?.index}`,
  );
  const bytes = readPublished(bundle, 'seal/checkpoint', MAX_NOTE_BYTES);
  const sealed = inFile('seal/checkpoint', () => openCheckpoint(bytes, draw.policy));
  must(
    sealed.size === seal.index + 1,
    `seal/checkpoint is of size ${sealed.size}, the seal is leaf ${seal.index}`,
  );
  must(
    sealed.root.equals(tree.rootAt(sealed.size)),
    'seal/checkpoint is signed, but not of this tree: the log has forked',
  );
  draw.sealed = sealed;
  must(seal.batches === story.batches, `it says ${seal.batches} batches, the entries ${story.batches}`);
  must(seal.bets === story.bets, `it says ${seal.bets} bets, the entries ${story.bets}`);
  const missing = checkAgenciesTable(
    readTable(bundle, 'seal/agencies', seal.agenciesHash),
    story,
    terms.agencies,
  );
  must(
    seal.missing === missing,
    `it says missing ${printable(seal.missing)}, the entries ${printable(missing)}`,
  );
  draw.numbers = readNumbersTable(readTable(bundle, 'seal/numbers', seal.numbersHash), seal.bets);
  const absent = missing === '-' ? 'all agencies finished' : `without agencies ${printable(missing)}`;
  return `leaf ${seal.index}; ${counted(seal.bets, 'bet')}; ${absent}; agencies and numbers tables fit`;
}

/** A published table, whose hash is in the tree, as lines. */
function readTable(bundle, path, hash) {
  const bytes = readPublished(bundle, path, MAX_TABLE_BYTES);
  must(sha256(bytes).equals(hash), `${path} is not the table whose hash is in the tree`);
  const text = bytes.toString('latin1');
  must(text === '' || text.endsWith('\n'), `${path} does not end with a line feed`);
  return text === '' ? [] : text.slice(0, -1).split('\n');
}

/** Compares the table of the agencies with the entries; returns which agencies are missing, as the seal says it. */
function checkAgenciesTable(lines, story, agencies) {
  must(lines.length === agencies, `seal/agencies has ${lines.length} lines for ${agencies} agencies`);
  const missing = [];
  for (const [index, line] of lines.entries()) {
    const { batches, bets, chain, isFinished } = story.agency(index + 1);
    const state = isFinished ? 'finished' : 'missing';
    const expected = `${index + 1} ${batches} ${bets} ${state} ${chain.toString('base64')}`;
    must(line === expected, `seal/agencies says of agency ${index + 1} what its entries do not say`);
    if (!isFinished) missing.push(index + 1);
  }
  return missing.length === 0 ? '-' : missing.join(',');
}

/** How many bets lie on each number. */
function readNumbersTable(lines, bets) {
  const counts = new Map();
  let last = -1;
  let sum = 0;
  for (const line of lines) {
    const [numberText = '', countText = '', ...more] = line.split(' ');
    const number = fromDecimal(numberText, last + 1, 9999);
    const count = fromDecimal(countText, 1, bets);
    const isGood = number !== undefined && count !== undefined && more.length === 0;
    must(isGood, 'seal/numbers has a line of a wrong form');
    counts.set(number, count);
    last = number;
    sum += count;
  }
  must(sum === bets, `seal/numbers tells of ${sum} bets, the seal of ${bets}`);
  return counts;
}

/** Enough witnesses have seen this seal, in time. */
function checkWitnessed(draw) {
  const { policy, terms, bundle, seal, result } = draw;
  const final = cosigners(bundle, 'checkpoint', policy);
  const finalText = final.signers.size > 0 ? `; last checkpoint: ${signersText(final.signers)}` : '';
  if (seal === undefined) return `nothing sealed yet${finalText}${ignoredText(final.unknown)}`;
  const { signers, unknown } = cosigners(bundle, 'seal/checkpoint', policy);
  const unknownText = ignoredText(unknown + final.unknown);
  const chain = policy.chains.get(terms.number.chainHash);
  const due = chain === undefined ? undefined : roundSeconds(chain, terms.number.round);
  must(
    due === undefined || terms.closeSeconds < due,
    `leaf 0 lets the seal be made until the number is public (round ${terms.number.round})`,
  );
  if (policy.quorum === 'none') {
    draw.limits.push('no outside clock: only the operator says when it was sealed');
    return `no cosignature is asked for by the policy${unknownText}`;
  }
  const latest = terms.closeSeconds ?? Infinity;
  const inTime = new Map([...signers].filter(([, seconds]) => seconds <= latest));
  const said = `${signersText(signers)}${finalText}${unknownText}`;
  if (isReached(policy, policy.quorum, inTime)) {
    const margin = due === undefined ? '' : `, ${due - lastOf(inTime)} s before the round: in time`;
    return `${signersText(inTime)}${margin}${finalText}${unknownText}`;
  }
  const isLate = isReached(policy, policy.quorum, signers);
  const reason = isLate
    ? `cosigned too late, after ${timeText(latest)}: ${signersText(signers)}`
    : `not by the quorum "${policy.quorum}": ${signersText(signers)}`;
  must(result === undefined || result.kind === 'called-off', reason);
  draw.limits.push(
    isLate ? 'the seal was cosigned too late for the round' : 'the seal is not cosigned by the quorum yet',
  );
  return `${isLate ? 'too late' : 'not yet'}: ${said}`;
}

/** The witnesses whose cosignatures a checkpoint has, each with the earliest time that it gave. */
function cosigners(bundle, path, policy) {
  const bytes = readPublished(bundle, path, MAX_NOTE_BYTES);
  const { by, unknown } = inFile(path, () => openCheckpoint(bytes, policy, policy.witnessKeys));
  const signers = new Map();
  for (const { key, timeSeconds } of by) {
    if (timeSeconds === undefined) continue;
    signers.set(key, Math.min(timeSeconds, signers.get(key) ?? Infinity));
  }
  return { signers, unknown };
}

/** What is told of signatures by keys that the policy does not name: a note may have any. */
const ignoredText = (count) => (count > 0 ? `; ignored ${counted(count, 'signature')} of unknown keys` : '');

const lastOf = (signers) => Math.max(...signers.values());

function signersText(signers) {
  if (signers.size === 0) return 'no cosignature of a witness of the policy';
  return [...signers].map(([{ name }, seconds]) => `${name} at ${timeText(seconds)}`).join(', ');
}

/** Every receipt is of this tree. */
function checkReceipts(draw) {
  if (draw.receipts === undefined) return undefined;
  const names = draw.receipts.list();
  if (names.length > MAX_RECEIPTS) throw new UsageError(`there are over ${MAX_RECEIPTS} receipts`);
  draw.salts = new Map();
  const ownBatches = new Map(draw.story.ownBatches.map((batch) => [batch.index, batch]));
  let others = 0;
  let unknowns = 0;
  for (const name of names) {
    const bytes = readPublished(draw.receipts, name, MAX_RECEIPT_BYTES);
    const { index, extra, unknown } = inFile(printable(name), () => checkReceipt(draw, bytes));
    unknowns += unknown;
    const isFinish = index === draw.story.ownFinishIndex;
    if (isFinish) draw.agencyKey = sameExtra(draw.agencyKey, extra, name);
    else if (ownBatches.has(index)) {
      const { batch, chainBefore } = ownBatches.get(index);
      const salt = saltIn(extra, chainBefore, name);
      draw.salts.set(batch, sameExtra(draw.salts.get(batch), salt, name));
    } else others++;
  }
  const othersText =
    others > 0 ? `; of ${others} of them the line "extra" was ignored: of no batch of yours` : '';
  return `${counted(names.length, 'receipt')}: each is of a tree that this one continues, and its leaf is in it${othersText}${ignoredText(unknowns)}`;
}

function checkReceipt({ policy, tree }, bytes) {
  const { extra, index, path, checkpoint } = parseProof(bytes);
  const { size, root, unknown } = openCheckpoint(checkpoint, policy, policy.witnessKeys);
  must(index < size, `its leaf ${index} is not in its own tree of ${size} leaves`);
  must(size <= tree.size, `it is of a tree of ${size} leaves, but only ${tree.size} are left`);
  must(root.equals(tree.rootAt(size)), `the first ${size} leaves are not those that it was given for`);
  const hash = tree.subtree(0, index);
  must(isIncluded(hash, index, size, path, root), `its proof does not lead from leaf ${index} to its root`);
  return { extra, index, unknown };
}

/** What a batch's receipt holds beside its proof: the salt, and the agency's chain before the batch. */
function saltIn(extra, chainBefore, name) {
  const isWhole = extra?.length === 2 * HASH_BYTES;
  must(isWhole, `${printable(name)}: its line "extra" has not ${2 * HASH_BYTES} bytes`);
  const isChain = extra.subarray(HASH_BYTES).equals(chainBefore);
  must(isChain, `${printable(name)}: it gives another chain before its batch`);
  return extra.subarray(0, HASH_BYTES);
}

function sameExtra(before, extra, name) {
  must(extra?.length === HASH_BYTES, `${printable(name)}: its line "extra" has not ${HASH_BYTES} bytes`);
  must(before === undefined || before.equals(extra), `${printable(name)}: another receipt has another salt`);
  return extra;
}

/** The agency's batches in the tree are its own bets, all of them and no others. */
function checkBets(draw) {
  const { agency, bets, story, seal, salts = new Map(), agencyKey } = draw;
  if (agency === undefined) {
    draw.notShown.push('whose bets are in it (give --agency and --bets for yours)');
    return undefined;
  }
  const rows = betsOf(agency, bets);
  const documents = [];
  const closed = [];
  const batches = [...story.ownBatches].sort((one, other) => one.batch - other.batch);
  for (const batch of batches) {
    const name = `batch ${batch.batch}`;
    const taken = take(rows, batch.bets);
    must(taken.length === batch.bets, `${name} has ${batch.bets} bets, your files only ${taken.length} more`);
    const lastBetId = taken.at(-1).betId;
    must(
      lastBetId === batch.lastBetId,
      `${name} ends with bet ${batch.lastBetId}, in your files with ${lastBetId}`,
    );
    for (const { number, document } of taken) if (number === draw.result?.number) documents.push(document);
    const known = [salts.get(batch.batch), agencyKey && hmac(agencyKey, String(batch.batch))].filter(Boolean);
    if (known.length === 0) closed.push(batch.batch);
    const text = taken.map((bet) => bet.text).join(';');
    const digest = sha256(
      `${agency},${batch.batch},${batch.bets},${lastBetId};`,
      Buffer.from(text, 'latin1'),
    );
    for (const salt of known) {
      const isSame = sha256(salt, digest).equals(batch.commitment);
      must(isSame, `${name} is not a commitment to bets ${taken[0].betId} to ${lastBetId} of your files`);
    }
  }
  const { bets: stored, batches: count, isFinished } = story.agency(agency);
  let left = 0;
  while (take(rows, 1).length > 0) left++;
  must(
    left === 0 || !isFinished,
    `${counted(left, 'bet')} of your files are missing: agency ${agency} finished without`,
  );
  draw.ownWinners = documents;
  return ownBetsText(draw, { stored, count, left, closed, isSealed: seal !== undefined });
}

function ownBetsText(draw, { stored, count, left, closed, isSealed }) {
  const parts = [`agency ${draw.agency}: ${counted(count, 'batch', 'batches')}, ${counted(stored, 'bet')}`];
  if (closed.length === 0) parts.push('each is yours, and none is too many');
  else {
    parts.push(`counts are yours; ${counted(closed.length, 'batch', 'batches')} not opened`);
    draw.limits.push(
      `no receipt opens ${closed.length > 3 ? counted(closed.length, 'batch', 'batches') : `batch ${closed.join(', ')}`}`,
    );
  }
  if (left > 0) {
    parts.push(`${counted(left, 'bet')} of your files not in it`);
    draw.limits.push(
      isSealed
        ? `the agency did not finish: ${counted(left, 'bet')} not in the draw`
        : 'not all bets are in it',
    );
  } else parts.push(isSealed ? "none missing; chain head equals the seal's" : 'none missing');
  return parts.join('; ');
}

/** The next values of an iterator, as many as there are. */
function take(values, count) {
  const taken = [];
  while (taken.length < count) {
    const { done, value } = values.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

/** The number comes from where leaf 0 says. */
async function checkBeacon(draw) {
  const { policy, terms, result } = draw;
  const { kind, chainHash, round } = terms.number;
  const chain = policy.chains.get(chainHash);
  must(
    kind !== 'drand' || chain !== undefined,
    `leaf 0 names a chain that is neither quicknet nor in the policy: ${chainHash}`,
  );
  if (draw.seal === undefined) return undefined;
  if (result === undefined) {
    draw.limits.push('no result yet');
    return kind === 'drand' ? `round ${round} is not in the tree yet` : 'no result yet';
  }
  if (result.kind === 'called-off') {
    draw.limits.push('the lottery was called off: nothing was drawn');
    return 'called off: none was used';
  }
  const promised = kind === 'drand' ? 'beacon' : kind;
  must(
    result.kind === promised,
    `leaf 0 promises a number that is ${numberSource(promised)}, it is ${numberSource(result.kind)}`,
  );
  if (kind === 'fixed') return 'none: the number was fixed in leaf 0';
  if (kind === 'entered') {
    draw.notShown.push('how the number was drawn that was entered');
    return 'none: the number was entered';
  }
  must(result.round === round, `the result is of round ${result.round}, leaf 0 says ${round}`);
  const isRight = await isBeacon(chain.publicKey, round, result.signature);
  must(isRight, `the BLS signature is not that of round ${round} under the key of ${chain.name}`);
  return `BLS signature valid for round ${round} under the pinned key of ${chain.name}; chosen by nobody below the threshold`;
}

const numberSource = (kind) => ({ beacon: 'from a beacon', fixed: 'fixed', entered: 'entered' })[kind];

/** The number follows from the seal and the beacon. */
function checkNumber(draw) {
  const { terms, result, sealed } = draw;
  if (result === undefined || result.kind === 'called-off') return undefined;
  if (result.kind === 'entered') return `${result.number}, as it was entered`;
  if (result.kind === 'fixed') {
    const { number } = terms.number;
    must(result.number === number, `the result is ${result.number}, leaf 0 fixed ${number}`);
    return `${number}, as it was fixed`;
  }
  const { chainHash, round } = terms.number;
  const digest = sha256(seedText(sealed, chainHash, round, result.signature));
  must(
    digest.equals(result.seed),
    `the seed is ${digest.toString('hex')}, the result says ${result.seed.toString('hex')}`,
  );
  const { number, word } = drawNumber(digest);
  must(number === result.number, `the seed gives ${number}, the result says ${result.number}`);
  return `${number} = ${shortHex(digest)} word ${word} mod 10000`;
}

/** There are as many winners as bets lay on the number; the agency's own are right. */
function checkWinners(draw) {
  const { bundle, result, numbers, terms, story, agency, ownWinners } = draw;
  if (result === undefined || result.kind === 'called-off') return undefined;
  const expected = numbers.get(result.number) ?? 0;
  const claim = `the sealed table says ${counted(expected, 'bet')} on ${result.number}`;
  must(expected === result.winners, `${claim}, the result ${counted(result.winners, 'winner')}`);
  const lines = readTable(bundle, 'result/agencies', result.agenciesHash);
  must(
    lines.length === terms.agencies,
    `result/agencies has ${lines.length} lines for ${terms.agencies} agencies`,
  );
  let sum = 0;
  const rows = lines.map((line, index) => {
    const [name, countText = '', commitment = '', ...more] = line.split(' ');
    const winners = fromDecimal(countText, 0, story.agency(index + 1).bets);
    const hash = fromBase64(commitment, HASH_BYTES);
    const isGood =
      name === String(index + 1) && winners !== undefined && hash !== undefined && more.length === 0;
    must(isGood, `result/agencies: line ${index + 1} is wrong, or tells of more winners than bets`);
    sum += winners;
    return { winners, hash };
  });
  must(
    sum === result.winners,
    `result/agencies tells of ${counted(sum, 'winner')}, the result of ${result.winners}`,
  );
  const text = `${claim}; the result says ${result.winners}`;
  return ownWinners === undefined ? text : `${text}; ${checkOwnWinners(draw, rows[agency - 1])}`;
}

function checkOwnWinners(draw, { winners, hash }) {
  const { agency, ownWinners: documents, agencyKey, winnersFile, limits } = draw;
  must(
    documents.length === winners,
    `your bets have ${counted(documents.length, 'winner')}, the result says ${winners} of agency ${agency}`,
  );
  const parts = [`agency ${agency}: ${winners}, as in your bets`];
  if (agencyKey === undefined) {
    parts.push('which ones is not shown: no receipt of the FIN');
    limits.push('no receipt of the FIN opens the commitment to the winners');
  } else {
    const commitment = sha256(hmac(agencyKey, 'winners'), sha256(documents.join(',')));
    must(commitment.equals(hash), 'the result commits to other winners than those of your bets');
    parts.push('and the same ones');
  }
  if (winnersFile !== undefined) {
    const isSame = toldWinners(winnersFile, agency).join() === documents.join();
    must(isSame, 'the documents in the file of winners are not those of your winning bets');
    parts.push('equal to the file of winners');
  }
  return parts.join(', ');
}

/** The documents in a file of winners: one a line, joined with commas as WIN has them, or the server's JSON. */
function toldWinners(bytes, agency) {
  const text = bytes.toString('latin1').trim();
  if (!text.startsWith('{')) return text === '' ? [] : text.split(/\r?\n|,/);
  const answer = jsonOf(text);
  const isList = Array.isArray(answer?.winners) && answer.winners.every((told) => typeof told === 'string');
  must(isList, 'the file of winners is JSON, but not of the form {"agency":N,"winners":["DOCUMENT"]}');
  must(answer.agency === agency, `the file of winners is not that of agency ${agency}`);
  return answer.winners;
}

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// -------------------------------------------------------------------------------------------------------- the verdict

const CHECKS = [
  ['policy', checkPolicy],
  ['terms', checkTerms],
  ['tree', checkTree],
  ['seal', checkSeal],
  ['witnessed', checkWitnessed],
  ['receipts', checkReceipts],
  ['bets', checkBets],
  ['beacon', checkBeacon],
  ['number', checkNumber],
  ['winners', checkWinners],
];

const EXIT_VERIFIED = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_AS_FAR_AS_IT_GOES = 3;

const row = (name, text) => name.padEnd(15) + text;

/**
 * Carries out all checks, up to the first that fails.
 *
 * @param {{
 *   policy: ReturnType<typeof parsePolicy>, bundle: ReturnType<typeof folderOf>, agency?: number, bets?: Buffer[],
 *   receipts?: ReturnType<typeof folderOf>, winnersFile?: Buffer }} inputs
 * @param {(line: string) => void} print
 * @returns {Promise<{ exitCode: number, failed?: string }>} `failed` names the check that does not hold
 * @throws UsageError when a file cannot be read
 */
async function verifyDraw(inputs, print) {
  const draw = {
    ...inputs,
    limits: [],
    notShown: ["that other agencies' bets are real", 'who has paid'],
  };
  let holding = 0;
  for (const [name, check] of CHECKS) {
    try {
      const text = await check(draw);
      if (text === undefined) continue;
      print(row(name, text));
      holding++;
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const isExpected = error instanceof Failure;
      const failed = (isExpected ? error.check : undefined) ?? name;
      const reason = isExpected ? error.message : `this program cannot read it (${oneLine(error)})`;
      print(`FAILED: ${failed}: ${reason}`);
      return { exitCode: EXIT_FAILED, failed };
    }
  }
  const notShown = `Not shown by this: ${draw.notShown.join('; ')}.`;
  if (draw.limits.length > 0) {
    print(`TRUE AS FAR AS IT GOES: ${holding} checks hold, but ${draw.limits.join('; ')}. ${notShown}`);
    return { exitCode: EXIT_AS_FAR_AS_IT_GOES };
  }
  print(row('VERIFIED', `${holding} checks. ${notShown}`));
  return { exitCode: EXIT_VERIFIED };
}

/**
 * Looks whether two checkpoints, or receipts, of one log contradict each other: the same size with another root.
 *
 * @param {ReturnType<typeof parsePolicy>} policy
 * @param {Buffer[]} notes two of them
 * @param {(line: string) => void} print
 */
function judgeEvidence(policy, notes, print) {
  try {
    const [one, other] = notes.map((bytes, index) =>
      inFile(`note ${index + 1}`, () => {
        const isProof = bytes.subarray(0, PROOF_HEADER.length).equals(Buffer.from(PROOF_HEADER));
        return openCheckpoint(isProof ? parseProof(bytes).checkpoint : bytes, policy);
      }),
    );
    if (one.size === other.size && !one.root.equals(other.root)) {
      print(`FAILED: evidence: ${policy.origin} has forked: it signed two trees of ${one.size} leaves`);
      print(row('', `${one.root.toString('hex')} and ${other.root.toString('hex')}`));
      return { exitCode: EXIT_FAILED, failed: 'evidence' };
    }
    const reason =
      one.size === other.size
        ? 'both are of the same tree'
        : `they are of different sizes, ${one.size} and ${other.size}`;
    print(`TRUE AS FAR AS IT GOES: the two notes prove nothing: ${reason}`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    print(`TRUE AS FAR AS IT GOES: the two notes prove nothing: ${oneLine(error)}`);
  }
  return { exitCode: EXIT_AS_FAR_AS_IT_GOES };
}

// --------------------------------------------------------------------------------------------------- the command line

const HELP = `Verifies a draw from what was published of it, against a policy that you bring.

usage: verify --policy FILE --bundle DIR [--agency N --bets FILE...] [--receipts DIR] [--winners FILE]
       verify --policy FILE --evidence NOTE NOTE
       verify --self-test

  --policy FILE         whose signatures you trust: a C2SP tlog-policy. Get it before the sale, and not from the bundle
  --bundle DIR          what was published: checkpoint, tile/, seal/ and result/
  --agency N            check the bets of your own agency, which has this number
  --bets FILE           its CSV file, as it was sold; may be given several times, in the order of the sale
  --receipts DIR        the receipts that you were given: files of the form tlog-proof, and nothing else
  --winners FILE        the documents that the server told you: one a line, as WIN has them, or the JSON of
                        GET /agencies/N/winners
  --evidence NOTE NOTE  whether two checkpoints, or receipts, show that the log has forked
  --self-test           show that this program finds what it must find: forged draws, each caught by the right check
  -h, --help            prints this

A line is printed for each check that holds: policy, terms, tree, seal, witnessed, receipts, bets, beacon, number, winners.
The last line is the verdict, and so is the exit code:
  0  VERIFIED: all checks hold
  1  FAILED: the first check that does not hold, and why
  2  the program was called wrongly, or a file cannot be read
  3  TRUE AS FAR AS IT GOES: all checks hold, but something is not there to check: an outside clock, a seal, a result

for example: npm run verify -- --policy policy.txt --bundle draw
             npm run verify -- --policy policy.txt --bundle draw --agency 1 --bets .data/agency-1.csv --receipts receipts
`;

const OPTIONS = {
  '--policy': 1,
  '--bundle': 1,
  '--agency': 1,
  '--bets': 1,
  '--receipts': 1,
  '--winners': 1,
  '--evidence': 2,
  '--self-test': 0,
};
const SEE_HELP = '; --help tells more';

/** The words behind each option. */
function readArguments(words) {
  const found = {};
  for (let at = 0; at < words.length;) {
    const name = words[at++];
    if (!Object.hasOwn(OPTIONS, name))
      throw new UsageError(`${printable(name)}: there is no such option${SEE_HELP}`);
    const values = words.slice(at, at + OPTIONS[name]);
    if (values.length < OPTIONS[name] || values.some((value) => value.startsWith('--'))) {
      throw new UsageError(`${name} needs ${counted(OPTIONS[name], 'word')} behind it${SEE_HELP}`);
    }
    if (found[name] !== undefined && name !== '--bets') throw new UsageError(`${name} is given twice`);
    found[name] = [...(found[name] ?? []), ...values];
    at += values.length;
  }
  return found;
}

function requireOption(found, name, needed, why) {
  if (found[name] !== undefined && found[needed] === undefined)
    throw new UsageError(`${name} needs ${needed}: ${why}`);
}

function readPolicy(found) {
  const [path] = found['--policy'] ?? [];
  if (path === undefined) {
    throw new UsageError(`--policy is missing: a bundle that brings its own keys proves nothing${SEE_HELP}`);
  }
  const bytes = readNamed(path, MAX_POLICY_BYTES);
  try {
    return parsePolicy(bytes);
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${path}: ${error.message}`) : error;
  }
}

function readInputs(found) {
  const [bundle] = found['--bundle'] ?? [];
  const policy = readPolicy(found);
  if (bundle === undefined) throw new UsageError(`--bundle or --evidence is missing${SEE_HELP}`);
  requireOption(found, '--agency', '--bets', 'the bets of that agency');
  requireOption(found, '--bets', '--agency', 'whose bets they are');
  requireOption(found, '--winners', '--agency', 'whose winners they are');
  const inputs = { policy, bundle: folderOf(bundle) };
  if (inputs.bundle.read('checkpoint', MAX_NOTE_BYTES) === undefined) {
    throw new UsageError(`${bundle}: is no bundle: it has no file "checkpoint"`);
  }
  if (found['--agency'] !== undefined) {
    inputs.agency = fromDecimal(found['--agency'][0], 1, MAX_AGENCIES);
    if (inputs.agency === undefined)
      throw new UsageError(`--agency: allowed is a number from 1 to ${MAX_AGENCIES}`);
    let leftBytes = MAX_ROWS_BYTES;
    inputs.bets = found['--bets'].map((path) => {
      const rows = readNamed(path, leftBytes);
      leftBytes -= rows.length;
      return rows;
    });
  }
  if (found['--receipts'] !== undefined) inputs.receipts = folderOf(found['--receipts'][0]);
  if (found['--winners'] !== undefined)
    inputs.winnersFile = readNamed(found['--winners'][0], MAX_TABLE_BYTES);
  return inputs;
}

/** What the self-test looks at; it is handed over, so that no file imports another in a circle. */
export const PARTS = {
  verifyDraw,
  judgeEvidence,
  parsePolicy,
  Tree,
  leafHash,
  isIncluded,
  isBeacon,
  chainHashOf,
  drawNumber,
  seedText,
  sha256,
  quicknet: {
    chainHash: chainHashOf(QUICKNET),
    roundSeconds: (round) => roundSeconds(QUICKNET, round),
  },
};

async function main(words) {
  const print = (line) => process.stdout.write(`${line}\n`);
  if (words.includes('-h') || words.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const found = readArguments(words);
  if (found['--self-test'] !== undefined) {
    if (words.length > 1) throw new UsageError('--self-test goes alone');
    const { selfTest } = await import('./self_test.mjs');
    return selfTest(PARTS, print);
  }
  if (found['--evidence'] === undefined) return (await verifyDraw(readInputs(found), print)).exitCode;
  if (found['--bundle'] !== undefined) throw new UsageError('--evidence and --bundle do not go together');
  const notes = found['--evidence'].map((path) => readNamed(path, MAX_NOTE_BYTES));
  return judgeEvidence(readPolicy(found), notes, print).exitCode;
}

const isStarted =
  existsSync(process.argv[1] ?? '') && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isStarted) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${oneLine(error)}\n`);
    process.exitCode = EXIT_USAGE;
  }
}
