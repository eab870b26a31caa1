/** What a log, or who cosigns it, may be called here. */

/** That in words. */
export const LOG_NAME_FORM = '1 to 200 printable ASCII characters without spaces and +';

/** Whether it can stand in the lines of a checkpoint and of its signatures (C2SP signed-note). */
export function isLogName(text: string): boolean {
  return /^[!-*,-~]{1,200}$/.test(text);
}
