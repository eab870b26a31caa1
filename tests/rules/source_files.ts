import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../support/built';

const FOLDERS = [
  'protocol',
  'program',
  'transparency',
  'server',
  'client',
  'control',
  'tools',
  'verifier',
  'bench',
  'tests',
];

/** The repository's TypeScript: each file's text by its path from the root, without declaration files. */
export function sourceFiles(): Map<string, string> {
  return filesEndingWith('.ts');
}

/** The repository's JavaScript, which is run as it is: each file's text by its path from the root. */
export function scriptFiles(): Map<string, string> {
  return filesEndingWith('.mjs');
}

function filesEndingWith(ending: string): Map<string, string> {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const paths = [...readdirSync(ROOT), ...inFolders]
    .filter((path) => path.endsWith(ending) && !path.endsWith('.d.ts') && !path.includes('node_modules/'))
    .sort();
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
}
