/** Conversations by the protocol's grammar, and what is done to them so that they keep it no more. */
import { Random } from '../../../tools/random';
import { agencyLine, batch, batchLine, bet } from '../../support/wire';

/** Fuzzed agencies are 1 to this: few enough that conversations meet in one agency now and then. */
export const FUZZED_AGENCIES = 5_000;
const NAMES = ['Ana,Pérez', 'Íñigo,de la Peña', '%s,\\N', '😀,محمد', '"x",\'y\'', 'x,y'];
const TELLING_BYTES = [0x00, 0x0a, 0x0d, 0x20, 0x2c, 0x30, 0x39, 0x3b, 0x42, 0x7f, 0x80, 0xc0, 0xff];
const MAX_MESSAGES = 8;
const MAX_BETS = 12;
const MAX_RANDOM_BYTES = 40;
const MAX_MUTATIONS = 3;
const HEADER_DIGITS_AT = 3;
const HEADER_DIGITS = 20;

/** The messages of a valid conversation. */
export function validConversation(random: Random): Buffer[] {
  const agency = 1 + random.below(FUZZED_AGENCIES);
  let batchId = 1 + random.below(3);
  let betId = 1;
  const messages: Buffer[] = [];
  if (random.chance(400)) messages.push(Buffer.from(agencyLine('ASK', agency)));
  for (let left = 1 + random.below(MAX_MESSAGES); left > 0; left--) {
    if (random.chance(200)) messages.push(Buffer.from(batchLine('CHK', agency, random.below(4))));
    // It ends the conversation: this server gives no receipts.
    if (random.chance(30)) messages.push(Buffer.from(batchLine('RCP', agency, random.below(4))));
    if (random.chance(200)) messages.push(Buffer.from(`ECHO ${'hello '.repeat(random.below(20))}\n`));
    const count = 1 + random.below(MAX_BETS);
    const list = Array.from({ length: count }, () =>
      bet(agency, betId++, random.pick(NAMES), random.below(10_000)),
    );
    messages.push(batch(batchId++, list));
    // The same again is as valid.
    if (random.chance(100)) messages.push(messages.at(-1) ?? Buffer.alloc(0));
  }
  if (random.chance(20)) messages.push(Buffer.from(agencyLine('FIN', agency)));
  return messages;
}

/** The bytes of a conversation, most of the time damaged. */
export function fuzzedBytes(random: Random): Buffer {
  let messages = validConversation(random);
  for (let left = random.below(MAX_MUTATIONS + 1); left > 0; left--) messages = mutate(messages, random);
  return Buffer.concat(messages);
}

type Mutation = (bytes: Buffer, random: Random) => Buffer;

/** What is done to one message. */
const MUTATIONS: readonly Mutation[] = [
  flipBit,
  cut,
  drop,
  repeat,
  wrongDigit,
  insertRandom,
  tellingByte,
  splice,
];

function mutate(messages: readonly Buffer[], random: Random): Buffer[] {
  const index = random.below(messages.length);
  const mutation = random.pick(MUTATIONS);
  return messages.map((message, position) =>
    position === index && message.length > 0 ? mutation(message, random) : message,
  );
}

function flipBit(bytes: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(bytes);
  const index = random.below(bytes.length);
  flipped[index] = (flipped[index] ?? 0) ^ (1 << random.below(8));
  return flipped;
}

function cut(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, random.below(bytes.length));
}

function drop(bytes: Buffer, random: Random): Buffer {
  const [start, end] = range(bytes, random);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function repeat(bytes: Buffer, random: Random): Buffer {
  const [start, end] = range(bytes, random);
  const times = 1 + random.below(3);
  const pieces = Array.from({ length: times }, () => bytes.subarray(start, end));
  return Buffer.concat([bytes.subarray(0, end), ...pieces, bytes.subarray(end)]);
}

/** A size, a count or an id that is another. */
function wrongDigit(bytes: Buffer, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  const index = HEADER_DIGITS_AT + random.below(HEADER_DIGITS);
  if (index < changed.length) changed[index] = 0x30 + random.below(10);
  return changed;
}

function insertRandom(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  const inserted = Array.from({ length: 1 + random.below(MAX_RANDOM_BYTES) }, () => random.below(256));
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(inserted), bytes.subarray(at)]);
}

function tellingByte(bytes: Buffer, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  changed[random.below(bytes.length)] = random.pick(TELLING_BYTES);
  return changed;
}

/** The beginning of this message, and the end of another. */
function splice(bytes: Buffer, random: Random): Buffer {
  const other = random.pick(validConversation(random));
  return Buffer.concat([
    bytes.subarray(0, random.below(bytes.length)),
    other.subarray(random.below(other.length)),
  ]);
}

function range(bytes: Buffer, random: Random): [start: number, end: number] {
  const start = random.below(bytes.length);
  return [start, start + 1 + random.below(bytes.length - start)];
}
