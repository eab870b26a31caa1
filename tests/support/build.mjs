import { build as compile } from '../../tools/build.mjs';

/** Compiles the programs, the page and the benchmark before the tests, and copies the files that are read beside them. */
export default async function build() {
  if ((await compile(['tsconfig.bench.json'])) !== 0) throw new Error('the programs cannot be compiled');
}
