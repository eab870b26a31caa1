/**
 * The log of a program: one line an event, `action: NAME | result: RESULT | key: value | …`, or JSON.
 *
 * Never a name, a document or a bet is logged. A reader that is slow or gone costs log lines, not the program:
 * lines are written without waiting, up to {@link MAX_UNWRITTEN_BYTES} are kept, and those beyond are dropped.
 */
import pino from 'pino';

/** What became of an action. `fail` stands only where something has failed. */
export type LogResult = 'success' | 'fail' | 'in_progress';

/** The severities, from the most talkative to the quietest. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `text` for people and the usual tools, `json` for log collectors. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What a line tells beside its action and result. */
export type LogDetails = Readonly<Record<string, string | number | boolean>>;

/** Where events are told. */
export interface Log {
  debug(action: string, result: LogResult, details?: LogDetails): void;
  info(action: string, result: LogResult, details?: LogDetails): void;
  warning(action: string, result: LogResult, details?: LogDetails): void;
  error(action: string, result: LogResult, details?: LogDetails): void;
  /**
   * Writes what is not written yet, for at most {@link CLOSE_TIMEOUT_MS}. For the end of the program: nothing is
   * logged afterwards.
   */
  close(): Promise<void>;
}

const MAX_UNWRITTEN_BYTES = 1024 * 1024;
const CLOSE_TIMEOUT_MS = 200;
const PINO_LEVELS = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
} as const;
const LEVEL_WIDTH = 'CRITICAL'.length;

/** A log on standard output. */
export function openLog(level: LogLevel, format: LogFormat): Log {
  const sink = pino.destination({ dest: 1, sync: false, maxLength: MAX_UNWRITTEN_BYTES });
  // A closed pipe (`program | head`) ends the reader, not the program.
  sink.on('error', () => undefined);
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
    close: () => closeSink(sink),
  };
}

/** A log that nobody reads. */
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

/** A value on one line, without the sign that parts the details. */
function plainValue(value: unknown): string {
  return String(value)
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/\|/g, '/');
}

/** The sink tells when all is written; a reader that takes nothing is not waited for. */
function closeSink(sink: {
  end(): void;
  once(event: 'close', listener: () => void): unknown;
}): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    sink.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    sink.end();
  });
}
