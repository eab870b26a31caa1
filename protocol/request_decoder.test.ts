import fc from 'fast-check';

import { encodeAsk } from './ask';
import { encodeBet } from './bet';
import { encodeChk } from './chk';
import { encodeEcho } from './echo';
import { ProtocolError } from './error_codes';
import { encodeFin } from './fin';
import { MAX_ECHO_BYTES } from './limits';
import { encodeRcp } from './rcp';
import { Request, RequestDecoder } from './request_decoder';
import { requests, splitAt, splits } from './testing/arbitraries';
import { decodeAll, thrownBy } from './testing/decode_all';

const BET_1 = '1,1,Renata Isabel,Ibáñez,31204458,1987-03-17,2201';
const BET_2 = '1,2,Bruno Ezequiel,Saavedra,21689196,2000-05-10,7574';
const BET_LINE = `BET00000105000200000001;${BET_1};${BET_2}\n`;

interface Golden {
  readonly name: string;
  readonly wire: string;
  readonly encoded?: Buffer;
  readonly message: Request;
}

/** What the programs of the reference system put on the wire, and ours: byte for byte. */
const GOLDEN: readonly Golden[] = [
  {
    name: 'a BET of two bets, 23 + 105 + 1 bytes',
    wire: BET_LINE,
    encoded: encodeBet(1, [BET_1, BET_2]),
    message: { type: 'BET', batchId: 1, batchSize: 2, payload: Buffer.from(`;${BET_1};${BET_2}`) },
  },
  {
    name: 'a BET without a payload is framed, and refused later',
    wire: 'BET00000000000000000000\n',
    message: { type: 'BET', batchId: 0, batchSize: 0, payload: Buffer.alloc(0) },
  },
  {
    name: 'a BET with the largest BATCH_SIZE and BATCH_ID',
    wire: 'BET00000001999999999999;\n',
    message: { type: 'BET', batchId: 99_999_999, batchSize: 9_999, payload: Buffer.from(';') },
  },
  {
    name: 'a BET whose payload holds a line feed ends where PAYLOAD_SIZE says',
    wire: 'BET00000003000100000007;\n;\n',
    message: { type: 'BET', batchId: 7, batchSize: 1, payload: Buffer.from(';\n;') },
  },
  {
    name: 'a FIN, 24 bytes with its line feed',
    wire: 'FIN                   1\n',
    encoded: encodeFin(1),
    message: { type: 'FIN', agency: 1 },
  },
  {
    name: 'a FIN padded with zeros',
    wire: 'FIN00000000000000000012\n',
    message: { type: 'FIN', agency: 12 },
  },
  {
    name: 'a FIN of the largest agency',
    wire: 'FIN    9007199254740991\n',
    encoded: encodeFin(Number.MAX_SAFE_INTEGER),
    message: { type: 'FIN', agency: Number.MAX_SAFE_INTEGER },
  },
  {
    name: 'an ASK',
    wire: 'ASK                   3\n',
    encoded: encodeAsk(3),
    message: { type: 'ASK', agency: 3 },
  },
  {
    name: 'a CHK',
    wire: 'CHK00000064           3\n',
    encoded: encodeChk(3, 64),
    message: { type: 'CHK', agency: 3, upToBatchId: 64 },
  },
  {
    name: 'an RCP for a batch',
    wire: 'RCP00000064           3\n',
    encoded: encodeRcp(3, 64),
    message: { type: 'RCP', agency: 3, batchId: 64 },
  },
  {
    name: 'an RCP for a FIN, padded with zeros',
    wire: 'RCP00000000000000000003\n',
    message: { type: 'RCP', agency: 3, batchId: 0 },
  },
  {
    name: 'an ECHO',
    wire: 'ECHO ¿hola?\n',
    encoded: encodeEcho('¿hola?'),
    message: { type: 'ECHO', line: Buffer.from('ECHO ¿hola?\n') },
  },
  {
    name: 'an ECHO of nothing',
    wire: 'ECHO \n',
    encoded: encodeEcho(''),
    message: { type: 'ECHO', line: Buffer.from('ECHO \n') },
  },
];

const decode = (chunks: Iterable<Buffer>, maxPayloadBytes?: number): Request[] =>
  decodeAll(new RequestDecoder(maxPayloadBytes), chunks);
const text = (wire: string): Buffer[] => [Buffer.from(wire, 'utf8')];
const byteByByte = (bytes: Buffer): Buffer[] => splitAt(bytes, [...bytes.keys()]);

describe('golden bytes', () => {
  test('the example is as long as it was on the wire', () => {
    expect(Buffer.byteLength(BET_LINE)).toBe(129);
    expect(encodeFin(1)).toHaveLength(24);
  });

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
  test('random messages come out as they went in, however they are split', () => {
    const conversation = fc.array(requests, { maxLength: 8 }).chain((cases) => {
      const bytes = Buffer.concat(cases.map((one) => one.bytes));
      return fc.tuple(fc.constant(cases), splits(bytes));
    });
    fc.assert(
      fc.property(conversation, ([cases, chunks]) => {
        expect(decode(chunks)).toEqual(cases.map(({ message }) => message));
      }),
      { numRuns: 200 },
    );
  });

  test('a message that was given out is not overwritten by what comes behind it', () => {
    const decoder = new RequestDecoder();
    const [first] = decodeAll(decoder, byteByByte(encodeBet(1, [BET_1])));
    decodeAll(decoder, byteByByte(encodeBet(2, [BET_2])));
    expect(first).toMatchObject({ batchId: 1, payload: Buffer.from(`;${BET_1}`) });
  });

  test('arbitrary bytes raise nothing but a ProtocolError', () => {
    const prefix = fc.constantFrom(
      '',
      'BET',
      'BET0000000',
      'BET00000002000100000001',
      'FIN',
      'ASK',
      'CHK',
      'RCP',
      'ECHO ',
    );
    const hostile = fc
      .tuple(prefix, fc.uint8Array({ maxLength: 80 }))
      .chain(([letters, bytes]) => splits(Buffer.concat([Buffer.from(letters), bytes])));
    fc.assert(
      fc.property(hostile, (chunks) => {
        try {
          decode(chunks, 64);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the line feed behind FIN and ASK', () => {
  const FIN_1 = 'FIN                   1';
  const ASK_2 = 'ASK                   2';
  const both: Request[] = [
    { type: 'FIN', agency: 1 },
    { type: 'ASK', agency: 2 },
  ];

  test.each([
    { name: 'left out', chunks: [FIN_1 + ASK_2] },
    { name: 'there', chunks: [`${FIN_1}\n${ASK_2}\n`] },
    { name: 'in the next chunk', chunks: [FIN_1, `\n${ASK_2}`, '\n'] },
    { name: 'in a chunk of its own', chunks: [FIN_1, '\n', ASK_2, '\n'] },
    { name: 'behind an empty chunk', chunks: [FIN_1, '', `\n${ASK_2}`, ''] },
    { name: 'left out, with a new chunk behind it', chunks: [FIN_1, ASK_2] },
  ])('$name', ({ chunks }) => {
    expect(decode(chunks.map((chunk) => Buffer.from(chunk)))).toEqual(both);
  });

  test('is one at most', () => {
    expect(() => decode(text(`${FIN_1}\n\n`))).toThrow(ProtocolError);
    expect(() => decode(text(`${FIN_1}\r\n`))).toThrow(ProtocolError);
  });

  test('the message is complete without it', () => {
    const decoder = new RequestDecoder();
    decoder.push(Buffer.from(FIN_1));
    expect(decoder.next()).toEqual(both[0]);
    expect(decoder.isInMessage).toBe(false);
  });
});

describe('what is refused', () => {
  const NOT_A_NUMBER = 'a field of the BET header is no decimal number';
  const NO_MESSAGE = 'no BET, FIN, ASK, CHK, RCP or ECHO begins like this';
  const NO_BATCH = 'BATCH_ID is no decimal number';
  const NO_AGENCY = 'AGENCY is no decimal number';

  test.each([
    { name: 'another message', wire: 'GET / HTTP/1.1\r\n', reason: NO_MESSAGE },
    { name: 'one byte that begins nothing', wire: '\n', reason: NO_MESSAGE },
    { name: 'a reply', wire: 'ACK,', reason: NO_MESSAGE },
    { name: 'small letters', wire: 'bet', reason: NO_MESSAGE },
    { name: 'a second letter that is wrong', wire: 'BA', reason: NO_MESSAGE },
    { name: 'a third letter that is wrong', wire: 'FIM', reason: NO_MESSAGE },
    { name: 'an ECHO without its space', wire: 'ECHO\n', reason: NO_MESSAGE },
    { name: 'PAYLOAD_SIZE with a space', wire: 'BET     105000200000001', reason: NOT_A_NUMBER },
    { name: 'PAYLOAD_SIZE with a sign', wire: 'BET-0000105000200000001', reason: NOT_A_NUMBER },
    { name: 'BATCH_SIZE with a letter', wire: 'BET00000105000x00000001', reason: NOT_A_NUMBER },
    { name: 'BATCH_ID with a point', wire: 'BET000001050002000000.1', reason: NOT_A_NUMBER },
    { name: 'a FIN of no agency', wire: `FIN${' '.repeat(20)}`, reason: NO_AGENCY },
    { name: 'a FIN padded on the right', wire: `FIN1${' '.repeat(19)}`, reason: NO_AGENCY },
    { name: 'a FIN with a sign', wire: `FIN${'-1'.padStart(20)}`, reason: NO_AGENCY },
    { name: 'a FIN with a line feed in it', wire: `FIN${'1\n'.padStart(20)}`, reason: NO_AGENCY },
    { name: 'an RCP of a batch with a sign', wire: `RCP-0000001${'1'.padStart(12)}`, reason: NO_BATCH },
    { name: 'an RCP of no agency', wire: `RCP00000001${' '.repeat(12)}`, reason: NO_AGENCY },
    { name: 'an ASK of a word', wire: `ASK${'one'.padStart(20)}`, reason: NO_AGENCY },
  ])('bad-header: $name', ({ wire, reason }) => {
    const error = new ProtocolError('bad-header', reason);
    expect(thrownBy(() => decode(text(wire)))).toEqual(error);
    expect(thrownBy(() => decode(byteByByte(Buffer.from(wire))))).toEqual(error);
    expect(thrownBy(() => decode(text(wire)))).toMatchObject({ code: 'bad-header', batchId: 0 });
  });

  test.each([
    { name: 'too small', wire: 'BET00000001000100000009;x\n' },
    { name: 'too large', wire: 'BET00000003000100000009;x\nFIN' },
  ])('bad-header: PAYLOAD_SIZE is $name; the reply names the batch', ({ wire }) => {
    const error = thrownBy(() => decode(text(wire)));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: 'bad-header', batchId: 9 });
  });

  test('what came whole before it is read first', () => {
    const decoder = new RequestDecoder();
    decoder.push(Buffer.from('ECHO a\nFIN                   1\nxyz'));
    expect(decoder.next()).toMatchObject({ type: 'ECHO' });
    expect(decoder.next()).toMatchObject({ type: 'FIN' });
    expect(() => decoder.next()).toThrow(ProtocolError);
  });
});

describe('too-large', () => {
  test('PAYLOAD_SIZE at the limit is taken, one more is refused from the header alone', () => {
    const header = (payloadBytes: number): string =>
      `BET${String(payloadBytes).padStart(8, '0')}000100000042`;
    expect(decode(text(header(100)), 100)).toEqual([]);
    expect(decode(text(`${header(100)};${'x'.repeat(99)}\n`), 100)).toHaveLength(1);
    const error = thrownBy(() => decode(text(header(101)), 100));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: 'too-large', batchId: 42 });
    expect(error).toHaveProperty('message', 'PAYLOAD_SIZE is over the limit of 100 bytes');
  });

  test('without a limit of its own a server takes what eight digits can say', () => {
    expect(decode(text('BET99999999000100000001'))).toEqual([]);
  });
});

describe('an ECHO line', () => {
  const line = (bytes: number): string => `ECHO ${'e'.repeat(bytes - 'ECHO \n'.length)}\n`;

  test.each([
    { name: 'whole', chunks: (wire: Buffer) => [wire] },
    { name: 'byte by byte', chunks: byteByByte },
  ])('of 1,024 bytes is taken, of one more refused: $name', ({ chunks }) => {
    expect(decode(chunks(Buffer.from(line(MAX_ECHO_BYTES))))).toHaveLength(1);
    const error = thrownBy(() => decode(chunks(Buffer.from(line(MAX_ECHO_BYTES + 1)))));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: 'bad-header', batchId: 0 });
  });

  test('without an end is refused at the limit, not beyond it', () => {
    const decoder = new RequestDecoder();
    decoder.push(Buffer.from(line(MAX_ECHO_BYTES).slice(0, -1)));
    expect(decoder.next()).toBeUndefined();
    decoder.push(Buffer.from('e'));
    expect(() => decoder.next()).toThrow(ProtocolError);
  });

  test('may hold any byte but a line feed', () => {
    const bytes = Buffer.from([...Buffer.from('ECHO '), 0, 0xff, 0x0d, 0x0a]);
    expect(decode([bytes])).toEqual([{ type: 'ECHO', line: bytes }]);
  });
});
