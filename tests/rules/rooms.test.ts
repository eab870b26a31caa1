import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

interface Answer {
  readonly rooms: readonly string[];
  readonly findings: readonly (readonly string[])[];
}

const LINTER = join(__dirname, 'lint_imports.mjs');

/** What is refused: a room, a file of it, and what it may not import. */
const REFUSED: readonly (readonly [room: string, file: string, imported: string])[] = [
  ['protocol', 'protocol/ack.ts', '../program/exit'],
  ['protocol', 'protocol/ack.ts', 'node:net'],
  ['program', 'program/log.ts', '../protocol/echo'],
  ['transparency', 'transparency/tree/merkle.ts', '../../protocol/bet'],
  ['transparency', 'transparency/notes/note.ts', '../../program/exit'],
  ['transparency', 'transparency/notes/note.ts', 'node:fs'],
  ["the ledger's vocabulary", 'server/ledger/audit_line.ts', '../lottery/lottery'],
  ["the ledger's vocabulary", 'server/ledger/operations.ts', './sqlite/store'],
  ['server/ledger', 'server/ledger/ledger.ts', './sqlite/store'],
  ['server/ledger', 'server/ledger/ledger.ts', '../telemetry/telemetry'],
  ['server/ledger/sqlite', 'server/ledger/sqlite/store.ts', '../postgres/schema'],
  ['server/ledger/postgres', 'server/ledger/postgres/schema.ts', '../sqlite/store'],
  ['server/ledger/redis', 'server/ledger/redis/run.ts', '../postgres/run'],
  ['server/ledger/remote', 'server/ledger/remote/run.ts', '../postgres/schema'],
  ['server/lottery', 'server/lottery/lottery.ts', '../doors/stream/stream_door'],
  ['server/lottery', 'server/lottery/lottery.ts', '../ledger/sqlite/store'],
  ['server/lottery', 'server/lottery/draw_deadline.ts', '../telemetry/telemetry'],
  ['server/lottery', 'server/lottery/lottery.ts', 'node:net'],
  ['server/transparency', 'server/transparency/log_builder.ts', '../ledger/sqlite/store'],
  ['server/transparency', 'server/transparency/log_builder.ts', '../lottery/lottery'],
  ['server/number', 'server/number/drand_number.ts', '../ledger/sqlite/store'],
  ['server/number', 'server/number/drand_number.ts', '../config'],
  ['server/telemetry', 'server/telemetry/telemetry.ts', '../lottery/lottery'],
  ['server/telemetry', 'server/telemetry/counts.ts', '../ledger/ledger'],
  ['server/doors', 'server/doors/connection_shares.ts', '../lottery/lottery'],
  ['server/doors/identity', 'server/doors/identity/tokens.ts', '../http/settings'],
  ['server/doors/identity', 'server/doors/identity/tokens.ts', '../../lottery/lottery'],
  ['server/doors/tls', 'server/doors/tls/handshakes.ts', '../stream/listener'],
  ['server/doors/agencies', 'server/doors/agencies/agency_door.ts', '../../ledger/ledger'],
  ['server/doors/agencies', 'server/doors/agencies/agency_door.ts', '../../ledger/sqlite/store'],
  ['server/doors/stream', 'server/doors/stream/stream_door.ts', '../agencies/agency_door'],
  ['server/doors/stream', 'server/doors/stream/stream_door.ts', '../../../protocol/bet'],
  ['server/doors/agencies', 'server/doors/agencies/agency_door.ts', '../http/http_door'],
  ['server/doors/memcached', 'server/doors/memcached/memcached_door.ts', '../../ledger/ledger'],
  ['server/doors/memcached', 'server/doors/memcached/memcached_door.ts', '../agencies/agency_door'],
  ['server/doors/http', 'server/doors/http/http_door.ts', '../stream/stream_door'],
  ['server/doors/http', 'server/doors/http/http_door.ts', '../../ledger/ledger'],
  ['server/doors/http/watch', 'server/doors/http/watch/watch.ts', '../../../ledger/ledger'],
  ['server/doors/http/page', 'server/doors/http/page/main.ts', '../problem'],
  ['server/doors/http/page', 'server/doors/http/page/main.ts', 'node:fs'],
  ['server', 'server/main.ts', '../client/session'],
  ['server', 'server/main.ts', '../tools/options'],
  ['client', 'client/session.ts', '../server/config'],
  ['client', 'client/session.ts', '../tools/random'],
  ['client', 'client/session.ts', './testing/csv'],
  ['client', 'client/session.ts', '../transparency/tree/hash'],
  ['client/receipts', 'client/receipts/own_chain.ts', '../../server/config'],
  ['tools/bundle', 'tools/bundle/bundle.mjs', '../../program/exit'],
  ['tools/bundle', 'tools/bundle/bundle.mjs', 'typescript'],
  ['tools', 'tools/options.ts', './start/run'],
  ['tools/start', 'tools/start/run.ts', '../../server/config'],
  ['tools/ask', 'tools/ask/main.ts', '../start/run'],
  ['tools/ask', 'tools/ask/main.ts', '../../server/config'],
  ['tools/number', 'tools/number/main.ts', '../../server/config'],
  ['tools/data', 'tools/data/main.ts', '../start/run'],
  ['tools/audit', 'tools/audit/main.ts', '../../server/lottery/lottery'],
  ['tools/restore', 'tools/restore/main.ts', '../../server/lottery/lottery'],
  ['tools/trust', 'tools/trust/main.ts', '../../server/config'],
  ['tools/restore', 'tools/restore/main.ts', '../../server/lottery/lottery'],
  ['tools/trust', 'tools/trust/main.ts', '../../server/config'],
  ['tools/tokens', 'tools/tokens/main.ts', '../../server/config'],
  ['tools/certificates', 'tools/certificates/main.ts', '../../server/config'],
  ['tools/tokens', 'tools/tokens/main.ts', '../../server/doors/http/settings'],
  ['tools/compose', 'tools/compose/maker.ts', '../../server/config'],
  ['tools/health', 'tools/health/health_check.ts', '../options'],
  ['verifier', 'verifier/verify.mjs', '../server/config'],
  ['verifier', 'verifier/verify.mjs', '../protocol/bet'],
  ['verifier', 'verifier/verify.mjs', 'node:net'],
  ['verifier', 'verifier/verify.mjs', 'csv-parse/sync'],
  ['verifier', 'verifier/self_test.mjs', '../program/exit'],
  ['control', 'control/books.ts', '../protocol/bet'],
  ['control', 'control/main.ts', '../program/exit'],
  ['control', 'control/notes.ts', '../transparency/notes/note'],
  ['control', 'control/door.ts', 'fastify'],
  ['bench', 'bench/main.ts', '../server/config'],
  ['bench', 'bench/main.ts', '../tests/support/built'],
  ['compose_maker.ts', 'compose_maker.ts', './tools/start/run'],
];

/** What is allowed, although something like it is not. */
const ALLOWED: readonly (readonly [file: string, text: string])[] = [
  ['server/telemetry/telemetry.ts', `import type { LedgerState } from '../ledger/ledger';`],
  ['server/doors/agencies/agency_door.ts', `import { OPERATION } from '../../ledger/operations';`],
  ['server/doors/http/page/main.ts', `import { Board } from './model/board';`],
  ['verifier/verify.mjs', `void import('@noble/curves/bls12-381.js');`],
  ['client/session.test.ts', `import { Random } from '../tools/random';`],
  ['tests/system/main_job.test.ts', `import { Store } from '../../server/ledger/sqlite/store';`],
  ['client/testing/model_server.ts', `import { Random } from '../../tools/random';`],
];

const FORMS: readonly ((imported: string) => string)[] = [
  (imported) => `import '${imported}';`,
  (imported) => `export * from '${imported}';`,
  (imported) => `export { a } from '${imported}';`,
  (imported) => `void import('${imported}');`,
  (imported) => `export type A = import('${imported}').A;`,
];

/** Lints all snippets in one process: ESLint loads modules in a way that Jest does not allow. */
function lint(snippets: readonly { readonly file: string; readonly text: string }[]): Answer {
  const { stdout, stderr } = spawnSync(process.execPath, [LINTER], {
    input: JSON.stringify(snippets),
    encoding: 'utf8',
  });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as Answer;
}

test('each room is refused what it may not import, and nothing else', () => {
  const refused = REFUSED.map(([, file, imported]) => ({ file, text: `import { a } from '${imported}';` }));
  const allowed = ALLOWED.map(([file, text]) => ({ file, text }));
  const { rooms, findings } = lint([...refused, ...allowed]);
  const found = findings.slice(0, refused.length).map((messages) => messages.length);
  expect(refused.filter((_, index) => found[index] !== 1)).toEqual([]);
  for (const [index, [room]] of REFUSED.entries()) {
    expect(findings[index]?.[0]).toContain(`${room} may not import`);
  }
  expect(findings.slice(refused.length)).toEqual(allowed.map(() => []));
  expect(new Set(['tests', ...REFUSED.map(([room]) => room)])).toEqual(new Set(rooms));
});

test('every form of import is looked at', () => {
  const { findings } = lint(
    FORMS.map((form) => ({ file: 'program/log.ts', text: form('../protocol/echo') })),
  );
  expect(findings.map((messages) => messages.length)).toEqual(FORMS.map(() => 1));
});
