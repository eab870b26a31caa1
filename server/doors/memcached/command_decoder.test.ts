import { Command } from './command';
import { CommandDecoder, NoCommand } from './command_decoder';
import { MAX_LINE_BYTES } from './limits';

const MAX_VALUE_BYTES = 100;

/** Everything that these bytes are, sent in pieces of a size. */
function decoded(bytes: string, pieceBytes = bytes.length): unknown[] {
  const decoder = new CommandDecoder(MAX_VALUE_BYTES);
  const commands: unknown[] = [];
  const all = Buffer.from(bytes, 'latin1');
  for (let start = 0; start < all.length; start += pieceBytes) {
    decoder.push(all.subarray(start, start + pieceBytes));
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) commands.push(plain(next));
  }
  if (decoder.isInMessage) commands.push('more');
  return commands;
}

function plain(command: Command): unknown {
  if (command.type !== 'store') return command;
  const { verb, key, flags, isQuiet } = command.line;
  return [verb, key, flags, command.value.toString('latin1'), ...(isQuiet ? ['quiet'] : [])];
}

const refused = (reply: string, isQuiet = false): Command => ({ type: 'refused', reply, isQuiet });
const PASSED: Command = { type: 'passed' };

describe.each([1, 2, 3, 7, 1_000])('in pieces of %d bytes', (pieceBytes) => {
  test.each<[string, unknown[]]>([
    ['get a\r\n', [{ type: 'get', keys: ['a'], hasUnique: false }]],
    ['gets a /draw  b\n', [{ type: 'get', keys: ['a', '/draw', 'b'], hasUnique: true }]],
    [
      'set a 7 0 3\r\nx\r\n\r\nget a\r\n',
      [['set', 'a', 7, 'x\r\n'], { type: 'get', keys: ['a'], hasUnique: false }],
    ],
    ['set a 2\r\nxy\r\n', [['set', 'a', 0, 'xy']]],
    ['set a 2 noreply\nxy\nversion\n', [['set', 'a', 0, 'xy', 'quiet'], { type: 'version' }]],
    ['set a 0 0 0\r\n\r\n', [['set', 'a', 0, '']]],
    ['cas a 0 0 1 17 noreply\r\nx\r\n', [['cas', 'a', 0, 'x', 'quiet']]],
    [
      'delete a\r\ndelete a 0 noreply\r\n',
      [
        { type: 'delete', key: 'a', isQuiet: false },
        { type: 'delete', key: 'a', isQuiet: true },
      ],
    ],
    [
      'incr a 18446744073709551615\r\ndecr a 1 noreply\r\n',
      [
        { type: 'count', key: 'a', by: 18446744073709551615n, isQuiet: false },
        { type: 'count', key: 'a', by: -1n, isQuiet: true },
      ],
    ],
    [
      'flush_all\r\nflush_all 0 noreply\r\nverbosity 1\r\nquit\r\n',
      [
        { type: 'flush', isQuiet: false },
        { type: 'flush', isQuiet: true },
        { type: 'verbosity', isQuiet: false },
        { type: 'quit' },
      ],
    ],
  ])('%j', (bytes, commands) => {
    expect(decoded(bytes, pieceBytes)).toEqual(commands);
  });

  test('a value that is too long is passed over', () => {
    const found = decoded(`set a 0 0 101\r\n${'get b\r\n'.repeat(14)}xyz\r\nversion\r\n`, pieceBytes);
    expect(found[0]).toEqual(refused('SERVER_ERROR object too large for cache'));
    expect(found.slice(1, -1)).toEqual(found.slice(1, -1).map(() => PASSED));
    expect(found.at(-1)).toEqual({ type: 'version' });
  });

  test('a value without its end is refused, with the rest of its line', () => {
    const found = decoded('set a 0 0 1\r\nxyz\r\nversion\r\n', pieceBytes);
    expect(found[0]).toEqual(refused('CLIENT_ERROR bad data chunk'));
    expect(
      found.filter((each) => each !== found[0] && JSON.stringify(each) !== JSON.stringify(PASSED)),
    ).toEqual([{ type: 'version' }]);
  });
});

test.each([
  ['set a 4294967296 0 9', false],
  ['set a x 0 9 noreply', true],
  [`set ${'a'.repeat(251)} 0 0 9`, false],
  ['cas a 0 0 9', false],
  ['cas a 0 0 9 x', false],
])('of %j the value is passed over', (line, isQuiet) => {
  const found = decoded(`${line}\r\nversion\r\n\r\nversion\r\n`);
  expect(found).toEqual([
    { ...refused('CLIENT_ERROR bad command line format', isQuiet), valueBytes: 9 },
    PASSED,
    PASSED,
    { type: 'version' },
  ]);
});

test.each<[string, Command]>([
  ['', refused('ERROR')],
  ['SET a 0 0 1', refused('ERROR')],
  ['set a 0 0 2147483647', refused('CLIENT_ERROR bad command line format')],
  ['touch a 0', refused('ERROR')],
  ['version 1', refused('ERROR')],
  ['quit now', refused('ERROR')],
  ['stats noreply', refused('ERROR')],
  ['verbosity', refused('ERROR')],
  ['verbosity noreply', refused('ERROR', true)],
  ['verbosity a b c', refused('ERROR')],
  ['get', refused('ERROR')],
  ['set a', refused('ERROR')],
  ['set a 0 0', refused('ERROR')],
  ['set a 0 0 1 1 1', refused('ERROR')],
  ['cas a 0 0', refused('ERROR')],
  ['set a 0 0 -1', refused('CLIENT_ERROR bad command line format')],
  [`get ${'a'.repeat(251)}`, refused('CLIENT_ERROR bad command line format')],
  ['delete a 5', refused('CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]')],
  ['incr a x', refused('CLIENT_ERROR invalid numeric delta argument')],
  ['incr a -1', refused('CLIENT_ERROR invalid numeric delta argument')],
  ['flush_all 10', refused('CLIENT_ERROR notes are removed at once, or not at all')],
])('%j is refused', (line, command) => {
  expect(decoded(`${line}\r\nversion\r\n`)).toEqual([command, { type: 'version' }]);
});

test.each(['GET / HTTP/1.1\r\n', 'POST /notes HTTP/1.0\r\n'])('%j is hung up on', (line) => {
  expect(() => decoded(line)).toThrow(NoCommand);
});

test('a line that does not end is refused, and no value is held that was only announced', () => {
  expect(() => decoded('get ' + 'a'.repeat(MAX_LINE_BYTES))).toThrow('no command of memcached');
  expect(() => decoded(' '.repeat(3_000))).toThrow('no command of memcached');
  expect(decoded(`get ${'a '.repeat(2_000)}`)).toEqual(['more']);
  const decoder = new CommandDecoder(4_000_000);
  decoder.push(Buffer.from('set a 0 0 4000000\r\nx'));
  expect(decoder.next()).toBeUndefined();
  expect(decoder.heldCapacityBytes).toBeLessThan(1_000);
});
