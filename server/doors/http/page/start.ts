/**
 * Loads the page's code. A browser that has lost one of its files, since the network changed, does not ask again by
 * itself, and the page would say that it connects for ever.
 */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const FAILURES = 'startFailures';

import('./main').then(
  () => sessionStorage.removeItem(FAILURES),
  () => {
    const failures = Number(sessionStorage.getItem(FAILURES) ?? 0);
    sessionStorage.setItem(FAILURES, String(failures + 1));
    setTimeout(() => location.reload(), Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures));
  },
);

export {};
