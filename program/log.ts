/**
 * The log of a program: one line an event, `action: NAME | result: RESULT | key: value | …`, or JSON.
 *
 * No name, document or bet is ever logged. When the reader is slow or gone, log lines are dropped and the program goes
 * on (see log_sink.ts).
 */
import pino from 'pino';

import { LogSink, standardOutputSink } from './log_sink';

/** The outcome of an action. `fail` is used only when something has failed. */
export type LogResult = 'success' | 'fail' | 'in_progress';

/** The levels, from the most verbose to the quietest. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `text` for people and the usual tools, `json` for log collectors. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What a line says besides its action and result. */
export type LogDetails = Readonly<Record<string, string | number | boolean>>;

/** Where events are logged. */
export interface Log {
  debug(action: string, result: LogResult, details?: LogDetails): void;
  info(action: string, result: LogResult, details?: LogDetails): void;
  warning(action: string, result: LogResult, details?: LogDetails): void;
  error(action: string, result: LogResult, details?: LogDetails): void;
  /** Writes what is still buffered, without waiting long. For the end of the program: nothing is logged after it. */
  close(): Promise<void>;
}

const PINO_LEVELS = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
} as const;
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const LEVEL_WIDTH = 'CRITICAL'.length;

/** A log on standard output, or where a program puts it instead. */
export function openLog(level: LogLevel, format: LogFormat, sink: LogSink = standardOutputSink()): Log {
  const logger = pino(
    {
      level: PINO_LEVELS[level],
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: nameLevel },
    },
    format === 'json' ? sink : { write: (line: string) => sink.write(textOfLine(line)) },
  );
  return {
    debug: (action, result, details) => logger.debug({ action, result, ...details }),
    info: (action, result, details) => logger.info({ action, result, ...details }),
    warning: (action, result, details) => logger.warn({ action, result, ...details }),
    error: (action, result, details) => logger.error({ action, result, ...details }),
    close: () => sink.close(),
  };
}

/** A log that drops everything. */
export const SILENT_LOG: Log = {
  debug: () => undefined,
  info: () => undefined,
  warning: () => undefined,
  error: () => undefined,
  close: () => Promise.resolve(),
};

function nameLevel(label: string): { level: string } {
  const name = LOG_LEVELS.find((level) => PINO_LEVELS[level] === label);
  return { level: name ?? label.toUpperCase() };
}

function textOfLine(line: string): string {
  const { time, level, ...details } = JSON.parse(line) as Record<string, unknown>;
  return `${String(time)} ${String(level).padEnd(LEVEL_WIDTH)} ${textOfEvent(details)}\n`;
}

/** The event without time and level: `action: NAME | result: RESULT | key: value`. */
export function textOfEvent(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .map(([key, value]) => `${key}: ${plainValue(value)}`)
    .join(' | ');
}

/** A value on one line, without the character that separates details. */
function plainValue(value: unknown): string {
  return String(value).replace(UNPRINTABLE, ' ').replace(/\|/g, '/');
}
