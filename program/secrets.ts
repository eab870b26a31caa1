/** Secrets in texts that are shown. */

/** `scheme://user:password@`: up to the last `@`, since a password may hold one that was not encoded. */
const USER_AND_PASSWORD = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/?#]*):\S*@/gi;
/** `password=…`, as in a URL's parameters or a connection string. */
const NAMED_SECRET = /\b(pass(?:word|wd|phrase)?|pwd|secret|token|sslpassword)(\s*=\s*)[^\s&;,"']+/gi;
const HIDDEN = '***';

/** A text with passwords of URLs and of `password=…` replaced by `***`. For what is shown or logged. */
export function hideSecrets(text: string): string {
  return text.replace(USER_AND_PASSWORD, `$1:${HIDDEN}@`).replace(NAMED_SECRET, `$1$2${HIDDEN}`);
}
