import { scriptFiles, sourceFiles } from './source_files';

const MAX_LINES = 350;
/** An auditor copies it and reads it from top to bottom: it is one file on purpose. */
const LONGER: readonly string[] = ['verifier/verify.mjs'];

test(`no source file is longer than ${MAX_LINES} lines`, () => {
  const files = [...sourceFiles(), ...scriptFiles()].filter(([path]) => !LONGER.includes(path));
  const long = files.filter(([, text]) => text.split('\n').length - 1 > MAX_LINES);
  expect(long.map(([path]) => path)).toEqual([]);
});
