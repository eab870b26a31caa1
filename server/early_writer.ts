/**
 * Starts the writer's thread while the modules of the main thread are still to be loaded. To be imported before them.
 *
 * The settings are not read yet: where the configuration file turns out to want another ledger, or has a mistake, the thread
 * ends without having opened anything.
 */
import { prepareWriter } from './ledger/sqlite/start_writer';

const { LEDGER = '' } = process.env;
const mayBeSqlite = LEDGER === '' || LEDGER === 'sqlite';
/** Only the usage is printed then. */
const hasOption = process.argv.slice(2).some((word) => word.startsWith('-'));

if (mayBeSqlite && !hasOption) prepareWriter();
