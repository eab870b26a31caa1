import { HeldLedger } from '../../ledger/testing/held_ledger';
import { betBytes } from '../../testing/bets';
import { until } from '../http/testing/until';
import { OpenMemcached, TERMS } from './testing/open_memcached';

const CSV = '1,Ana,Paz,31204458,1987-03-17,7574\n';
const OTHER_CSV = '1,Eva,Paz,31204458,1987-03-17,7574\n';

let door: OpenMemcached;
beforeEach(async () => (door = await OpenMemcached.open()));
afterEach(() => door.close());

/** A command that stores. */
const store = (line: string, value: string): string => `${line}\r\n${value}\r\n`;
const set = (key: string, value: string): string => store(`set ${key} 0 0 ${value.length}`, value);
const lines = (...replies: string[]): string => replies.map((reply) => `${reply}\r\n`).join('');

describe('notes', () => {
  test('are set, read and deleted', async () => {
    expect(await door.ask(set('foo', 'bar') + store('set f2 7 0 2', 'xyz') + 'get foo none f2\r\n')).toBe(
      lines('STORED', 'CLIENT_ERROR bad data chunk', 'VALUE foo 0 3', 'bar', 'END'),
    );
    expect(await door.ask('delete foo\r\ndelete foo\r\nget foo\r\n')).toBe(
      lines('DELETED', 'NOT_FOUND', 'END'),
    );
    expect(door.lines).toEqual([
      'PUT,/notes/foo,201,0',
      'GET,/notes/foo,200,0',
      'GET,/notes/none,404,0',
      'GET,/notes/f2,404,0',
      'DELETE,/notes/foo,200,0',
      'DELETE,/notes/foo,404,0',
      'GET,/notes/foo,404,0',
    ]);
  });

  test('keep their flags and any bytes', async () => {
    const value = '\0\r\n\x7f set a 0 0 1\r\n';
    expect(await door.ask(store(`set a 4294967295 0 ${value.length}`, value))).toBe(lines('STORED'));
    expect(await door.ask('get a\r\n')).toBe(lines(`VALUE a 4294967295 ${value.length}`, value, 'END'));
  });

  test('are added, replaced, and joined to', async () => {
    expect(
      await door.ask(
        store('replace a 0 0 1', '1') +
          store('append a 0 0 1', '1') +
          store('add a 5 0 1', '2') +
          store('add a 0 0 1', '3') +
          store('append a 9 0 2', '45') +
          store('prepend a 0 0 1', '1') +
          'get a\r\n' +
          store('replace a 0 0 1', '9') +
          'get a\r\n',
      ),
    ).toBe(
      lines(
        'NOT_STORED',
        'NOT_STORED',
        'STORED',
        'NOT_STORED',
        'STORED',
        'STORED',
        'VALUE a 5 4',
        '1245',
        'END',
        'STORED',
        'VALUE a 0 1',
        '9',
        'END',
      ),
    );
  });

  test('are changed only as they were read, with cas', async () => {
    await door.ask(set('a', '1'));
    const [, unique] = /^VALUE a 0 1 (\d+)\r\n/.exec(await door.ask('gets a\r\n')) ?? [];
    const cas = (key: string, value: string): string => store(`cas ${key} 0 0 1 ${unique}`, value);
    expect(await door.ask(cas('a', '2') + cas('a', '3') + cas('none', '3') + 'get a\r\n')).toBe(
      lines('STORED', 'EXISTS', 'NOT_FOUND', 'VALUE a 0 1', '2', 'END'),
    );
  });

  test('count, and begin again behind the largest number', async () => {
    expect(
      await door.ask(
        `incr n 1\r\n${set('n', '10')}incr n 5\r\ndecr n 20\r\n${set('n', '18446744073709551615')}` +
          `incr n 2\r\nget n\r\n${set('w', 'word')}incr w 1\r\n`,
      ),
    ).toBe(
      lines(
        'NOT_FOUND',
        'STORED',
        '15',
        '0',
        'STORED',
        '1',
        'VALUE n 0 1',
        '1',
        'END',
        'STORED',
        'CLIENT_ERROR cannot increment or decrement non-numeric value',
      ),
    );
  });

  test('are all removed, in their order among the other commands', async () => {
    expect(
      await door.ask(`${set('a', '1')}${set('b', '2')}flush_all\r\nget a b\r\n${set('a', '3')}get a\r\n`),
    ).toBe(lines('STORED', 'STORED', 'OK', 'END', 'STORED', 'VALUE a 0 1', '3', 'END'));
  });

  test('without a reply, whatever comes of it', async () => {
    expect(
      await door.ask(
        `${store('set a 0 0 1 noreply', '1')}${store('add a 0 0 1 noreply', '2')}incr a 4 noreply\r\n` +
          `delete none noreply\r\n${store('set a 0 9 1 noreply', '1')}get a\r\nflush_all noreply\r\nget a\r\n`,
      ),
    ).toBe(lines('VALUE a 0 1', '5', 'END', 'END'));
  });

  test('do not expire, and have names of their own', async () => {
    expect(
      await door.ask(
        `${store('set a 0 60 1', '1')}${set('a+b', '1')}get a+b\r\n${set('x'.repeat(201), '1')}`,
      ),
    ).toBe(
      lines(
        'CLIENT_ERROR notes do not expire',
        ...Array.from(
          { length: 3 },
          () =>
            'CLIENT_ERROR bad-request: a key is 1 to 200 letters, digits and . _ ~ : -, or a path of the API',
        ),
      ),
    );
    expect(door.lines).toEqual([]);
  });

  test('that are too long together are not read at once', async () => {
    const value = 'v'.repeat(700_000);
    await door.ask(set('a', value) + set('b', value) + set('c', value) + set('d', value));
    expect(await door.ask('get a b\r\n')).toHaveLength(
      2 * (value.length + 'VALUE a 0 700000\r\n\r\n'.length) + 5,
    );
    expect(await door.ask('get a b c d\r\n')).toBe(
      lines('CLIENT_ERROR too-large: the values are too long together: ask for fewer'),
    );
    expect(await door.ask(store('append a 0 0 700000', value))).toBe(
      lines('SERVER_ERROR object too large for cache'),
    );
  });
});

describe('paths', () => {
  test('of a batch sell it, and read it', async () => {
    const batch = (text: string): string => set('/agencies/1/batches/7', text);
    expect(await door.ask(batch(CSV) + batch(CSV) + batch(OTHER_CSV) + 'get /agencies/1/batches/7\r\n')).toBe(
      lines('STORED', 'STORED', 'NOT_STORED', `VALUE /agencies/1/batches/7 0 ${CSV.length}`, CSV, 'END'),
    );
    expect(await door.ask(set('/agencies/1/batches/8', 'nonsense'))).toMatch(/^CLIENT_ERROR bad-batch: /);
    expect(await door.ask(set('/agencies/4/batches/8', CSV))).toMatch(/^CLIENT_ERROR unknown-agency: /);
    expect(await door.ask('delete /agencies/1/batches/7\r\n')).toBe(
      lines('CLIENT_ERROR bets are never deleted'),
    );
    expect(
      await door.ask(set('/agencies/1/finish', '') + batch(CSV) + set('/agencies/1/batches/8', CSV)),
    ).toBe(lines('STORED', 'STORED', 'NOT_STORED'));
    expect(door.lines).toEqual([
      'PUT,/agencies/1/batches/7,201,0',
      'PUT,/agencies/1/batches/7,200,0',
      'PUT,/agencies/1/batches/7,409,0',
      'GET,/agencies/1/batches/7,200,0',
      'PUT,/agencies/1/batches/8,422,0',
      'PUT,/agencies/4/batches/8,404,0',
      'PUT,/agencies/1/finish,200,0',
      'PUT,/agencies/1/batches/7,200,0',
      'PUT,/agencies/1/batches/8,410,0',
    ]);
  });

  test('of the draw and of agencies are JSON', async () => {
    await door.ask(set('/agencies/1/batches/1', CSV));
    expect(await door.ask('get /draw\r\n')).toMatch(
      /^VALUE \/draw 0 \d+\r\n\{"state":"awaited",.*\}\n\r\nEND\r\n$/,
    );
    expect(await door.ask('get /agencies/1 /agencies/2 /agencies/9\r\n')).toMatch(
      /^VALUE \/agencies\/1 0 \d+\r\n\{"agency":1,"bets":1,.*\}\n\r\nVALUE \/agencies\/2 .*\}\n\r\nEND\r\n$/s,
    );
    expect(await door.ask('get /agencies\r\n')).toContain('"next":null');
    expect(await door.ask('get /agencies/1/winners\r\n')).toMatch(/^CLIENT_ERROR not-drawn: /);
    for (const agency of [1, 2, 3]) await door.ask(set(`/agencies/${agency}/finish`, ''));
    expect(await door.ask('get /agencies/1/winners\r\n')).toContain('{"agency":1,"winners":["31204458"]}');
    expect(await door.ask('get /draw\r\n')).toContain('"state":"drawn"');
  });

  test('that name nothing of an agency have a line, as over HTTP', async () => {
    await door.ask(
      `get /agencies/06\r\n${set('/agencies/1/batches/0', CSV)}delete /agencies/1/x,y\r\nget /nothing\r\n`,
    );
    expect(door.lines).toEqual([
      'GET,/agencies/06,404,0',
      'PUT,/agencies/1/batches/0,404,0',
      'DELETE,/agencies/1/x%2Cy,404,0',
    ]);
  });

  test('of the draw are not asked for with what may be long', async () => {
    expect(await door.ask('get a /draw\r\n')).toBe(
      lines('CLIENT_ERROR bad-request: the draw and winners are asked for without notes and batches'),
    );
  });

  test('of notes, and of nothing', async () => {
    expect(await door.ask(`${set('/agencies/2/notes/a', 'x')}get /agencies/2/notes/a /notes/a\r\n`)).toBe(
      lines('STORED', 'VALUE /agencies/2/notes/a 0 1', 'x', 'END'),
    );
    expect(
      await door.ask(
        `get /nothing\r\n${set('/draw', '')}${store('append /agencies/1/batches/1 0 0 1', 'x')}`,
      ),
    ).toBe(
      lines(
        'CLIENT_ERROR not-found: there is no such path',
        'CLIENT_ERROR method-not-allowed: this can only be read',
        'CLIENT_ERROR what was sold is never changed',
      ),
    );
  });
});

test('what is no command of memcached is refused, and HTTP is hung up on', async () => {
  expect(await door.ask('touch a 1\r\n\r\nstats\r\nverbosity 1\r\n')).toMatch(
    /^ERROR\r\nERROR\r\nSTAT pid \d+\r\n(STAT \w+ \S+\r\n)+END\r\nOK\r\n$/,
  );
  const browser = await door.connect();
  browser.send('POST / HTTP/1.1\r\nHost: a\r\n\r\nset a 0 0 1\r\nx\r\n');
  await browser.expectEnd();
  expect(browser.received).toBe('');
  expect(door.lines).toEqual([]);
});

test('what is written before it is read, in one piece, is seen', async () => {
  const many = Array.from({ length: 300 }, (_, index) => `${set('a', String(index))}get a\r\n`).join('');
  const replies = (await door.ask(many)).split('\r\n').filter((line) => /^\d+$/.test(line));
  expect(replies).toEqual(Array.from({ length: 300 }, (_, index) => String(index)));
});

test('while a value is read, the next command waits', async () => {
  await door.close();
  const ledger = new HeldLedger(TERMS);
  ledger.holdsReads = true;
  door = await OpenMemcached.open({}, ledger);
  const client = await door.connect();
  client.send(`get a\r\n${set('a', 'x')}`);
  await until(() => ledger.calls.length > 0);
  expect(ledger.calls.map(({ kind }) => kind)).toEqual(['get-note']);
  ledger.answerAll();
  await client.expectReceived('END\r\n');
  await until(() => ledger.calls.length > 0);
  expect(ledger.calls.map(({ kind }) => kind)).toEqual(['put-notes']);
  ledger.rejectAll();
  await client.expectReceived(
    'END\r\nSERVER_ERROR unavailable: the store cannot take it now: try again later\r\n',
  );
});

test('many append to one note at once, and all of it is there', async () => {
  await door.ask(set('a', ''));
  const appended = await Promise.all(
    Array.from({ length: 90 }, () => door.ask(store('append a 0 0 1', 'x'))),
  );
  expect(new Set(appended)).toEqual(new Set([lines('STORED')]));
  expect(await door.ask('get a\r\n')).toBe(lines('VALUE a 0 90', 'x'.repeat(90), 'END'));
});

test('a message of the agencies is no command', async () => {
  expect(await door.ask(`${betBytes(1, 1).toString('latin1')}\r\n`)).toMatch(/^(ERROR\r\n)+$/);
});
