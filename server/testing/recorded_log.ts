import { Log, LogDetails, LogResult, textOfEvent } from '../../program/log';

/** A log that keeps its events as text, `action: NAME | result: RESULT | key: value`. For tests. */
export class RecordedLog implements Log {
  readonly events: string[] = [];
  /** Called with each event when it is told. */
  onEvent: (event: string) => void = () => undefined;

  readonly debug = this.#record.bind(this);
  readonly info = this.#record.bind(this);
  readonly warning = this.#record.bind(this);
  readonly error = this.#record.bind(this);

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The events of one action and, if given, one result. */
  of(action: string, result?: LogResult): string[] {
    const start = `action: ${action} | result: ${result ?? ''}`;
    return this.events.filter((event) => event.startsWith(start));
  }

  #record(action: string, result: LogResult, details?: LogDetails): void {
    const event = textOfEvent({ action, result, ...details });
    this.events.push(event);
    this.onEvent(event);
  }
}
