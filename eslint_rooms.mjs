/** The rooms of the code and what each may import: ARCHITECTURE.md, "The rooms". One table, and the rule that keeps it. */
import { dirname, relative, resolve, sep } from 'node:path';

const EVERYTHING = Symbol('everything');
const TESTS = 'tests';
const COMMON = ['protocol', 'program'];
/** The words of the ledger that others speak too: operations, the draw, notes, and lines of the audit log. */
const VOCABULARY = "the ledger's vocabulary";
const LEDGER = ['server/ledger', VOCABULARY];
const ENGINE = [...COMMON, ...LEDGER];
const IDENTITY = 'server/doors/identity';
const TLS = 'server/doors/tls';
const DOOR = [...COMMON, 'server/lottery', 'server/telemetry', VOCABULARY, 'server/doors', IDENTITY, TLS];
const TOOL = [...COMMON, 'tools'];

/**
 * Every room: the files in it, the other rooms that it may import, and which of Node's modules and of the packages (all
 * where none are named). A file is in the first room that fits. `typesOnly` names rooms of which only types may be imported.
 */
export const ROOMS = [
  { name: TESTS, files: /^tests\/|(^|\/)testing\/|\.test\.ts$/, mayImport: EVERYTHING },
  { name: 'protocol', files: /^protocol\//, mayImport: [], builtins: /^(buffer|zlib)$/ },
  { name: 'program', files: /^program\//, mayImport: [] },
  // Pure, as `protocol` is: whoever verifies runs the same code as whoever proves.
  { name: 'transparency', files: /^transparency\//, mayImport: [], builtins: /^(buffer|crypto)$/ },
  {
    name: VOCABULARY,
    files: /^server\/ledger\/(audit_line|draw|log_place|note|operation\w*)\.ts$/,
    mayImport: [...COMMON, 'server/ledger'],
  },
  { name: 'server/ledger/sqlite', files: /^server\/ledger\/sqlite\//, mayImport: ENGINE },
  {
    name: 'server/ledger/postgres',
    files: /^server\/ledger\/postgres\//,
    mayImport: [...ENGINE, 'server/ledger/remote'],
  },
  {
    name: 'server/ledger/redis',
    files: /^server\/ledger\/redis\//,
    mayImport: [...ENGINE, 'server/ledger/remote'],
  },
  { name: 'server/ledger/remote', files: /^server\/ledger\/remote\//, mayImport: ENGINE },
  { name: 'server/ledger', files: /^server\/ledger\//, mayImport: [...COMMON, VOCABULARY] },
  {
    name: 'server/lottery',
    files: /^server\/lottery\//,
    mayImport: [...COMMON, ...LEDGER],
    builtins: /^(?!net|fs|http|worker_threads)/,
  },
  // The builder of the log: it knows the ledger's contract, and no engine.
  {
    name: 'server/transparency',
    files: /^server\/transparency\//,
    mayImport: [...COMMON, ...LEDGER, 'transparency'],
  },
  // A winning number that is given from outside: entered by two people, or a round of a beacon.
  {
    name: 'server/number',
    files: /^server\/number\//,
    mayImport: [...COMMON, ...LEDGER, 'server/lottery', 'server/transparency', 'transparency'],
  },
  {
    name: 'server/telemetry',
    files: /^server\/telemetry\//,
    mayImport: [...COMMON, VOCABULARY],
    typesOnly: ['server/ledger'],
  },
  // Any protocol can use it.
  { name: 'server/doors/stream', files: /^server\/doors\/stream\//, mayImport: ['program'] },
  {
    name: 'server/doors/agencies',
    files: /^server\/doors\/agencies\//,
    mayImport: [...DOOR, 'server/doors/stream'],
  },
  {
    // It has the forms of the API.
    name: 'server/doors/memcached',
    files: /^server\/doors\/memcached\//,
    mayImport: [...DOOR, 'server/doors/stream', 'server/doors/http'],
  },
  // It runs in a browser.
  { name: 'server/doors/http/page', files: /^server\/doors\/http\/page\//, mayImport: [], builtins: /^$/ },
  {
    name: 'server/doors/http/watch',
    files: /^server\/doors\/http\/watch\//,
    mayImport: [...DOOR, 'server/doors/http', 'server/doors/http/page'],
  },
  {
    name: 'server/doors/http',
    files: /^server\/doors\/http\//,
    mayImport: [...DOOR, 'server/doors/http/watch', 'transparency'],
  },
  // Who is at the other end of a connection, whichever door it came through.
  { name: IDENTITY, files: /^server\/doors\/identity\//, mayImport: COMMON },
  { name: TLS, files: /^server\/doors\/tls\//, mayImport: [...COMMON, IDENTITY] },
  // What doors share.
  { name: 'server/doors', files: /^server\/doors\//, mayImport: [...COMMON, IDENTITY] },
  {
    name: 'server',
    files: /^server\//,
    mayImport: [
      ...DOOR,
      'transparency',
      'server/transparency',
      'server/number',
      'server/ledger',
      'server/ledger/sqlite',
      'server/ledger/postgres',
      'server/ledger/redis',
      'server/doors/stream',
      'server/doors/agencies',
      'server/doors/memcached',
      'server/doors/http',
    ],
  },
  // Loaded only where an agency asks for receipts.
  { name: 'client/receipts', files: /^client\/receipts\//, mayImport: [...COMMON, 'client', 'transparency'] },
  { name: 'client', files: /^client\//, mayImport: [...COMMON, 'client/receipts'] },
  {
    name: 'tools/start',
    files: /^tools\/start\//,
    mayImport: [...TOOL, 'tools/data', 'client', 'transparency'],
  },
  {
    name: 'tools/ask',
    files: /^tools\/ask\//,
    mayImport: [...TOOL, VOCABULARY, 'server/ledger/sqlite'],
  },
  // It asks a server as the console does.
  { name: 'tools/number', files: /^tools\/number\//, mayImport: [...TOOL, 'tools/ask'] },
  { name: 'tools/data', files: /^tools\/data\//, mayImport: TOOL },
  {
    name: 'tools/audit',
    files: /^tools\/audit\//,
    mayImport: [
      ...TOOL,
      ...LEDGER,
      'server',
      'server/ledger/sqlite',
      'server/ledger/postgres',
      'server/ledger/redis',
    ],
  },
  {
    name: 'tools/restore',
    files: /^tools\/restore\//,
    mayImport: [...TOOL, ...LEDGER, 'server/ledger/sqlite', 'tools/audit'],
  },
  { name: 'tools/tokens', files: /^tools\/tokens\//, mayImport: [...TOOL, IDENTITY] },
  // What names a party in a certificate.
  { name: 'tools/certificates', files: /^tools\/certificates\//, mayImport: [...TOOL, IDENTITY] },
  { name: 'tools/compose', files: /^tools\/compose\//, mayImport: [...TOOL, 'tools/certificates'] },
  {
    name: 'tools/trust',
    files: /^tools\/trust\//,
    mayImport: [...TOOL, 'transparency', 'server/transparency', IDENTITY],
  },
  { name: 'tools/health', files: /^tools\/health\//, mayImport: COMMON },
  // Code that only the build runs.
  { name: 'tools/bundle', files: /^tools\/bundle\//, mayImport: [], packages: /^esbuild$/ },
  // What tools share.
  { name: 'tools', files: /^tools\//, mayImport: COMMON },
  // Written a second time on purpose: it judges the server, and shares nothing with it.
  {
    name: 'verifier',
    files: /^verifier\//,
    mayImport: [],
    builtins: /^(?!net|http|tls|dgram|worker_threads|child_process)/,
    packages: /^@noble\/curves\//,
  },
  // It counts again what the server has counted, so it shares nothing with it either.
  {
    name: 'control',
    files: /^control\//,
    mayImport: [],
    builtins: /^(?!tls|dgram|worker_threads|child_process)/,
    packages: /^$/,
  },
  { name: 'bench', files: /^bench\//, mayImport: [...TOOL, 'tools/certificates'] },
  { name: 'compose_maker.ts', files: /^[^/]+$/, mayImport: ['program', 'tools/compose'] },
];

const roomOf = (path) => ROOMS.find(({ files }) => files.test(path));

/** What is wrong with an import, in words; undefined when nothing is. */
function mistakeIn(file, specifier, isType) {
  const room = roomOf(file);
  if (specifier.startsWith('node:')) {
    const builtin = specifier.slice('node:'.length);
    return room.builtins?.test(builtin) === false ? `${room.name} may not import ${specifier}` : undefined;
  }
  if (!specifier.startsWith('.')) {
    return room.packages?.test(specifier) === false ? `${room.name} may not import ${specifier}` : undefined;
  }
  const imported = `${resolve('/', dirname(file), specifier).slice(1).replace(/\.js$/, '')}.ts`;
  const other = roomOf(imported);
  if (room === other || room.mayImport === EVERYTHING || room.mayImport.includes(other.name))
    return undefined;
  if (isType && room.typesOnly?.includes(other.name)) return undefined;
  const types = (room.typesOnly ?? []).map((name) => `types of ${name}`);
  const allowed = [...room.mayImport, ...types].join(', ') || 'nothing of ours';
  return `${room.name} may not import ${imported} (${other.name}); it may import ${allowed}`;
}

function create(context) {
  const file = relative(context.cwd, context.filename).split(sep).join('/');
  const check = (source, isType) => {
    if (typeof source?.value !== 'string') return;
    const message = mistakeIn(file, source.value, isType);
    if (message !== undefined) context.report({ node: source, message });
  };
  return {
    ImportDeclaration: (node) => check(node.source, node.importKind === 'type'),
    ExportNamedDeclaration: (node) => check(node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => check(node.source, node.exportKind === 'type'),
    ImportExpression: (node) => check(node.source, false),
    TSImportType: (node) => check(node.source, true),
  };
}

/** The plugin of the rule `rooms/imports`. */
export default { rules: { imports: { meta: { type: 'problem', schema: [] }, create } } };
