/**
 * Lints snippets by the repository's own configuration: `[{ file, text }]` as JSON on standard input. Prints as JSON
 * the names of all rooms, and for each snippet what the rule for imports says.
 * Rules that need types are off: they would compile the whole repository.
 */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

import { ROOMS } from '../../eslint_rooms.mjs';

const root = join(import.meta.dirname, '..', '..');
const eslint = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });
const findings = [];
for (const snippet of JSON.parse(await text(process.stdin))) {
  const results = await eslint.lintText(snippet.text, { filePath: join(root, snippet.file) });
  const messages = results.flatMap((result) => result.messages);
  // A snippet that is not read is not judged.
  const broken = messages.find(({ fatal }) => fatal === true);
  if (broken !== undefined) throw new Error(`${snippet.file}: ${broken.message}`);
  findings.push(messages.filter(({ ruleId }) => ruleId === 'rooms/imports').map(({ message }) => message));
}
const rooms = ROOMS.map(({ name }) => name);
process.stdout.write(JSON.stringify({ rooms, findings }));
