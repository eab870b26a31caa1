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

/** A program that tests need. */
export interface NeededProgram {
  readonly isThere: boolean;
  /** As it is called. */
  readonly name: string;
  /** Debian's package of it. */
  readonly package: string;
  /** The variable of the environment that, set to 1, makes its absence a failure. */
  readonly requiredBy: string;
  /** What was looked for, and where. */
  readonly soughtFor: string;
}

/**
 * Declares tests that need a program. Where there is none they are skipped, by a name that says so; where it is required
 * they fail there.
 */
export function describeWithProgram(program: NeededProgram, name: string, tests: () => void): void {
  const needs = `needs ${program.name}`;
  if (program.isThere) describe(name, tests);
  else if (process.env[program.requiredBy] === '1') {
    test(`${name}: ${needs}`, () => {
      throw new Error(`${program.requiredBy}=1, and there is no ${program.soughtFor}`);
    });
  } else {
    const absence = `no ${program.name} on this machine; install it (Debian: apt-get install ${program.package})`;
    describeUnless(absence)(name, () => test(needs, () => {}));
  }
}
