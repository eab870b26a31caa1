/** Holds PROTOCOL.md and the code together: the example, the error codes, the limits and the rule numbers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ERROR_CODES } from './error_codes';
import * as limits from './limits';
import { ReplyDecoder } from './reply_decoder';
import { RequestDecoder } from './request_decoder';
import { decodeAll } from './testing/decode_all';

const DOCUMENT = readFileSync(join(__dirname, '..', 'PROTOCOL.md'), 'utf8');

/** The part of the document under a heading, up to the next of the same level. */
function section(heading: string): string {
  const parts = DOCUMENT.split(/^## /m).filter((part) => part.startsWith(`${heading}\n`));
  if (parts.length !== 1) throw new Error(`PROTOCOL.md has ${parts.length} sections "${heading}"`);
  return parts[0] ?? '';
}

/** The rows of the first table under a heading: the texts of their cells, without the header. */
function table(heading: string): string[][] {
  const lines = section(heading).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const after = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  return lines.slice(first + 2, after).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

/** The bytes of the lines of the worked example that begin with `prefix`. */
function exampleBytes(prefix: string): Buffer[] {
  return section('A whole conversation')
    .split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => Buffer.from(line.slice(prefix.length).replaceAll('\\n', '\n'), 'utf8'));
}

test('the table of error codes is that of the code', () => {
  const documented = table('Error codes').map(([code, , connection, retry]) => ({
    code,
    closesConnection: connection === 'closed',
    retryable: retry?.startsWith('yes'),
  }));
  expect(documented).toEqual(Object.entries(ERROR_CODES).map(([code, traits]) => ({ code, ...traits })));
});

test('every cell that a program would read says one of two things', () => {
  for (const [, , connection, retry] of table('Error codes')) {
    expect(['closed', 'stays open']).toContain(connection);
    expect(retry).toMatch(/^(yes,|no$)/);
  }
});

test('the table of limits is that of the code', () => {
  const documented = table('Limits').map(([name, value]) => [name, Number(value?.replaceAll(',', ''))]);
  expect(documented).toEqual(Object.entries(limits));
});

test('a limit has the unit of its name', () => {
  for (const [name = '', , unit] of table('Limits')) {
    const named = /_(BYTES|DIGITS)$/.exec(name)?.[1];
    if (named !== undefined) expect([name, unit]).toEqual([name, named.toLowerCase()]);
    expect(unit).not.toBe('');
  }
});

test('the example is a conversation that both sides understand', () => {
  const requests = decodeAll(new RequestDecoder(), [Buffer.concat(exampleBytes('agency → '))]);
  const replies = decodeAll(new ReplyDecoder(), [Buffer.concat(exampleBytes('server ← '))]);
  expect(requests).toMatchObject([
    { type: 'ASK', agency: 1 },
    { type: 'BET', batchId: 1, batchSize: 2 },
    { type: 'FIN', agency: 1 },
  ]);
  expect(replies).toEqual([
    { type: 'HAS', lastBatchId: 0, lastBetId: 0, bets: 0 },
    { type: 'ACK', agency: 1, batchId: 1 },
    { type: 'WIN', documents: ['21689196'] },
  ]);
});

test('the example says how long its messages are', () => {
  const lengths = [...exampleBytes('agency → '), ...exampleBytes('server ← ')].map((bytes) => [
    bytes.toString('latin1', 0, 3),
    String(bytes.length),
  ]);
  const documented = table('A whole conversation').map(([message, bytes]) => [message, bytes]);
  expect(documented.toSorted()).toEqual(lengths.toSorted());
});

test('the rules are numbered R1 to R29, each once and in order', () => {
  const numbers = [...DOCUMENT.matchAll(/^\*\*R([0-9]+)\./gm)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: 29 }, (_, index) => index + 1));
});

test('the code cites rules and headings that the document has', () => {
  for (const file of readdirSync(__dirname).filter(
    (name) => name.endsWith('.ts') && !name.includes('.test.'),
  )) {
    const source = readFileSync(join(__dirname, file), 'utf8');
    for (const [citation] of source.matchAll(/\(PROTOCOL\.md,[^)]*\)?/g)) {
      for (const [, rule] of citation.matchAll(/\b(R[0-9]+)\b/g)) expect(DOCUMENT).toContain(`**${rule}.`);
      for (const [, heading] of citation.matchAll(/"([^"]+)"/g))
        expect(DOCUMENT).toContain(`## ${heading}\n`);
    }
  }
});
