/** The licences of what is bundled. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const TEXT = /^(licen[cs]e|notice|copying)/i;

/**
 * The text that must go with a bundle: name, version and licence of each package, with the licence's words; its author where
 * it comes without them.
 *
 * @param {string} root the folder of the project
 * @param {readonly string[]} inputs the files that were bundled, from the root
 * @throws Error when a package names no licence and comes without one
 */
export function licensesOf(root, inputs) {
  const folders = new Set(inputs.flatMap((input) => PACKAGE.exec(input)?.[0] ?? []));
  return [...folders]
    .sort()
    .map((folder) => licenseOf(join(root, folder)))
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenseOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder).filter((file) => TEXT.test(file));
  if (license === undefined && texts.length === 0)
    throw new Error(`${name} ${version} comes without a licence`);
  const words = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (texts.length === 0) words.push(`It comes without a text. Its author: ${author?.name ?? author}`);
  return `${name} ${version} (${license})\n\n${words.join('\n\n')}\n`;
}
