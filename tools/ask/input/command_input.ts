/** Where commands come from: a person at a terminal, or a pipe. */
export interface CommandInput {
  /** Whether a person is there, who can be asked. */
  readonly isTerminal: boolean;
  /**
   * The next line, without its line feed.
   *
   * @param prompt what a person is shown before
   * @returns `undefined` when there is none any more, or after {@link CommandInput.close}
   * @throws OperationError for a line that cannot be taken; the next one can be asked for
   */
  next(prompt: string): Promise<string | undefined>;
  /** Ends it; may be called again. */
  close(): void;
}
