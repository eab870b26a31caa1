/**
 * `describe`; where something is missing, one that skips its tests under a name that says why. The summary at the end of
 * `npm test` reads the reason from the name.
 *
 * @param absence what is missing and what to install; `undefined` when nothing is
 */
export function describeUnless(absence: string | undefined): (name: string, tests: () => void) => void {
  // Not `describe` itself: what is read before all tests, where there is none yet, asks for this too.
  if (absence === undefined) return (name, tests) => describe(name, tests);
  return (name, tests) => describe.skip(named(name, absence), tests);
}

/** The name of a test with the reason why it is skipped, or of one that stands for others that are. */
export function named(name: string, absence: string | undefined): string {
  return absence === undefined ? name : `${name} (skipped: ${absence})`;
}
