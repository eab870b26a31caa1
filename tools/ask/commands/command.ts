import { ConfigurationError, OperationError } from '../../../program/exit';
import { wholeNumberOf } from '../../options';
import type { ApiClient } from '../api/api_client';
import type { NoteNames } from '../note_names';
import type { ConsoleOutput } from '../output';

/** What a command works with. */
export interface CommandContext {
  readonly api: ApiClient;
  /** Whose notes are meant by keys without a path: an agency's number, or `LOTTERY_OWNER`. */
  readonly owner: number;
  readonly output: ConsoleOutput;
  readonly noteNames: NoteNames;
  /** Aborted to end this command. */
  readonly stop: AbortSignal;
  /** Aborted when the console ends; what was begun may be cleaned up until then. */
  readonly end: AbortSignal;
  /** Asks a person whether to do what cannot be taken back; from a pipe, it is to be done. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** The last lines of the audit log, the oldest first; `undefined` where there is no way to it. */
  readonly readLog: ((count: number) => Promise<readonly string[]>) | undefined;
  /** Shows how far the clients that play are, until the function that it gives back is called. */
  readonly showProgress: (text: () => string) => () => void;
}

/** A command. */
export interface Command {
  readonly name: string;
  /** Its arguments, as they stand in its usage. */
  readonly usage: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** What else is to be known, in lines; empty when that is all. */
  readonly details: string;
  /** What stands at its first place, for completion. */
  readonly firstWord?: 'key' | 'command';
  /** How many arguments it takes at least and at most. */
  readonly argumentCount: readonly [least: number, most: number];
  /**
   * Carries it out: its answer is written to the output.
   *
   * @param words its arguments; as many as it takes
   * @throws OperationError when it fails, in one line
   */
  readonly run: (words: readonly string[], context: CommandContext) => Promise<void>;
}

/** The highest number of an agency that is sent to the server, which knows how many there are. */
const MAX_AGENCY = 1_000_000;

/** An agency's number. @throws OperationError for another word */
export function agencyOf(word: string | undefined): number {
  return numberOf('AGENCY', word, 1, MAX_AGENCY);
}

/** An argument that is a whole number. @throws OperationError for another word, or none */
export function numberOf(name: string, word: string | undefined, minimum: number, maximum: number): number {
  try {
    return wholeNumberOf(name, word ?? '', { minimum, maximum })!;
  } catch (error) {
    // In a command it is no mistake on the program's own command line.
    if (error instanceof ConfigurationError) throw new OperationError(error.message);
    throw error;
  }
}
