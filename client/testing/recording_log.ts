import { Log, LogDetails, LogResult } from '../../program/log';

/** One event. */
export interface LoggedEvent {
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  readonly action: string;
  readonly result: LogResult;
  readonly details: LogDetails;
}

/** A log that keeps its events. */
export class RecordingLog implements Log {
  readonly events: LoggedEvent[] = [];
  readonly #onEvent: (event: LoggedEvent) => void;

  constructor(onEvent: (event: LoggedEvent) => void = () => undefined) {
    this.#onEvent = onEvent;
  }

  debug(action: string, result: LogResult, details: LogDetails = {}): void {
    this.#keep({ level: 'debug', action, result, details });
  }

  info(action: string, result: LogResult, details: LogDetails = {}): void {
    this.#keep({ level: 'info', action, result, details });
  }

  warning(action: string, result: LogResult, details: LogDetails = {}): void {
    this.#keep({ level: 'warning', action, result, details });
  }

  error(action: string, result: LogResult, details: LogDetails = {}): void {
    this.#keep({ level: 'error', action, result, details });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #keep(event: LoggedEvent): void {
    this.events.push(event);
    this.#onEvent(event);
  }
}
