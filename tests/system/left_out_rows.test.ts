/** Rows of an agency's file that cannot be sent. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';

import { Program, Stage } from '../support/programs';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

const ROWS = [
  'Ana,Pérez,1,1990-01-01,7574',
  '"Pérez, Ana",Lopez,2,1990-01-01,7574',
  'Eva,Paz,3,1990-02-30,7574',
];
const GOOD = 'Ana,Pérez,1,1990-01-01,7574\n';
const BAD = 'Eva,Paz,3,1990-02-30,7574\n';

/** An agency of a lottery of one, with a file of this content. */
async function agencyWith(
  content: string | Buffer,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ server: Program; agency: Program; file: string }> {
  const file = stage.path('agency.csv');
  writeFileSync(file, content);
  const { server, port } = await stage.startServer({ AGENCIES: '1', LOGGING_LEVEL: 'DEBUG' });
  return { server, agency: stage.startAgency(1, port, { CLI_DATA_FILE: file, ...environment }), file };
}

function reasonsFile(): string {
  return stage.path('rejected-agency-1.csv');
}

test('end the run before anything is sent, and are named, each with its reason', async () => {
  const { server, agency, file } = await agencyWith(ROWS.join('\n'));
  expect(await agency.exit).toBe(1);
  expect(agency.errors).toContain(`${file}: line 2, row 2: first_name: allowed is `);
  expect(agency.errors).toContain(`${file}: line 3, row 3: birthdate: allowed is `);
  expect(agency.errors).toMatch(
    /: 2 rows cannot be sent, nothing was sent, the sale was not ended; [^\n]*\n$/,
  );
  expect(agency.errors.endsWith(`the rows and their reasons are in ${reasonsFile()}\n`)).toBe(true);
  expect(agency.output).toContain(`file: ${file} | line: 2 | row: 2 | field: first_name`);
  expect(agency.output.trimEnd().split('\n').at(-1)).toMatch(
    /action: shutdown \| result: fail \| .* \| sold: 0 \| left_out: 2 \| sale: open \| reasons_file: /,
  );
  expect(`${agency.output}${agency.errors}`).not.toMatch(/Lopez|Paz/);
  expect(server.output).not.toMatch(/apuesta_recibida|receive_fin/);

  expect(statSync(reasonsFile()).mode & 0o777).toBe(0o600);
  const reasons = readFileSync(reasonsFile(), 'utf8').split('\n');
  expect(reasons[1]).toMatch(/,2,2,first_name,".*","""Pérez, Ana"",Lopez,2,1990-01-01,7574"$/);
  expect(reasons[2]).toMatch(/,3,3,birthdate,.*,"Eva,Paz,3,1990-02-30,7574"$/);
});

test('are named up to the twentieth on the screen, and are all in the file', async () => {
  const { agency } = await agencyWith(`${GOOD.repeat(3)}${BAD.repeat(30)}`);
  expect(await agency.exit).toBe(1);
  expect(agency.errors.match(/: line \d+, row/g)).toHaveLength(20);
  expect(agency.errors).toContain('\nand 10 rows more\n');
  expect(readFileSync(reasonsFile(), 'utf8').match(/1990-02-30/g)).toHaveLength(30);
});

test.each<[string, (rows: string) => string | Buffer, RegExp]>([
  ['semicolons', (rows) => rows.replaceAll(',', ';'), /separated with ; /],
  ['Latin-1', (rows) => Buffer.from(rows, 'latin1'), /Latin-1 or Windows-1252/],
  ['UTF-16 without a mark', (rows) => Buffer.from(rows, 'utf16le'), /UTF-16 without a byte order mark/],
  ['gzip', () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), /it is a gzip archive/],
  ['lines that end with CR', (rows) => rows.replaceAll('\n', '\r'), /the lines end with CR alone/],
  ['a header', (rows) => `first_name,last_name,document,birthdate,number\n${rows}`, /first line is a header/],
  ['decimals', (rows) => rows.replaceAll('7574', '7574.0'), /the numbers are decimals/],
  ['dates of another form', (rows) => rows.replaceAll('1990-01-01', '31/12/1990'), /DD\/MM\/YYYY/],
  [
    'an unclosed quote',
    (rows) => `"${rows}`,
    /^[^\n]*: line 1, row 1: row: allowed is quotes that are closed/,
  ],
  ['nothing', () => '', /is empty; if that is right, set data\.mayBeEmpty: true/],
  [
    'a last row that was cut short',
    (rows) => rows.slice(0, -10),
    /: line 20, row 20: row: allowed is 5 columns, not 4/,
  ],
])('a file with %s ends with 1; nothing is sent and the sale stays open', async (_, change, told) => {
  const { server, agency } = await agencyWith(change(GOOD.repeat(20)));
  expect(await agency.exit).toBe(1);
  expect(agency.errors).toMatch(told);
  expect(agency.output).toMatch(/\| sale: open/);
  expect(server.output).not.toMatch(/apuesta_recibida|receive_fin/);
});

test('without data.strict the others are sold; with too many of them the sale stays open', async () => {
  const { server, agency } = await agencyWith(`${GOOD.repeat(10)}${BAD}`, { CLI_DATA_STRICT: 'false' });
  expect(await agency.exit).toBe(1);
  expect(agency.errors).toMatch(
    /: 1 row cannot be sent, data\.maxLeftOut allows 0\.1 % of 11 rows; agency 1 has sold 10 bets, .*; 1 row left out; the sale was not ended; .*rejected-agency-1\.csv\n$/,
  );
  expect(server.output).toMatch(/apuesta_recibida/);
  expect(server.output).not.toMatch(/receive_fin/);
});

test('without data.strict few of them do not keep the sale from being ended', async () => {
  const { agency } = await agencyWith(`${GOOD.repeat(10)}${BAD}`, {
    CLI_DATA_STRICT: 'false',
    CLI_DATA_MAXLEFTOUT: '1',
  });
  expect(await agency.exit).toBe(0);
  expect(agency.output).toContain('cant_ganadores: 10');
  const last = agency.output.trimEnd().split('\n').at(-1);
  expect(last).toContain('sold: 10 | stored: 10 | left_out: 1 | sale: ended | server: ');
  expect(last?.endsWith(`reasons_file: ${reasonsFile()}`)).toBe(true);
});

test('without data.strict a file of which nothing can be sold does not end the sale', async () => {
  const { server, agency } = await agencyWith(BAD, { CLI_DATA_STRICT: 'false', CLI_DATA_MAXLEFTOUT: '100%' });
  expect(await agency.exit).toBe(1);
  expect(agency.errors).toMatch(/: 1 row cannot be sent, and none can be sold; /);
  expect(server.output).not.toMatch(/receive_fin/);
});

test('what the file must be is checked before anything is sent', async () => {
  const { server, agency } = await agencyWith(GOOD.repeat(3), { CLI_DATA_ROWS: '4' });
  expect(await agency.exit).toBe(1);
  expect(agency.errors).toMatch(/: 3 rows, data\.rows says 4\n$/);
  const { port } = await stage.startServer({ DATA_DIR: stage.path('other'), AGENCIES: '1' });
  const settings = { CLI_DATA_FILE: stage.path('agency.csv'), CLI_DATA_SHA256: '0'.repeat(64) };
  const other = stage.startAgency(1, port, settings);
  expect(await other.exit).toBe(1);
  expect(other.errors).toMatch(/: its SHA-256 is [0-9a-f]{64}, data\.sha256 says 0{64}\n$/);
  const digest = /SHA-256 is ([0-9a-f]+)/.exec(other.errors)?.[1] ?? '';
  const right = { CLI_DATA_FILE: stage.path('agency.csv'), CLI_DATA_SHA256: digest, CLI_DATA_ROWS: '3' };
  expect(await stage.startAgency(1, port, right).exit).toBe(0);
  expect(server.output).not.toMatch(/apuesta_recibida|receive_fin/);
});
