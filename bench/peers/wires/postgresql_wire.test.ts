import { message, PostgresqlWire, query, startup } from './postgresql_wire';

const OPTIONS = { agency: 2, bets: Buffer.from('2,1,María;2,2,Juan'), places: 2 };
const AUTHENTICATED = message('R', Buffer.alloc(4));
const COPY_IN = message('G', Buffer.from([0, 0, 0]));
const DONE = message('C', Buffer.from('COPY 2\0'));
const READY = message('Z', Buffer.from('I'));

it('begins with the version and who it is', () => {
  expect(startup({ user: 'a' })).toEqual(
    Buffer.concat([Buffer.from([0, 0, 0, 16, 0, 3, 0, 0]), Buffer.from('user\0a\0\0')]),
  );
});

it('sends a size with each message that counts itself', () => {
  expect(query('É')).toEqual(Buffer.from([0x51, 0, 0, 0, 7, 0xc3, 0x89, 0]));
});

it('copies a batch in one go, a row for each bet', () => {
  const wire = new PostgresqlWire(OPTIONS);
  const batch = Buffer.concat([
    query("COPY bets FROM STDIN (DELIMITER ',')"),
    message('d', Buffer.from('2,1,María\n2,2,Juan\n')),
    message('c'),
  ]);
  expect(Buffer.concat(wire.batches(1, 1))).toEqual(batch);
  expect(wire.batchBytes).toBe(batch.length);
});

it.each([1, 3, 5, 6, 11, 1_000])('counts answers that come in pieces of %d bytes', (pieceBytes) => {
  const wire = new PostgresqlWire(OPTIONS);
  const bytes = Buffer.concat([AUTHENTICATED, READY, COPY_IN, DONE, READY, COPY_IN, DONE, READY]);
  let count = 0;
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    count += wire.answers(bytes.subarray(offset, offset + pieceBytes));
  }
  expect(count).toBe(3);
});

it('tells an error by its message', () => {
  const error = message('E', Buffer.from('SERROR\0C22P02\0Minvalid input syntax\0\0'));
  expect(() => new PostgresqlWire(OPTIONS).answers(error)).toThrow('PostgreSQL: invalid input syntax');
});

it('has no password', () => {
  const asked = message('R', Buffer.from([0, 0, 0, 3]));
  expect(() => new PostgresqlWire(OPTIONS).answers(asked)).toThrow('asks for a password');
});
