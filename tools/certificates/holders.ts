/** Who has a certificate, and the names of the files. */
import { certificateUriOf } from '../../server/doors/identity/certificate_party';
import { AUDITOR, OPERATOR, Party } from '../../server/doors/identity/party';

/** The name of the authority itself. */
export const AUTHORITY = 'ca';
/** The name of the server. */
export const SERVER = 'server';
/** The file of the revocation list. */
export const REVOCATIONS_FILE = 'crl.pem';
/** The most agencies that get certificates. */
export const MAX_AGENCIES = 10_000;

const AGENCY = /^agency-([1-9][0-9]{0,6})$/;

/** Whether somebody of this name can have a certificate: `ca`, `server`, `operator`, `auditor` or `agency-7`. */
export function isHolder(name: string): boolean {
  return name === AUTHORITY || name === SERVER || partyCalled(name) !== undefined;
}

/** The party that a holder is. @returns `undefined` for the authority and the server, and for whoever is no holder */
export function partyCalled(name: string): Party | undefined {
  if (name === OPERATOR || name === AUDITOR) return name;
  const [, number] = AGENCY.exec(name) ?? [];
  return number !== undefined && Number(number) <= MAX_AGENCIES ? Number(number) : undefined;
}

/** The URI that a holder's certificate has. @returns `undefined` for the authority and the server */
export function uriOf(name: string): string | undefined {
  const party = partyCalled(name);
  return party === undefined ? undefined : certificateUriOf(party);
}

/** What a certificate tells people of its holder. */
export function titleOf(name: string): string {
  return `lottery ${name.replace('-', ' ')}`;
}

/** All holders of a lottery but the authority, in the order of a list. */
export function holdersOf(agencies: number): string[] {
  return [
    SERVER,
    ...Array.from({ length: agencies }, (_, index) => `agency-${index + 1}`),
    OPERATOR,
    AUDITOR,
  ];
}

/** The files of a holder's certificate and key. */
export function filesOf(name: string): { readonly certificate: string; readonly key: string } {
  return { certificate: `${name}.pem`, key: `${name}-key.pem` };
}

/** The holder whose certificate or key a file is. @returns `undefined` for any other file */
export function holderOfFile(file: string): string | undefined {
  const name = /^(.+?)(?:-key)?\.pem$/.exec(file)?.[1];
  return name !== undefined && isHolder(name) ? name : undefined;
}

/** Puts holders into the order of a list: the authority, the server, the agencies by number, and the others. */
export function inOrder(names: Iterable<string>): string[] {
  const place = (name: string): number => {
    const party = partyCalled(name);
    if (typeof party === 'number') return party;
    if (party === undefined) return name === AUTHORITY ? -2 : -1;
    return MAX_AGENCIES + (party === OPERATOR ? 1 : 2);
  };
  return [...names].sort((one, other) => place(one) - place(other));
}

/** Takes together agencies that follow each other: `server, agency-1 to agency-5, operator`. @param names in order */
export function told(names: readonly string[]): string {
  return runsOf(names).map(runTitle).join(', ');
}

/** How a run of holders is called. */
export function runTitle([first = '', ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} to ${more.at(-1)}`;
}

/**
 * Cuts a list into runs: agencies whose numbers follow each other; everybody else alone.
 *
 * @param names in order
 * @param alike what else must be the same in a run
 */
export function runsOf(names: readonly string[], alike: (name: string) => string = () => ''): string[][] {
  const runs: string[][] = [];
  for (const name of names) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && follows(name, last) && alike(name) === alike(last)) {
      run.push(name);
    } else runs.push([name]);
  }
  return runs;
}

function follows(name: string, before: string): boolean {
  const [party, last] = [partyCalled(name), partyCalled(before)];
  return typeof party === 'number' && typeof last === 'number' && party === last + 1;
}
