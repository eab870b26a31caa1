/** Beyond any lottery's agencies, and below any document: a number that is mistaken for an agency's is not told. */
const MAX_TOLD_AGENCY = 1_000_000;

/** The number of an agency as the log may tell it; `undefined` for what can be none. */
export function toldAgency(agency: unknown): number | undefined {
  const number = typeof agency === 'string' && /^[1-9][0-9]{0,6}$/.test(agency) ? Number(agency) : agency;
  return typeof number === 'number' && number >= 1 && number <= MAX_TOLD_AGENCY ? number : undefined;
}
