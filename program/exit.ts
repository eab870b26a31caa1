/** How a program of the lottery ends. */
import { hideSecrets } from './secrets';

/** Done, or stopped by SIGTERM or SIGINT. */
export const EXIT_DONE = 0;
/** Failed; one line on standard error says why. */
export const EXIT_FAILED = 1;
/** The configuration or the command line is wrong; one line on standard error says what and what is allowed. */
export const EXIT_USAGE = 2;

/** A mistake in the configuration or on the command line. The message is the one line that the operator gets. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** A failure that the operator can understand without a stack trace. The message is the one line that they get. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
}

/**
 * Runs a program and exits with the code that it returns. An error is printed as one line on standard error and exits
 * with 2 when it is a {@link ConfigurationError}, otherwise with 1. So does an error that nothing catches, see
 * {@link exitOnUnexpectedErrors}.
 */
export async function runProgram(program: () => Promise<number>): Promise<void> {
  exitOnUnexpectedErrors();
  // The event loop may run empty while the program still waits: that is a failure.
  process.exitCode = EXIT_FAILED;
  const code = await program().catch((error: unknown) => {
    process.stderr.write(`${oneLine(error)}\n`);
    return error instanceof ConfigurationError ? EXIT_USAGE : EXIT_FAILED;
  });
  process.exit(code);
}

/**
 * From now on, an exception or a rejected promise that nothing catches ends this process at once with exit code 1 and
 * one line on standard error: what the error says, and the place in the code that it came from.
 */
export function exitOnUnexpectedErrors(): void {
  const exit = (error: unknown): void => {
    process.stderr.write(`unexpected error: ${oneLine(error)}${placeOf(error)}\n`);
    process.exit(EXIT_FAILED);
  };
  process.on('uncaughtException', exit);
  process.on('unhandledRejection', exit);
}

function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const place = /^ +(at (?!.*\bnode:).+)$/m.exec(stack)?.[1];
  return place === undefined ? '' : ` (${place})`;
}

/** What an error says, on one line, without passwords that it repeats. */
export function oneLine(error: unknown): string {
  // For example when several addresses of a host name were tried: each failed for its own reason.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(oneLine).join('; ');
  const text = error instanceof Error ? error.message || error.name : String(error);
  return hideSecrets(text.replace(/\s*[\r\n]+\s*/g, ' '));
}
