import { OperationError } from '../program/exit';
import { checkWholeFile } from './strict';
import { TemporaryFolder } from './testing/temporary_folder';

const GOOD = 'Ana,Sosa,13414422,1963-11-07,7829\n';
const folder = new TemporaryFolder();
afterAll(() => folder.remove());

async function problems(content: string): Promise<string[]> {
  const found: string[] = [];
  await checkWholeFile(folder.write(content), 1, ({ row, line }, { field }) =>
    found.push(`${row} ${line} ${field}`),
  );
  return found;
}

describe('the check of a whole file', () => {
  test('finds nothing in a good one', async () => {
    expect(await problems(GOOD.repeat(5_000))).toEqual([]);
    expect(await problems('')).toEqual([]);
  });

  test('finds each row that cannot be sent, the last one included', async () => {
    expect(
      await problems(
        `${GOOD}x\n\n"A\nB",S,1,2000-01-01,1\n${GOOD.repeat(4_000)}${GOOD.replace('1963', '1863')}`,
      ),
    ).toEqual(['2 2 row', '3 4 first_name', '4004 4006 birthdate']);
  });

  test('fails where the file is no CSV, or is not there', async () => {
    await expect(problems(`${GOOD}"A`)).rejects.toThrow(OperationError);
    await expect(checkWholeFile('/no/such.csv', 1, () => undefined)).rejects.toThrow(OperationError);
  });
});
