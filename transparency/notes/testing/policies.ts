/** Policies of tests: right ones, and ones that a slip makes of them. */
import { createHash, createPublicKey } from 'node:crypto';

import type { Random } from '../../../tools/random';
import { cosignerKey } from '../cosignature';
import { verifierKey } from '../note';
import { keyOfByte } from './keys';

const PUBLIC_KEY_HEX = 'a0b1'.repeat(48);
const GROUP_HASH_HEX = 'c2d3'.repeat(16);

/** The origin that these policies name. */
export const ORIGIN = 'lottery.example/2026-12-22';

/** The verifier key of a log. @param byte the seed of the key has it 32 times */
export const logKey = (byte: number, name = ORIGIN): string =>
  verifierKey(name, createPublicKey(keyOfByte(byte)));

/** The verifier key of a witness. */
export const witnessKey = (byte: number, name = `w${byte}.example`): string =>
  cosignerKey(name, createPublicKey(keyOfByte(byte)));

/** A verifier key under any name, also one that no key of ours may have, and of any type and length. */
export function anyKey(name: string, type = 4, bytes = 32): string {
  const material = Buffer.alloc(1 + bytes, 9);
  material[0] = type;
  const id = createHash('sha256').update(`${name}\n`).update(material).digest('hex').slice(0, 8);
  return `${name}+${id}+${material.toString('base64')}`;
}

/** A line that names a chain. */
export function beaconLine(changed: Readonly<Record<string, string>> = {}): string {
  const words = {
    name: 'own',
    key: PUBLIC_KEY_HEX,
    period: '3',
    genesis: '1692803367',
    group: GROUP_HASH_HEX,
    id: 'own-id',
    ...changed,
  };
  return `beacon ${Object.values(words).join(' ')}`;
}

/** A policy with a line of each kind. */
export const WHOLE = [
  '# the draw of Christmas',
  `log ${logKey(1)} https://lottery.example`,
  `log ${logKey(2)}`,
  '',
  `witness control ${witnessKey(3)}`,
  `witness\tfirst  ${witnessKey(4)}\thttps://witness.example`,
  `witness second ${witnessKey(5)}`,
  'group outside any first second',
  'group both all outside control',
  beaconLine(),
  'quorum both',
];

/** Words that a line may have by a slip, or for a reader that is not careful. */
const WORDS = [
  ...['none', 'any', 'all', '0', '1', '2', '02', '-1', '1e0', '3', '#', 'log', 'quorum', 'quorums', 'group'],
  ...['first', 'second', 'control', 'outside', 'both', 'nobody', '__proto__', 'constructor', 'toString'],
  ...['\u00a0', '\u0085', '\ufeff', '\u2028', '\u00e9', '\r', '\v', '\u007f'],
  ...[logKey(1), logKey(6), logKey(6, 'other.example'), witnessKey(1), witnessKey(3), witnessKey(7)],
  ...[PUBLIC_KEY_HEX, PUBLIC_KEY_HEX.toUpperCase(), GROUP_HASH_HEX, '2147483648', '2147483649'],
];

/** {@link WHOLE} with one to three slips. */
export function slipped(random: Random): Buffer {
  const lines = WHOLE.map((line) => line.split(/([ \t]+)/));
  let isOfBytes = false;
  for (let slips = 1 + random.below(3); slips > 0; slips--) {
    if (random.chance(200)) isOfBytes = true;
    else slip(lines, random);
  }
  const bytes = Buffer.from(`${lines.map((words) => words.join('')).join('\n')}\n`);
  if (isOfBytes) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

function slip(lines: string[][], random: Random): void {
  const at = random.below(lines.length);
  const line = lines[at] ?? [];
  const word = random.below(line.length + 1);
  const other = random.pick(WORDS);
  const slips = [
    () => lines.splice(at, 1),
    () => lines.splice(random.below(lines.length), 0, [...line]),
    () => lines.splice(random.below(lines.length), 0, ...lines.splice(at, 1)),
    () => line.splice(word, 1, other),
    () => line.splice(word, 0, ' ', other, ' '),
    () => line.splice(word, 2),
    () => line.splice(word, 1, `${line[word] ?? ''}${other}`),
  ];
  random.pick(slips)();
}
