/**
 * `npx ts-node compose_maker.ts [N] [--servers M] [--ledger LEDGER] [--tls] [--control]`: writes docker-compose-dev.yaml
 * for N agencies, and with `--servers` for M servers over one database, into the current folder. With `--tls` they speak
 * over mutual TLS, and the certificates that are missing in .certificates are made. With `--control` the internal control
 * runs beside the one server.
 *
 * Exit codes: 0 written; 1 the file could not be written; 2 wrong usage.
 */
import { runProgram } from './program/exit';
import { makeComposeFile } from './tools/compose/maker';

void runProgram(() => makeComposeFile(process.argv.slice(2)));
