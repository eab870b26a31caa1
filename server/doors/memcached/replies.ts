/** What the memcached door answers. Lines end with CR LF (memcached, doc/protocol.txt). */
import { ProtocolError } from '../../../protocol/error_codes';
import type { LogPlace } from '../../ledger/log_place';
import { asRefusal, Refusal } from '../http/refusals/problem';

const END_OF_LINE = Buffer.from('\r\n');
/** A value's number for `cas` is its place in the log: so many bits are for the position within the sequence. */
const POSITION_BITS = 24n;
const POSITION_MASK = (1n << POSITION_BITS) - 1n;
/** The most that a reply says of an error. */
const MAX_TEXT = 200;

/** A line. */
export function lineReply(text: string): Buffer {
  return Buffer.from(`${text}\r\n`, 'latin1');
}

/** One value of a `get`. @param place where it stands in the log, for `gets` */
export function valueReply(key: string, flags: number, value: Buffer, place: LogPlace | undefined): Buffer {
  const unique = place === undefined ? '' : ` ${uniqueOf(place)}`;
  const head = Buffer.from(`VALUE ${key} ${flags} ${value.length}${unique}\r\n`, 'latin1');
  return Buffer.concat([head, value, END_OF_LINE]);
}

/** The number of 64 bits that a value has for `cas`, which no other value of its name has. */
export function uniqueOf({ sequence, position }: LogPlace): bigint {
  return (BigInt(sequence) << POSITION_BITS) | BigInt(position);
}

/** The place that has this number. */
export function placeOf(unique: bigint): LogPlace {
  return { sequence: Number(unique >> POSITION_BITS), position: Number(unique & POSITION_MASK) };
}

/**
 * The refusal that an error stands for.
 *
 * @throws the error, where it is none that a client is told of
 */
export function refusalOf(error: unknown): Refusal {
  const refusal = error instanceof ProtocolError ? asRefusal(error) : error;
  if (refusal instanceof Refusal) return refusal;
  throw error;
}

/** How a refusal is told: it is the client's mistake, or the server cannot do it now. */
export function refusalReply({ code, message, status }: Refusal): Buffer {
  const kind = status >= 500 ? 'SERVER_ERROR' : 'CLIENT_ERROR';
  return lineReply(`${kind} ${code}: ${message.slice(0, MAX_TEXT)}`);
}
