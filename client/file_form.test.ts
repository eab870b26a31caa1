import { FormGuess, foreignForm } from './file_form';

const GOOD = 'Ana,Sosa,13414422,1963-11-07,7829';

describe('what the first bytes show', () => {
  test.each<[string, Buffer | string, string | undefined]>([
    ['a CSV file', `${GOOD}\n`, undefined],
    ['one with a mark', `\ufeff${GOOD}\n`, undefined],
    ['nothing', '', undefined],
    ['UTF-16 behind its mark, which is read', Buffer.from(`\ufeff${GOOD}\n`, 'utf16le'), undefined],
    ['a name that begins like an archive', 'BZh,Sosa,1,1990-01-01,7\n', undefined],
    ['Latin-1', Buffer.from('José,Sosa,1,1990-01-01,7\n', 'latin1'), undefined],
    ['UTF-16 without a mark', Buffer.from(GOOD, 'utf16le'), 'UTF-16 without a byte order mark'],
    ['UTF-16, big-endian', Buffer.from(`\ufeff${GOOD}`, 'utf16le').swap16(), 'UTF-16, big-endian'],
    ['big-endian without a mark', Buffer.from(GOOD, 'utf16le').swap16(), 'UTF-16 without a byte order mark'],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]), 'UTF-32'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8]), 'a gzip archive'],
    ['bzip2', Buffer.from('BZh91AY&SY\xff', 'latin1'), 'a bzip2 archive'],
    ['zip', Buffer.from('PK\x03\x04 agency.csv', 'latin1'), 'a zip archive'],
    ['xlsx', Buffer.from('PK\x03\x04 xl/workbook.xml', 'latin1'), 'a spreadsheet (xlsx)'],
    ['ods', 'PK\x03\x04 mimetypeapplication/vnd.oasis.opendocument.spreadsheet', 'a spreadsheet (ods)'],
    [
      'xls',
      Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
      'a spreadsheet or another document of Office (xls)',
    ],
    ['PDF', '%PDF-1.7', 'a PDF'],
    ['HTML under the name of a spreadsheet', ' <html><table>', 'a page or a spreadsheet in HTML or XML'],
  ])('%s', (_, bytes, form) => {
    expect(foreignForm(Buffer.from(bytes as string))).toBe(form);
  });
});

/** What is guessed from these rows, all of which cannot be sent. */
function guess(...rows: (string | Buffer)[]): string | undefined {
  const forms = new FormGuess();
  for (const [index, row] of rows.entries())
    forms.add(Buffer.from(row as string).toString('latin1'), index + 1);
  return forms.describe();
}

describe('what the rows have in common', () => {
  test.each([
    ['semicolons', 'Ana;Sosa;1;1990-01-01;7', /separated with ;/],
    ['tabs', 'Ana\tSosa\t1\t1990-01-01\t7', /separated with tabs/],
    ['bars', 'Ana|Sosa|1|1990-01-01|7', /separated with \|/],
    ['Latin-1', Buffer.from('José,Sosa,1,1990-01-01,7', 'latin1'), /Latin-1 or Windows-1252/],
    ['lost characters', 'Jos\ufffd,Sosa,1,1990-01-01,7', /characters were lost/],
    ['CR alone', `${GOOD}\r${GOOD}\r${GOOD}`, /end with CR alone/],
    ['decimals', 'Ana,Sosa,1,1990-01-01,7574.0', /the numbers are decimals/],
    ['dots', 'Ana,Sosa,31.204.458,1990-01-01,7', /the documents have dots/],
    ['documents of a spreadsheet', 'Ana,Sosa,3.12E+07,1990-01-01,7', /the documents are decimals/],
    ['dates', 'Ana,Sosa,1,31/12/1990,7', /DD\/MM\/YYYY/],
    ['other dates', 'Ana,Sosa,1,1990/12/31,7', /YYYY\/MM\/DD/],
    ['times', 'Ana,Sosa,1,1990-12-31 00:00:00,7', /a time behind/],
    ['spaces', 'Ana,Sosa, 1,1990-12-31,7', /spaces around/],
  ])('%s', (_, row, form) => {
    expect(guess(row, row, row)).toMatch(form);
    expect(guess(row, row, row)).not.toContain('header');
  });

  test('several at once, behind a header', () => {
    const row = 'Ana;Sosa;31.204.458;31/12/1990;7,0';
    const told = guess('nombre;apellido;documento;nacimiento;numero', row, row);
    for (const form of [/; and not/, /dots/, /DD\/MM/, /decimals/, /header/]) expect(told).toMatch(form);
  });

  test('a header alone', () => {
    expect(guess('first_name,last_name,document,birthdate,number')).toBe('the first line is a header');
  });

  test('what only a few show is not said', () => {
    expect(guess('Ana,Sosa,1,31/12/1990,7', 'x', 'y', 'z')).toBeUndefined();
    expect(guess('Ana,Sosa,1,1990-02-30,7')).toBeUndefined();
  });
});
