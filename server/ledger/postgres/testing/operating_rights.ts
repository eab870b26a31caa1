import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../../../tests/support/built';

const DOCUMENT = join(ROOT, 'docs', 'OPERATING.md');
/** The role that the document grants to. */
const ROLE = 'lottery_server';

/** The statements with which docs/OPERATING.md grants a role what it needs. For tests. */
export function readOperatingRights(role: string): readonly string[] {
  const statements = readFileSync(DOCUMENT, 'utf8').match(/^GRANT .*;$/gm) ?? [];
  if (statements.length === 0) throw new Error(`${DOCUMENT} grants nothing`);
  return statements.map((statement) => statement.replace(ROLE, role));
}
