/** Whether what was bundled is still what would be bundled now. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What decides beside the files that were bundled. */
const ALWAYS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/**
 * @param {string} root the folder of the project
 * @param {string} file the stamp
 * @param {string} folder where the bundle lies
 * @returns {boolean} whether the stamp was made by this Node from what is in the sources now, and the bundle is whole
 */
export function isUpToDate(root, file, folder) {
  try {
    const { inputs, digest, sizes } = JSON.parse(readFileSync(file, 'utf8'));
    const isWhole = Object.entries(sizes).every(
      ([name, bytes]) => statSync(join(folder, name)).size === bytes,
    );
    return isWhole && digest === digestOf(root, inputs);
  } catch {
    // There is none, it is no stamp, or a file that it names is gone.
    return false;
  }
}

/**
 * Writes the stamp of a bundle that was just made.
 *
 * @param {string} root the folder of the project
 * @param {string} file the stamp
 * @param {string} folder where the bundle lies
 * @param {readonly string[]} inputs the files that were bundled, from the root
 * @param {string} digest of them before they were bundled
 * @param {readonly string[]} outputs the files of the bundle
 */
export function writeStamp(root, file, folder, inputs, digest, outputs) {
  const sizes = Object.fromEntries(outputs.map((name) => [name, statSync(join(folder, name)).size]));
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify({ digest, sizes, inputs })}\n`);
  renameSync(`${file}.${process.pid}`, file);
}

/** SHA-256 of what decides what a bundle is: Node, the machine, the sources, the packages, and the code that bundles. */
export function digestOf(root, inputs) {
  const tools = readdirSync(import.meta.dirname).map((name) => join('tools', 'bundle', name));
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}\n`);
  for (const path of [...ALWAYS, ...tools, ...inputs])
    hash.update(path).update(contentDigest(join(root, path)));
  return hash.digest('hex');
}

function contentDigest(path) {
  return createHash('sha256').update(readFileSync(path)).digest();
}
