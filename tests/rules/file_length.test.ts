import { sourceFiles } from './source_files';

const MAX_LINES = 350;

test(`no source file is longer than ${MAX_LINES} lines`, () => {
  const long = [...sourceFiles()].filter(([, text]) => text.split('\n').length - 1 > MAX_LINES);
  expect(long.map(([path]) => path)).toEqual([]);
});
