/** The programs that are bundled. */
import { warmAgency } from './warm_agency.mjs';
import { warmServer } from './warm_server.mjs';

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
 * @property {(compiled: string, files: { program: string, name: string, cache: string }) => Promise<void>} warm
 */

/** @type {readonly BundledProgram[]} */
export const PROGRAMS = [
  {
    name: 'client',
    called: 'the agency',
    several: 'agencies',
    others: ['tools/health/health_check.ts'],
    packages: [],
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
    packages: [
      '*.node',
      'uplot',
      'fastify',
      '@fastify/swagger',
      'prom-client',
      'pg',
      '@redis/client',
      '@peculiar/x509',
      'reflect-metadata',
    ],
    warm: warmServer,
  },
];
