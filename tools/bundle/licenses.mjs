/** The licences of what is bundled. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const TEXT = /^(licen[cs]e|notice|copying)/i;

/**
 * The text that must go with a bundle: name, version and licence of each package, with the licence's words.
 *
 * @param {string} root the folder of the project
 * @param {readonly string[]} inputs the files that were bundled, from the root
 * @throws Error when a package comes without the words of its licence
 */
export function licensesOf(root, inputs) {
  const folders = new Set(inputs.flatMap((input) => PACKAGE.exec(input)?.[0] ?? []));
  return [...folders]
    .sort()
    .map((folder) => licenseOf(join(root, folder)))
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder).filter((file) => TEXT.test(file));
  if (texts.length === 0) throw new Error(`${name} ${version} (${license}) comes without its licence`);
  const words = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return `${name} ${version} (${license})\n\n${words.join('\n\n')}\n`;
}
