/** What errors of a Redis and of the connection to it mean to the one who waits. */
import { ErrorReply } from '@redis/client';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';

/** The Redis cannot be used now; it may pass by itself. */
export class RedisUnreachable extends Error {
  override readonly name = 'RedisUnreachable';
}

/** Codes of replies that say that a setting is wrong: the login, a permission, the database's number, no Redis of today. */
const MISTAKE =
  /^(NOAUTH|WRONGPASS|NOPERM|NOPROTO)\b|^ERR (AUTH|invalid password|DB index|SELECT is not allowed|unknown command|This instance has cluster)/i;
/** Codes of replies that say what is over soon, or when somebody has mended it. */
const PASSING =
  /^(LOADING|BUSY|MASTERDOWN|READONLY|OOM|NOREPLICAS|MISCONF|CLUSTERDOWN|TRYAGAIN|ERR max number of clients)\b/i;

/** Whether the Redis has answered with an error of this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof ErrorReply && error.message.startsWith(`${code} `);
}

/** An error of connecting or opening, as what it means: a mistake in the settings, or something that may pass. */
export function connectError(error: unknown, place: string): Error {
  if (error instanceof ConfigurationError || error instanceof OperationError) return error;
  if (!(error instanceof ErrorReply)) return new RedisUnreachable(reasonOf(error));
  if (MISTAKE.test(error.message)) return new ConfigurationError(`${place}: ${oneLine(error)}`);
  if (PASSING.test(error.message)) return new RedisUnreachable(oneLine(error));
  return new OperationError(`the database: ${oneLine(error)}`);
}

/** The error that the operator gets for any error of a connection, or of what was read over it. */
export function explanationOf(error: unknown): ConfigurationError | OperationError {
  if (error instanceof ConfigurationError || error instanceof OperationError) return error;
  return new OperationError(`the database: ${oneLine(error)}`);
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join('; ');
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined) return oneLine(error);
  return syscall === undefined ? `${code}: ${oneLine(error)}` : `${syscall} ${code}`;
}
