/** Who can be at the other end of a connection, and what each may do. */

/** The operator: may do everything, for every agency. */
export const OPERATOR = 'operator';
/** The auditor: may read everything, give the number of a draw or its round, and write nothing else. */
export const AUDITOR = 'auditor';

/** The operator, the auditor, or an agency by its number. */
export type Party = typeof OPERATOR | typeof AUDITOR | number;

/** Whether a party may see what belongs to an agency, or to the lottery. @param owner the agency's number, or `LOTTERY_OWNER` */
export function mayRead(party: Party, owner: number): boolean {
  return party === AUDITOR || mayWrite(party, owner);
}

/** Whether a party may bet, finish or write in the name of an agency, or of the lottery. */
export function mayWrite(party: Party, owner: number): boolean {
  return party === OPERATOR || party === owner;
}

/**
 * The party that a name stands for: `operator`, `auditor`, or an agency's number.
 *
 * @param agencies how many agencies the lottery has
 * @returns `undefined` for any other name
 */
export function partyNamed(name: string, agencies: number): Party | undefined {
  if (name === OPERATOR || name === AUDITOR) return name;
  const agency = /^[1-9][0-9]{0,6}$/.test(name) ? Number(name) : 0;
  return agency >= 1 && agency <= agencies ? agency : undefined;
}
