/** Every cause for a refusal, against a running server: the code, what becomes of the connection, what is stored. */
import { Stage } from '../support/programs';
import { agencyLine, batch, bet, betHeader, bets, rawBet } from '../support/wire';
import { countBets } from './hostile/ledger_view';
import { Peer } from './hostile/peers';
import { describeOnLinux, WatchedServer } from './hostile/watched_server';

const AGENCIES = 5;
/** This agency has finished before the others begin. */
const FINISHED_AGENCY = 5;
const LONG = '9'.repeat(25);
const GOOD = bet(1, 1);

/** Valid bets in which one field is another. */
function withField(index: number, value: Buffer | string): Buffer {
  const fields = GOOD.split(',').map((field) => Buffer.from(field));
  fields[index] = Buffer.from(value);
  const parts = fields.flatMap((field, position) => [Buffer.from(position === 0 ? ';' : ','), field]);
  return rawBet(1, 1, Buffer.concat(parts));
}

const WRONG_FIELDS: [name: string, index: number, values: (Buffer | string)[]][] = [
  ['agency', 0, ['', '0', '-1', '+1', ' 1', '1 ', '1.0', '0x1', 'a', '١']],
  ['bet_id', 1, ['', '0', '-1', ' 1', '1e3', '9007199254740992', LONG]],
  ['first_name', 2, ['', 'a\tb', 'a\nb', 'a\0b', 'a\x7fb', 'x'.repeat(129), 'é'.repeat(65)]],
  [
    'last_name',
    3,
    [
      '',
      'a\rb',
      Buffer.of(0x61, 0xff),
      Buffer.of(0xc0, 0xaf),
      Buffer.of(0xed, 0xa0, 0x80),
      Buffer.of(0xe2, 0x82),
    ],
  ],
  ['document', 4, ['', '-1', '1a', ' 1', '1'.repeat(21)]],
  [
    'birthdate',
    5,
    [
      '',
      '1990-2-28',
      '1990-02-30',
      '1899-12-31',
      '1900-02-29',
      '2000-13-01',
      '2000-00-10',
      '90-01-01',
      '1990/01/01',
      '1990-01-011',
    ],
  ],
  ['number', 6, ['', '-1', '10000', '00001', '7.5', ' 7', '7 ', '٧']],
];

const OPEN: [name: string, bytes: Buffer | string, batchId: number, code: string][] = [
  ['no leading ;', rawBet(1, 1, GOOD), 1, 'bad-batch'],
  ['no payload', rawBet(1, 1, ''), 1, 'bad-batch'],
  ['no bet', rawBet(1, 0, ';'), 1, 'bad-batch'],
  ['a batch size of 0', rawBet(1, 0, `;${GOOD}`), 1, 'bad-batch'],
  ['fewer bets than the header says', rawBet(1, 2, `;${GOOD}`), 1, 'bad-batch'],
  ['more bets than the header says', rawBet(1, 1, `;${bets(1, 1, 2).join(';')}`), 1, 'bad-batch'],
  ['a ; too many', rawBet(1, 1, `;${GOOD};`), 1, 'bad-batch'],
  ['batch 0', batch(0, [GOOD]), 0, 'bad-batch'],
  ['mixed agencies', batch(7, [bet(1, 1), bet(2, 1)]), 7, 'bad-batch'],
  ['six fields', rawBet(1, 1, ';1,1,a,b,1,1990-01-01'), 1, 'bad-batch'],
  ['eight fields', rawBet(1, 1, `;${GOOD},7`), 1, 'bad-batch'],
  [
    'one bad bet among good ones',
    batch(1, [...bets(1, 1, 50), '1,51,a,b,c,1990-01-01,1', ...bets(1, 52, 49)]),
    1,
    'bad-batch',
  ],
  ...WRONG_FIELDS.flatMap(([name, index, values]) =>
    values.map((value): (typeof OPEN)[number] => [
      `${name} ${JSON.stringify(value.toString('latin1').slice(0, 24))}`,
      withField(index, value),
      1,
      'bad-batch',
    ]),
  ),
  ['a batch of an agency too high', batch(3, [bet(AGENCIES + 1, 1)]), 3, 'unknown-agency'],
  ['a batch of an agency beyond all numbers', rawBet(3, 1, `;${LONG}${GOOD.slice(1)}`), 3, 'unknown-agency'],
  ['FIN of an agency too high', agencyLine('FIN', AGENCIES + 1), 0, 'unknown-agency'],
  ['FIN of agency 0', agencyLine('FIN', 0), 0, 'unknown-agency'],
  ['ASK of an agency too high', agencyLine('ASK', AGENCIES + 1), 0, 'unknown-agency'],
  ['ASK of an agency of 20 digits', agencyLine('ASK', LONG.slice(0, 20)), 0, 'unknown-agency'],
  ['other bytes under a stored id', batch(1, [bet(3, 2)]), 1, 'batch-conflict'],
  ['a batch after FIN', batch(1, [bet(FINISHED_AGENCY, 1)]), 1, 'closed'],
];

const CLOSING: [name: string, bytes: Buffer | string, batchId: number, code: string][] = [
  ['other letters', 'GET / HTTP/1.1\r\n', 0, 'bad-header'],
  ['one wrong letter', 'F1N', 0, 'bad-header'],
  ['an empty line', '\n', 0, 'bad-header'],
  ['an answer instead of a message', 'ACK,00000004,1,1\n', 0, 'bad-header'],
  ['ECHO without a space', 'ECHO\n', 0, 'bad-header'],
  ['an ECHO that is too long', `ECHO ${'x'.repeat(1_019)}\n`, 0, 'bad-header'],
  ['a payload size that is no number', 'BET 0000010000100000001', 0, 'bad-header'],
  ['a batch size that is no number', 'BET00000010-00100000001', 0, 'bad-header'],
  ['a batch id that is no number', 'BET00000010000100000x01', 0, 'bad-header'],
  ['no line feed behind the payload', `${betHeader(GOOD.length, 1, 9)};${GOOD}\n`, 9, 'bad-header'],
  ['FIN of no number', `FIN${'x'.padStart(20)}\n`, 0, 'bad-header'],
  ['FIN of nothing', `FIN${' '.repeat(20)}\n`, 0, 'bad-header'],
  ['ASK with its padding behind', `ASK${'1'.padEnd(20)}\n`, 0, 'bad-header'],
  ['a payload over the limit', betHeader(4_194_305, 1, 8), 8, 'too-large'],
  ['a payload of all that eight digits can say', betHeader(99_999_999, 1, 8), 8, 'too-large'],
];

const stage = new Stage();
let server: WatchedServer;
let peer: Peer;
let answered = 0;
let storedBets = 0;

/** The next line that the server sends on the connection that stays open. */
async function nextLine(): Promise<string> {
  const lines = answered++;
  const received = await peer.until(new RegExp(`^(?:[^\\n]*\\n){${lines + 1}}`));
  return received.split('\n')[lines] ?? '';
}

beforeAll(async () => {
  server = await WatchedServer.start({ folder: stage.path('ledger') });
  peer = await Peer.open(server.port);
  peer.socket.write(batch(1, [bet(3, 1)]));
  expect(await nextLine()).toMatch(/^ACK,\d{8},3,1$/);
  storedBets++;
  peer.socket.write(agencyLine('FIN', FINISHED_AGENCY));
});

afterAll(async () => {
  peer.socket.destroy();
  await server.kill();
  await stage.close();
});

describeOnLinux('is refused, and the connection stays usable:', () => {
  test.each(OPEN)('%s', async (name, bytes, batchId, code) => {
    await peer.write(bytes);
    expect(await nextLine()).toMatch(new RegExp(`^ERR,\\d{8}${batchId},${code},.+$`));
    await peer.write(`ECHO after ${Buffer.from(name).toString('base64url')}\n`);
    expect(await nextLine()).toBe(`ECHO after ${Buffer.from(name).toString('base64url')}`);
    expect(peer.isClosed).toBe(false);
  });

  test('a good batch is still taken on it', async () => {
    await peer.write(batch(2, bets(3, 2, 10)));
    expect(await nextLine()).toMatch(/^ACK,\d{8},3,2$/);
    storedBets += 10;
  });
});

describeOnLinux('is refused, and the connection is closed:', () => {
  test.each(CLOSING)('%s', async (_, bytes, batchId, code) => {
    const one = await Peer.open(server.port);
    await one.write(bytes);
    // What comes behind is not read any more.
    await one.write(batch(20, [bet(4, 1)]));
    await one.closed;
    expect(one.received).toMatch(new RegExp(`^ERR,\\d{8}${batchId},${code},[^\\n]+\\n$`));
  });

  test('a batch of a connection that was taken over', async () => {
    const former = await Peer.open(server.port);
    const later = await Peer.open(server.port);
    for (const one of [former, later]) {
      one.socket.write(agencyLine('ASK', 4));
      await one.until(/^HAS,.*\n/);
    }
    later.socket.write(batch(1, [bet(4, 1)]));
    await later.until(/\nACK,\d{8},4,1\n/);
    storedBets++;
    former.socket.write(batch(2, [bet(4, 2)]));
    await former.closed;
    expect(former.received).toMatch(/^HAS[^\n]*\nERR,\d{8}2,unavailable,[^\n]+\n$/);
    later.socket.destroy();
  });
});

describeOnLinux('and afterwards', () => {
  test('the ledger holds what was acknowledged, and nothing else', async () => {
    expect((await server.stop()).exit).toBe(0);
    expect(countBets(stage.path('ledger'))).toBe(storedBets);
  });
});
