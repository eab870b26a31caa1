import { importCircles, importGraph } from './import_circles';
import { sourceFiles } from './source_files';

/** To be mended; nothing is added here. */
const KNOWN: readonly string[] = [];

const files = (texts: Readonly<Record<string, string>>): string[] =>
  importCircles(importGraph(new Map(Object.entries(texts)))).map((circle) => circle.join(' → '));

test.each<[string, Record<string, string>, string[]]>([
  ['no circle', { 'a.ts': `import './b';`, 'b.ts': '' }, []],
  ['a file that imports itself', { 'a.ts': `import './a';` }, ['a.ts → a.ts']],
  [
    'a circle by a type and over a folder',
    { 'a.ts': `import type { B } from './x/b';`, 'x/b.ts': `export { A } from '../a';` },
    ['a.ts → x/b.ts → a.ts'],
  ],
  [
    'a circle of three beside a file that only leads to it',
    {
      'a.ts': `import './b';`,
      'b.ts': `import './c';`,
      'c.ts': `void import('./d');`,
      'd.ts': `import './b';`,
    },
    ['b.ts → c.ts → d.ts → b.ts'],
  ],
])('%s', (_, texts, circles) => {
  expect(files(texts)).toEqual(circles);
});

test('no files import each other in a circle', () => {
  const circles = importCircles(importGraph(sourceFiles())).map((circle) => circle.join(' → '));
  expect(circles).toEqual(KNOWN);
});
