/** Signed notes, checkpoints and cosignatures: C2SP signed-note, tlog-checkpoint and tlog-cosignature, Ed25519. */
import { isUtf8 } from 'node:buffer';
import { createPublicKey, KeyObject, sign, verify } from 'node:crypto';

import { HASH_BYTES, sha256, TreeHead } from './merkle';

const LOG_TYPE = 1;
const COSIGNER_TYPE = 4;
const KEY_BYTES = 32;
const MAX_SIGNATURES = 100;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const SIGNATURE = /^— (\S+) (\S+)$/;
/** What can name a key here: printable ASCII without spaces and plus. */
const KEY_NAME = /^[!-*,-~]{1,200}$/;

/** The key of a log. */
export interface LogKey {
  /** That of the log, and its origin. */
  readonly name: string;
  readonly id: Buffer;
  readonly key: KeyObject;
}

/** Reads the verifier key of a log. @returns `undefined` for what is none, or mistyped */
export function readLogKey(text: string): LogKey | undefined {
  const [, name = '', id = '', base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  const material = decode(base64);
  if (!KEY_NAME.test(name) || material?.length !== 1 + KEY_BYTES || material[0] !== LOG_TYPE)
    return undefined;
  if (keyId(name, material).toString('hex') !== id) return undefined;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: material.subarray(1).toString('base64url') };
  return { name, id: Buffer.from(id, 'hex'), key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** Whether a cosigner can be called so. */
export function isKeyName(name: string): boolean {
  return KEY_NAME.test(name);
}

/** What a note holds: its text, and the lines behind it. */
export interface SplitNote {
  /** With the line feed at its end. */
  readonly text: string;
  readonly lines: readonly string[];
}

/** Takes a note apart. @returns `undefined` for what is no note */
export function splitNote(bytes: Buffer): SplitNote | undefined {
  if (!isUtf8(bytes)) return undefined;
  const note = bytes.toString('utf8');
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0 || !note.endsWith('\n')) return undefined;
  const lines = note.slice(blank + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES || !lines.every((line) => SIGNATURE.test(line))) return undefined;
  return { text: note.slice(0, blank + 1), lines };
}

/** Whether a note is signed by the log: by at least one signature of its key, and by no wrong one in its name. */
export function isSignedBy({ text, lines }: SplitNote, log: LogKey): boolean {
  let isSigned = false;
  for (const line of lines) {
    const [, name, base64 = ''] = SIGNATURE.exec(line) ?? [];
    const bytes = decode(base64);
    if (name !== log.name || bytes === undefined || !bytes.subarray(0, log.id.length).equals(log.id))
      continue;
    if (!verify(null, Buffer.from(text), log.key, bytes.subarray(log.id.length))) return false;
    isSigned = true;
  }
  return isSigned;
}

/** A checkpoint. */
export interface Checkpoint extends TreeHead {
  readonly origin: string;
}

/** Reads a checkpoint's text, which must have three lines. @returns `undefined` for what is none */
export function readCheckpoint(text: string): Checkpoint | undefined {
  const [, origin = '', size = '', base64 = ''] =
    /^([^\n]+)\n(0|[1-9]\d{0,15})\n([^\n]+)\n$/.exec(text) ?? [];
  const root = decode(base64);
  if (root?.length !== HASH_BYTES || !Number.isSafeInteger(Number(size))) return undefined;
  return { origin, size: Number(size), root };
}

/** Cosigns with one key. */
export class Cosigner {
  readonly #name: string;
  readonly #key: KeyObject;
  readonly #material: Buffer;

  /** @param key a private Ed25519 key, which signs nothing else */
  constructor(name: string, key: KeyObject) {
    this.#name = name;
    this.#key = key;
    const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
    this.#material = Buffer.concat([Uint8Array.of(COSIGNER_TYPE), Buffer.from(x, 'base64url')]);
  }

  /** What others verify with. */
  get verifierKey(): string {
    const id = keyId(this.#name, this.#material).toString('hex');
    return `${this.#name}+${id}+${this.#material.toString('base64')}`;
  }

  /** The line of a cosignature, with its line feed. @param timeSeconds since 1970 */
  cosign(text: string, timeSeconds: number): string {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(timeSeconds));
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${timeSeconds}\n${text}`), this.#key);
    const bytes = Buffer.concat([keyId(this.#name, this.#material), time, signature]);
    return `— ${this.#name} ${bytes.toString('base64')}\n`;
  }
}

/** Bytes in base64 as they must be written. @returns `undefined` for anything else */
export function decode(base64: string): Buffer | undefined {
  const bytes = BASE64.test(base64) ? Buffer.from(base64, 'base64') : undefined;
  return bytes?.toString('base64') === base64 ? bytes : undefined;
}

function keyId(name: string, material: Uint8Array): Buffer {
  return sha256(`${name}\n`, material).subarray(0, 4);
}
