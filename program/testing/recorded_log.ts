import { Log, LogDetails, LogResult, textOfEvent } from '../log';

/** One event. */
export interface LoggedEvent {
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  readonly action: string;
  readonly result: LogResult;
  readonly details: LogDetails;
}

/** A log that keeps its events, as {@link LoggedEvent} and as text. */
export class RecordedLog implements Log {
  readonly records: LoggedEvent[] = [];
  /** `action: NAME | result: RESULT | key: value`, as the text form writes them after time and level. */
  readonly events: string[] = [];
  /** Called with the text of each event as it is logged. */
  onEvent: (event: string) => void = () => undefined;

  debug(action: string, result: LogResult, details: LogDetails = {}): void {
    this.#record({ level: 'debug', action, result, details });
  }

  info(action: string, result: LogResult, details: LogDetails = {}): void {
    this.#record({ level: 'info', action, result, details });
  }

  warning(action: string, result: LogResult, details: LogDetails = {}): void {
    this.#record({ level: 'warning', action, result, details });
  }

  error(action: string, result: LogResult, details: LogDetails = {}): void {
    this.#record({ level: 'error', action, result, details });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The texts of the events of one action and, if given, one result. */
  of(action: string, result?: LogResult): string[] {
    const start = `action: ${action} | result: ${result ?? ''}`;
    return this.events.filter((event) => event.startsWith(start));
  }

  #record(event: LoggedEvent): void {
    const text = textOfEvent({ action: event.action, result: event.result, ...event.details });
    this.records.push(event);
    this.events.push(text);
    this.onEvent(text);
  }
}
