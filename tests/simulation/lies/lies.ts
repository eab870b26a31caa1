import { END_LIES } from './end_lies';
import { LEDGER_LIES } from './ledger_lies';
import { OTHER_LOG_LIES } from './other_log_lies';
import type { Lie } from './telling';

/** All lies: the attacks of a server whose operator has its disk and its keys. */
export const LIES: readonly Lie[] = [...LEDGER_LIES, ...OTHER_LOG_LIES, ...END_LIES];
