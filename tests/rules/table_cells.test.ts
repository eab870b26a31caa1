import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../support/built';

/** The line under a table's header (GitHub Flavored Markdown, 4.10). */
const DELIMITERS = /^\|( *:?-+:? *\|)+$/;
const FENCE = /^ *(```|~~~)/;

/** How many cells a row has: a `|` parts them also within code, unless a backslash stands before it. */
function cellsIn(row: string): number {
  return row
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/).length;
}

/** The rows of a document's tables that have not as many cells as their header: line numbers and what stands there. */
function brokenRows(text: string): string[] {
  const lines = text.split('\n');
  const broken: string[] = [];
  let isCode = false;
  let cells: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (FENCE.test(line)) isCode = !isCode;
    if (isCode || !line.startsWith('|')) cells = undefined;
    else {
      if (cells === undefined && DELIMITERS.test(lines[index + 1] ?? '')) cells = cellsIn(line);
      if (cellsIn(line) !== cells) broken.push(`${index + 1}: ${line}`);
    }
  }
  return broken;
}

test('every row of a table in a document has as many cells as its header', () => {
  const files = ['.', 'docs'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );
  expect(files).toContain('README.md');
  const broken = files.flatMap((name) =>
    brokenRows(readFileSync(join(ROOT, name), 'utf8')).map((row) => `${name}:${row}`),
  );
  expect(broken).toEqual([]);
});

const HEADER = '| claim | shown by |\n| ----- | :------: |\n';

test.each(['| a | `jest "(many | redis)"` |', '| a |', '| a | b | c |'])('%s is a broken row', (row) => {
  expect(brokenRows(`text\n\n${HEADER}| a | b |\n${row}\n\ntext`)).toEqual([`6: ${row}`]);
});

test.each(['| a | `jest "(many \\| redis)"` |', '| a | |'])('%s is a whole row', (row) => {
  expect(brokenRows(`${HEADER}${row}\n`)).toEqual([]);
});

test('what stands in a block of code is no table', () => {
  expect(brokenRows(`${HEADER}| a | b |\n\n\`\`\`sh\n| a\n\`\`\`\n`)).toEqual([]);
});
