import { ROWS_FORM } from './postgresql_rows';
import { message, PostgresqlWire, startup } from './postgresql_wire';

const READY = message('Z', Buffer.from('I'));
const OPTIONS = {
  agency: 2,
  bets: Buffer.from('2,1,María,O"B\\,1,1990-01-02,7;2,2,Juan,Paz,2,1991-01-02,8'),
  places: 1,
};

it('prepares the statement with the greeting, and is greeted when both are done', () => {
  const wire = new PostgresqlWire(OPTIONS, ROWS_FORM);
  const start = startup({ user: 'postgres', database: 'postgres' });
  expect(wire.greeting.subarray(0, start.length)).toEqual(start);
  expect(wire.greeting.toString('latin1', start.length, start.length + 1)).toBe('P');
  const done = message('1');
  expect(wire.answers(Buffer.concat([READY, done]))).toBe(0);
  expect(wire.answers(READY)).toBe(1);
  expect(wire.answers(Buffer.concat([READY, READY]))).toBe(2);
});

it('sends a batch as arrays, one for each column', () => {
  const sent = Buffer.concat(new PostgresqlWire(OPTIONS, ROWS_FORM).batches(1, 1)).toString();
  for (const column of ['{"2","2"}', '{"1","2"}', '{"María","Juan"}', '{"O\\"B\\\\","Paz"}', '{"7","8"}']) {
    expect(sent).toContain(column);
  }
});
