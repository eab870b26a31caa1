/**
 * Random values of the wire for fast-check: valid bets, batches, requests and replies, and ways to split bytes.
 *
 * A failing run prints its seed; `FC_SEED=<seed>` in the environment runs every property with that seed again.
 */
import fc from 'fast-check';

import { encodeAck } from '../ack';
import { encodeAsk } from '../ask';
import { encodeBet } from '../bet';
import { encodeChk } from '../chk';
import { encodeCrc } from '../crc';
import { encodeEcho } from '../echo';
import { encodeErr } from '../err';
import { ERROR_CODES, ErrorCode, isErrorCode } from '../error_codes';
import { encodeFin } from '../fin';
import { encodeHas } from '../has';
import {
  MAX_BATCH_ID,
  MAX_BET_ID,
  MAX_DOCUMENT_DIGITS,
  MAX_ECHO_BYTES,
  MAX_NAME_BYTES,
  MAX_NUMBER,
  MAX_NUMBER_DIGITS,
  MAX_RECEIPT_BYTES,
  MIN_BIRTH_YEAR,
} from '../limits';
import { encodeRcp } from '../rcp';
import { encodeReceipt } from '../receipt';
import type { Reply } from '../reply_decoder';
import type { Request } from '../request_decoder';
import { encodeWin } from '../win';

const SEED = process.env['FC_SEED'];
if (SEED !== undefined) {
  if (!/^-?[0-9]+$/.test(SEED)) throw new Error(`FC_SEED is a whole number, not ${JSON.stringify(SEED)}`);
  fc.configureGlobal({ seed: Number(SEED) });
}

/** The fields of one bet, as texts that keep the rules of the wire (PROTOCOL.md, R5). */
export interface BetFields {
  readonly agency: string;
  readonly betId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly document: string;
  readonly birthdate: string;
  readonly number: string;
}

/** A batch of valid bets and the BET message that carries it. */
export interface BatchCase {
  readonly agency: number;
  readonly batchId: number;
  readonly bets: readonly BetFields[];
  readonly bytes: Buffer;
}

/** A message, and the bytes that stand for it on the wire. */
export interface MessageCase<Message> {
  readonly bytes: Buffer;
  readonly message: Message;
}

/** A bet as the wire has it: the seven fields joined with commas. */
export function betText(bet: BetFields): string {
  const { agency, betId, firstName, lastName, document, birthdate, number } = bet;
  return [agency, betId, firstName, lastName, document, birthdate, number].join(',');
}

const digit = fc.constantFrom(...Array.from('0123456789'));
const oddCharacters = [
  '%',
  '%d',
  '"',
  "'",
  '\\',
  ' ',
  '|',
  '\u0080',
  'ñ',
  'ß',
  'ع',
  '中',
  '\ufeff',
  '😀',
  '👩‍🚀',
];

/** One character that may stand in a name: any of Unicode but commas, semicolons and control characters. */
const nameCharacter = fc.oneof(
  fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')),
  fc.constantFrom(...oddCharacters),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter(isNameCharacter),
);

function isNameCharacter(character: string): boolean {
  return character >= ' ' && !['\u007f', ',', ';'].includes(character);
}

/** A name of 1 to 128 bytes of UTF-8, with a leaning towards what a careless program gets wrong. */
export const names: fc.Arbitrary<string> = fc
  .array(nameCharacter, { minLength: 1, maxLength: MAX_NAME_BYTES, size: '+1' })
  .map((characters) => cutToBytes(characters, MAX_NAME_BYTES));

/** A document of 1 to 20 digits; leading zeros are part of it. */
export const documents: fc.Arbitrary<string> = fc.string({
  unit: digit,
  minLength: 1,
  maxLength: MAX_DOCUMENT_DIGITS,
});

/** A day from 1900-01-01 to 9999-12-31. */
export const birthdates: fc.Arbitrary<string> = fc
  .date({
    min: new Date(Date.UTC(MIN_BIRTH_YEAR, 0, 1)),
    max: new Date(Date.UTC(9999, 11, 31)),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString().slice(0, 10));

/** A number to bet on, 0 to 9999, with or without leading zeros; few values, so that some win. */
export const numbers: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(fc.constantFrom(0, 74, 7574, MAX_NUMBER), fc.integer({ min: 0, max: MAX_NUMBER })),
    fc.integer({ min: 1, max: MAX_NUMBER_DIGITS }),
  )
  .map(([number, width]) => String(number).padStart(width, '0'));

/** A valid bet of an agency. */
export function bets(agency: number): fc.Arbitrary<BetFields> {
  return fc.record({
    agency: fc.constant(String(agency)),
    betId: fc.oneof(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 1, max: MAX_BET_ID })).map(String),
    firstName: names,
    lastName: names,
    document: documents,
    birthdate: birthdates,
    number: numbers,
  });
}

/** An agency's id: small ones as a lottery has them, and any other that the wire can carry. */
export const agencies: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);

/** The id of a batch. */
export const batchIds: fc.Arbitrary<number> = fc.integer({ min: 1, max: MAX_BATCH_ID });

/**
 * A valid batch.
 *
 * @param options.agency the agency it is of; any when left out
 * @param options.maxBets how many bets it holds at most; 8 when left out
 */
export function batches(options: { agency?: number; maxBets?: number } = {}): fc.Arbitrary<BatchCase> {
  const ofAgency = options.agency === undefined ? agencies : fc.constant(options.agency);
  return ofAgency.chain((agency) =>
    fc
      .tuple(batchIds, fc.array(bets(agency), { minLength: 1, maxLength: options.maxBets ?? 8 }))
      .map(([batchId, ofBatch]) => ({
        agency,
        batchId,
        bets: ofBatch,
        bytes: encodeBet(batchId, ofBatch.map(betText)),
      })),
  );
}

/** The text of an ECHO, short enough for one line. */
const echoTexts = fc
  .string({ unit: 'binary', maxLength: 200 })
  .filter((text) => !text.includes('\n') && Buffer.byteLength(text) <= MAX_ECHO_BYTES - 'ECHO \n'.length);

const echoes: fc.Arbitrary<MessageCase<{ readonly type: 'ECHO'; readonly line: Buffer }>> = echoTexts.map(
  (text) => {
    const bytes = encodeEcho(text);
    return { bytes, message: { type: 'ECHO', line: bytes } };
  },
);

/** The highest agency that a CHK or an RCP has room for. */
const MAX_BATCH_LINE_AGENCY = 999_999_999_999;

/** Any valid request; a FIN, an ASK, a CHK or an RCP comes with its line feed or without. */
export const requests: fc.Arbitrary<MessageCase<Request>> = fc.oneof(
  batches().map((batch): MessageCase<Request> => {
    const payload = Buffer.from(batch.bets.map((bet) => `;${betText(bet)}`).join(''), 'utf8');
    const { batchId, bytes } = batch;
    return { bytes, message: { type: 'BET', batchId, batchSize: batch.bets.length, payload } };
  }),
  fc
    .tuple(agencies, fc.constantFrom('FIN' as const, 'ASK' as const), fc.boolean())
    .map(([agency, type, hasLineFeed]): MessageCase<Request> => {
      const line = type === 'FIN' ? encodeFin(agency) : encodeAsk(agency);
      return { bytes: hasLineFeed ? line : line.subarray(0, -1), message: { type, agency } };
    }),
  fc
    .tuple(
      fc.integer({ min: 0, max: MAX_BATCH_LINE_AGENCY }),
      fc.integer({ min: 0, max: MAX_BATCH_ID }),
      fc.constantFrom('CHK' as const, 'RCP' as const),
      fc.boolean(),
    )
    .map(([agency, batchId, type, hasLineFeed]): MessageCase<Request> => {
      const line = type === 'CHK' ? encodeChk(agency, batchId) : encodeRcp(agency, batchId);
      const message: Request =
        type === 'CHK' ? { type, agency, upToBatchId: batchId } : { type, agency, batchId };
      return { bytes: hasLineFeed ? line : line.subarray(0, -1), message };
    }),
  echoes,
);

const codes: readonly ErrorCode[] = Object.keys(ERROR_CODES).filter(isErrorCode);
const counts = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const errTexts = fc.string({ unit: 'grapheme-ascii', maxLength: 200 });

/** Any valid reply. */
export const replies: fc.Arbitrary<MessageCase<Reply>> = fc.oneof(
  fc.tuple(agencies, batchIds).map(([agency, batchId]): MessageCase<Reply> => {
    return { bytes: encodeAck(agency, batchId), message: { type: 'ACK', agency, batchId } };
  }),
  fc.array(documents).map((winners): MessageCase<Reply> => {
    return { bytes: encodeWin(winners.join(',')), message: { type: 'WIN', documents: winners } };
  }),
  fc
    .tuple(fc.integer({ min: 0, max: MAX_BATCH_ID }), counts, counts)
    .map(([lastBatchId, lastBetId, betCount]): MessageCase<Reply> => {
      const message: Reply = { type: 'HAS', lastBatchId, lastBetId, bets: betCount };
      return { bytes: encodeHas(lastBatchId, lastBetId, betCount), message };
    }),
  fc
    .tuple(fc.integer({ min: 0, max: MAX_BATCH_ID }), counts, fc.integer({ min: 0, max: 2 ** 32 - 1 }))
    .map(([batchId, lastBetId, check]): MessageCase<Reply> => {
      return {
        bytes: encodeCrc(batchId, lastBetId, check),
        message: { type: 'CRC', batchId, lastBetId, check },
      };
    }),
  fc.uint8Array({ maxLength: MAX_RECEIPT_BYTES }).map((bytes): MessageCase<Reply> => {
    const receipt = Buffer.from(bytes);
    return { bytes: encodeReceipt(receipt), message: { type: 'RCP', receipt } };
  }),
  fc
    .tuple(fc.integer({ min: 0, max: MAX_BATCH_ID }), fc.constantFrom(...codes), errTexts)
    .map(([batchId, code, text]): MessageCase<Reply> => {
      return { bytes: encodeErr(batchId, code, text), message: { type: 'ERR', batchId, code, text } };
    }),
  echoes,
);

/**
 * Ways to split bytes into chunks, from whole to byte by byte; joined, the chunks are the bytes again.
 *
 * Each chunk is a copy, as reads from a socket are.
 */
export function splits(bytes: Buffer): fc.Arbitrary<Buffer[]> {
  const cuts = fc.oneof(
    { weight: 4, arbitrary: fc.uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 12 }) },
    { weight: 1, arbitrary: fc.constant(Array.from(bytes.keys())) },
  );
  return cuts.map((offsets) => splitAt(bytes, offsets));
}

/** Copies of the bytes, cut at each of the offsets. */
export function splitAt(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const ends = [...new Set([...offsets, bytes.length])].sort((left, right) => left - right);
  return ends.map((end, index) => Buffer.from(bytes.subarray(ends[index - 1] ?? 0, end)));
}

/** As many of the characters, from the first on, as fit; at least one. */
function cutToBytes(characters: readonly string[], maxBytes: number): string {
  let text = characters[0] ?? 'x';
  for (const character of characters.slice(1)) {
    if (Buffer.byteLength(text + character) > maxBytes) break;
    text += character;
  }
  return text;
}
