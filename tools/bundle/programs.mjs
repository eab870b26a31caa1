/** The programs that are bundled. */
import { warmAgency } from './warm_agency.mjs';
import { warmHttpDoor, warmServer } from './warm_server.mjs';

/**
 * A program that is bundled into a folder of its name.
 *
 * @typedef {object} BundledProgram
 * @property {string} name also the folder of its compiled modules; its entry is `main.ts` there
 * @property {string} called in a message
 * @property {string} several of them, in a message
 * @property {readonly string[]} others what it starts beside, or others start beside it: programs and threads
 * @property {readonly string[]} packages that stay in `node_modules`: native code, one of which files are sent, and those that
 *   are loaded only on demand, so that no start reads them
 * @property {readonly string[]} packed packages that are loaded only on demand and consist of many modules: they lie in a file
 *   of their own, with a code cache of its own
 * @property {Warm} warm makes the program's cache
 * @property {Warm} [warmPacked] makes that of the packages
 */

/** @typedef {(compiled: string, files: import('./warm_run.mjs').WarmFiles) => Promise<void>} Warm */

/** @type {readonly BundledProgram[]} */
export const PROGRAMS = [
  {
    name: 'client',
    called: 'the agency',
    several: 'agencies',
    others: ['tools/health/health_check.ts'],
    packages: [],
    packed: [],
    warm: warmAgency,
  },
  {
    name: 'server',
    called: 'the server',
    several: 'servers',
    others: [
      'server/log_thread.ts',
      'server/ledger/sqlite/writer_thread.ts',
      'server/ledger/sqlite/draw_thread.ts',
      'server/ledger/sqlite/draw_part_thread.ts',
      'server/ledger/sqlite/log_mover_thread.ts',
      'server/ledger/sqlite/lock_probe.ts',
      'server/doors/http/workers/check_thread.ts',
    ],
    packages: ['*.node', 'uplot', 'pg', '@redis/client', '@peculiar/x509', 'reflect-metadata'],
    packed: ['fastify', '@fastify/swagger', 'prom-client'],
    warm: warmServer,
    warmPacked: warmHttpDoor,
  },
];
