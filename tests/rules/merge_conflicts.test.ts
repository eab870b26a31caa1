import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../support/built';

/** What git writes around the two sides of a conflict, also where a formatter has made it a row of a table. */
const MARK = /^(<{7}|={7}|>{7})( |$)|^\| ={7}/m;

test('no document holds the marks of a merge that was not finished', () => {
  const files = ['.', 'docs'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );
  expect(files).toContain('README.md');
  expect(files.filter((name) => MARK.test(readFileSync(join(ROOT, name), 'utf8')))).toEqual([]);
});

test.each(['<<<<<<< HEAD', '=======', '>>>>>>> other', '| ======= | |'])('%s is such a mark', (line) => {
  expect(MARK.test(`a\n${line}\nb`)).toBe(true);
});
