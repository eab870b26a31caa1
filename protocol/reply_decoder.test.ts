import fc from 'fast-check';

import { encodeAck } from './ack';
import { encodeEcho } from './echo';
import { encodeErr } from './err';
import { ProtocolError } from './error_codes';
import { encodeHas } from './has';
import { MAX_ECHO_BYTES, MAX_RECEIPT_BYTES } from './limits';
import { encodeReceipt } from './receipt';
import { Reply, ReplyDecoder } from './reply_decoder';
import { replies, splitAt, splits } from './testing/arbitraries';
import { decodeAll, thrownBy } from './testing/decode_all';
import { encodeWin } from './win';

interface Golden {
  readonly name: string;
  readonly wire: string;
  readonly encoded?: Buffer;
  readonly message: Reply;
}

/** What a server of the reference system puts on the wire, and ours: byte for byte. */
const GOLDEN: readonly Golden[] = [
  {
    name: 'an ACK, 17 bytes',
    wire: 'ACK,00000004,1,1\n',
    encoded: encodeAck(1, 1),
    message: { type: 'ACK', agency: 1, batchId: 1 },
  },
  {
    name: 'an ACK of longer numbers',
    wire: 'ACK,00000013,123,99999999\n',
    encoded: encodeAck(123, 99_999_999),
    message: { type: 'ACK', agency: 123, batchId: 99_999_999 },
  },
  {
    name: 'a WIN of one winner',
    wire: 'WIN,0000000821689196',
    encoded: encodeWin('21689196'),
    message: { type: 'WIN', documents: ['21689196'] },
  },
  {
    name: 'a WIN of several, in their order, one of them twice',
    wire: 'WIN,0000001321689196,7,07',
    encoded: encodeWin('21689196,7,07'),
    message: { type: 'WIN', documents: ['21689196', '7', '07'] },
  },
  {
    name: 'a WIN of nobody',
    wire: 'WIN,00000000',
    encoded: encodeWin(''),
    message: { type: 'WIN', documents: [] },
  },
  {
    name: 'a HAS',
    wire: 'HAS,0000001112,300,300\n',
    encoded: encodeHas(12, 300, 300),
    message: { type: 'HAS', lastBatchId: 12, lastBetId: 300, bets: 300 },
  },
  {
    name: 'a HAS of nothing',
    wire: 'HAS,000000060,0,0\n',
    encoded: encodeHas(0, 0, 0),
    message: { type: 'HAS', lastBatchId: 0, lastBetId: 0, bets: 0 },
  },
  {
    name: 'an RCP',
    wire: 'RCP,00000007index 1',
    encoded: encodeReceipt(Buffer.from('index 1')),
    message: { type: 'RCP', receipt: Buffer.from('index 1') },
  },
  {
    name: 'an RCP without a receipt',
    wire: 'RCP,00000000',
    encoded: encodeReceipt(undefined),
    message: { type: 'RCP', receipt: Buffer.alloc(0) },
  },
  {
    name: 'an ERR, commas in its text',
    wire: 'ERR,000000237,bad-batch,a,b: wrong\n',
    encoded: encodeErr(7, 'bad-batch', 'a,b: wrong'),
    message: { type: 'ERR', batchId: 7, code: 'bad-batch', text: 'a,b: wrong' },
  },
  {
    name: 'an ERR of no batch, without a text',
    wire: 'ERR,000000140,bad-header,\n',
    encoded: encodeErr(0, 'bad-header', ''),
    message: { type: 'ERR', batchId: 0, code: 'bad-header', text: '' },
  },
  {
    name: 'an ECHO',
    wire: 'ECHO hello\n',
    encoded: encodeEcho('hello'),
    message: { type: 'ECHO', line: Buffer.from('ECHO hello\n') },
  },
];

const decode = (chunks: Iterable<Buffer>): Reply[] => decodeAll(new ReplyDecoder(), chunks);
const byteByByte = (bytes: Buffer): Buffer[] => splitAt(bytes, [...bytes.keys()]);

describe('golden bytes', () => {
  test.each(GOLDEN)('$name', ({ wire, encoded, message }) => {
    const bytes = Buffer.from(wire, 'utf8');
    if (encoded !== undefined) expect(encoded.toString('utf8')).toBe(wire);
    expect(decode([bytes])).toEqual([message]);
    expect(decode(byteByByte(bytes))).toEqual([message]);
  });

  test('all in one chunk, and all byte by byte', () => {
    const bytes = Buffer.from(GOLDEN.map(({ wire }) => wire).join(''), 'utf8');
    const messages = GOLDEN.map(({ message }) => message);
    expect(decode([bytes])).toEqual(messages);
    expect(decode(byteByByte(bytes))).toEqual(messages);
  });
});

describe('any split, any messages', () => {
  test('random replies come out as they went in, however they are split', () => {
    const conversation = fc.array(replies, { maxLength: 8 }).chain((cases) => {
      const bytes = Buffer.concat(cases.map((one) => one.bytes));
      return fc.tuple(fc.constant(cases), splits(bytes));
    });
    fc.assert(
      fc.property(conversation, ([cases, chunks]) => {
        expect(decode(chunks)).toEqual(cases.map(({ message }) => message));
      }),
      { numRuns: 300 },
    );
  });

  test('arbitrary bytes raise nothing but a ProtocolError', () => {
    const prefix = fc.constantFrom(
      '',
      'ACK,',
      'ACK,00000004',
      'WIN,00000009',
      'HAS,0000000',
      'RCP,00000012',
      'ERR,00000012',
      'ECHO ',
    );
    const hostile = fc
      .tuple(prefix, fc.uint8Array({ maxLength: 60 }))
      .chain(([letters, bytes]) => splits(Buffer.concat([Buffer.from(letters), bytes])));
    fc.assert(
      fc.property(hostile, (chunks) => {
        try {
          decode(chunks);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what an agency does not take for a reply', () => {
  test.each([
    ['a request', 'BET0'],
    ['no reply, told by its second byte', 'EX'],
    ['no comma behind the letters', 'ACK 00000004,1,1\n'],
    ['PAYLOAD_SIZE that is no number', 'ACK,0000000x,1,1\n'],
    ['an ACK longer than short replies are', 'ACK,00001025'],
    ['a HAS longer than short replies are', 'HAS,00001025'],
    ['an RCP longer than a receipt may be', 'RCP,00008193'],
    ['an ERR longer than short replies are', 'ERR,00001025'],
    ['an ACK without the comma behind its header', 'ACK,00000004;1,1\n'],
    ['an ACK of one number', 'ACK,00000002,1\n'],
    ['an ACK of three numbers', 'ACK,00000006,1,1,1\n'],
    ['an ACK without a line feed', 'ACK,00000003,1,1'],
    ['an ACK with a sign', 'ACK,00000005,1,-1\n'],
    ['a HAS of two numbers', 'HAS,000000040,0\n'],
    ['a HAS with an empty number', 'HAS,000000050,,0\n'],
    ['an ERR with an unknown code', 'ERR,000000090,later,\n'],
    ['an ERR with the name of a built-in as its code', 'ERR,000000150,constructor,\n'],
    ['an ERR without a code', 'ERR,000000020\n'],
    ['an ERR without a line feed', 'ERR,000000090,closed,'],
    ['an ERR of two lines', 'ERR,000000130,closed,a\nb\n'],
    ['a WIN that is not documents', 'WIN,0000000321x'],
    ['a WIN with a comma in front', 'WIN,00000003,21'],
    ['a WIN with a comma behind', 'WIN,0000000321,'],
    ['a WIN with two commas together', 'WIN,000000041,,2'],
    ['an ECHO that does not end', `ECHO ${'e'.repeat(MAX_ECHO_BYTES)}`],
  ])('%s', (_, wire) => {
    const whole = thrownBy(() => decode([Buffer.from(wire)]));
    expect(whole).toBeInstanceOf(ProtocolError);
    expect(whole).toMatchObject({ code: 'bad-header' });
    expect(thrownBy(() => decode(byteByByte(Buffer.from(wire))))).toEqual(whole);
  });
});

test('a WIN longer than PAYLOAD_SIZE can say is a mistake of the caller', () => {
  expect(() => encodeWin('1'.repeat(100_000_000))).toThrow(RangeError);
});

test('a receipt longer than an RCP may hold is a mistake of the caller', () => {
  expect(encodeReceipt(Buffer.alloc(MAX_RECEIPT_BYTES))).toHaveLength(MAX_RECEIPT_BYTES + 12);
  expect(() => encodeReceipt(Buffer.alloc(MAX_RECEIPT_BYTES + 1))).toThrow(RangeError);
});
