/**
 * The commands of the memcached text protocol that are spoken here, as they are read from their lines.
 *
 * Source: memcached's doc/protocol.txt.
 */
import { MAX_NOTE_FLAGS, MAX_NOTE_NUMBER } from '../../ledger/note';
import { MAX_KEYS } from './limits';

/** The commands that store a value. */
export type StoreVerb = 'set' | 'add' | 'replace' | 'append' | 'prepend' | 'cas';

/** What a command that stores says in its line; its value follows. */
export interface StoreLine {
  readonly verb: StoreVerb;
  readonly key: string;
  readonly flags: number;
  /** When the value is to be forgotten: 0 for never. */
  readonly expirySeconds: number;
  readonly valueBytes: number;
  /** For `cas`: the number that the value had when it was read. */
  readonly unique: bigint | undefined;
  readonly isQuiet: boolean;
}

/** A command. `isQuiet`: it is not answered (`noreply`). */
export type Command =
  | { readonly type: 'get'; readonly keys: readonly string[]; readonly hasUnique: boolean }
  /** The value may be used until the next command is read. */
  | { readonly type: 'store'; readonly line: StoreLine; readonly value: Buffer }
  | { readonly type: 'delete'; readonly key: string; readonly isQuiet: boolean }
  | { readonly type: 'count'; readonly key: string; readonly by: bigint; readonly isQuiet: boolean }
  | { readonly type: 'flush'; readonly isQuiet: boolean }
  | { readonly type: 'verbosity'; readonly isQuiet: boolean }
  | { readonly type: 'stats' | 'version' | 'quit' }
  | Refused
  /** Nothing: a part of a value that is passed over. */
  | { readonly type: 'passed' };

/** A line that is no command, and what it is answered with. */
export interface Refused {
  readonly type: 'refused';
  readonly reply: string;
  readonly isQuiet: boolean;
  /** How long the value is that follows it all the same: nobody may take it for commands. */
  readonly valueBytes?: number;
}

/** What a line says: a whole command, or one whose value follows. */
export type Line = Command | StoreLine;

const BAD_FORMAT = 'CLIENT_ERROR bad command line format';
const NO_REPLY = 'noreply';
const MAX_KEY_BYTES = 250;
/** What memcached takes as the length of a value, whatever it stores: a number of 31 bits with its end. */
const MAX_ANNOUNCED_BYTES = 0x7fff_fffdn;
const DIGITS = /^[0-9]{1,20}$/;
const SIGNED_DIGITS = /^-?[0-9]{1,19}$/;

/** Reads a line, without its end. */
export function readLine(line: string): Line {
  const [verb = '', ...words] = line.split(' ').filter((word) => word !== '');
  switch (verb) {
    case 'get':
    case 'gets':
      return readGet(words, verb === 'gets');
    case 'set':
    case 'add':
    case 'replace':
    case 'append':
    case 'prepend':
    case 'cas':
      return readStore(verb, words);
    case 'delete':
      return readDelete(words);
    case 'incr':
      return readCount(words, 1n);
    case 'decr':
      return readCount(words, -1n);
    case 'flush_all':
      return readFlush(words);
    case 'verbosity':
      return readVerbosity(words);
    case 'stats':
      return words.at(-1) === NO_REPLY ? refused('ERROR') : { type: verb };
    case 'version':
    case 'quit':
      return words.length === 0 ? { type: verb } : refused('ERROR');
    default:
      return refused('ERROR');
  }
}

/** Whether a line is a command of which only the line has come. */
export function isStoreLine(line: Line): line is StoreLine {
  return 'verb' in line;
}

/** A refusal that the peer is told of, unless it has asked for no reply. */
export function refused(reply: string, isQuiet = false): Refused {
  return { type: 'refused', reply, isQuiet };
}

function readGet(keys: readonly string[], hasUnique: boolean): Command {
  if (keys.length === 0) return refused('ERROR');
  if (keys.length > MAX_KEYS) return refused(`CLIENT_ERROR a command asks for ${MAX_KEYS} keys at most`);
  return keys.every(isKey) ? { type: 'get', keys, hasUnique } : refused(BAD_FORMAT);
}

/** `KEY FLAGS EXPTIME BYTES [UNIQUE] [noreply]`, or `KEY BYTES [noreply]`. */
function readStore(verb: StoreVerb, words: readonly string[]): Line {
  const { given, isQuiet } = withoutNoReply(words);
  const isShort = verb === 'set' && given.length === 2;
  const isCut = verb === 'cas' && given.length === 4;
  const [key = '', flags = '', expiry = '', bytes = '', unique] = isShort
    ? [given[0], '0', '0', given[1]]
    : given;
  const needed = verb === 'cas' ? 5 : 4;
  if (!isShort && !isCut && given.length !== needed) return refused('ERROR');
  const uniqueNumber = unique === undefined ? undefined : numberOf(unique, MAX_NOTE_NUMBER);
  const flagsNumber = numberOf(flags, BigInt(MAX_NOTE_FLAGS));
  const valueBytes = numberOf(bytes, MAX_ANNOUNCED_BYTES);
  const isGood =
    isKey(key) && flagsNumber !== undefined && SIGNED_DIGITS.test(expiry) && valueBytes !== undefined;
  if (!isGood || (verb === 'cas' && uniqueNumber === undefined)) {
    const refusal = refused(BAD_FORMAT, isQuiet);
    return valueBytes === undefined ? refusal : { ...refusal, valueBytes: Number(valueBytes) };
  }
  return {
    verb,
    key,
    flags: Number(flagsNumber),
    expirySeconds: Number(expiry),
    valueBytes: Number(valueBytes),
    unique: uniqueNumber,
    isQuiet,
  };
}

/** `KEY [0] [noreply]`: the number was a time in old versions. */
function readDelete(words: readonly string[]): Command {
  const { given, isQuiet } = withoutNoReply(words);
  const [key = '', time = '0', ...more] = given;
  if (key === '') return refused('ERROR');
  if (!isKey(key) || time !== '0' || more.length > 0) {
    return refused(`${BAD_FORMAT}.  Usage: delete <key> [noreply]`, isQuiet);
  }
  return { type: 'delete', key, isQuiet };
}

function readCount(words: readonly string[], sign: 1n | -1n): Command {
  const { given, isQuiet } = withoutNoReply(words);
  const [key = '', text, ...more] = given;
  if (text === undefined || more.length > 0) return refused('ERROR');
  if (!isKey(key)) return refused(BAD_FORMAT, isQuiet);
  const number = numberOf(text, MAX_NOTE_NUMBER);
  if (number === undefined) return refused('CLIENT_ERROR invalid numeric delta argument', isQuiet);
  return { type: 'count', key, by: sign * number, isQuiet };
}

/** `[DELAY] [noreply]`: only at once. */
function readFlush(words: readonly string[]): Command {
  const { given, isQuiet } = withoutNoReply(words);
  const [delay = '0', ...more] = given;
  if (more.length > 0 || !SIGNED_DIGITS.test(delay)) return refused(BAD_FORMAT, isQuiet);
  if (delay !== '0') return refused('CLIENT_ERROR notes are removed at once, or not at all', isQuiet);
  return { type: 'flush', isQuiet };
}

/** `LEVEL [noreply]`: there is nothing that it changes. */
function readVerbosity(words: readonly string[]): Command {
  const { given, isQuiet } = withoutNoReply(words);
  const [level = '', ...more] = given;
  return DIGITS.test(level) && more.length === 0 ? { type: 'verbosity', isQuiet } : refused('ERROR', isQuiet);
}

/** The words of a command, and whether it is quiet: they ended with `noreply`. */
function withoutNoReply(words: readonly string[]): {
  readonly given: readonly string[];
  readonly isQuiet: boolean;
} {
  const isQuiet = words.at(-1) === NO_REPLY;
  return { given: isQuiet ? words.slice(0, -1) : words, isQuiet };
}

/** Whether memcached takes it as a key: whether a note can have the name is told later. */
function isKey(text: string): boolean {
  return text !== '' && text.length <= MAX_KEY_BYTES;
}

function numberOf(text: string, maximum: bigint): bigint | undefined {
  const number = DIGITS.test(text) ? BigInt(text) : undefined;
  return number !== undefined && number <= maximum ? number : undefined;
}
