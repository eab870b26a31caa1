const FIRST_NAMES = ['Agustina Belén', 'Juan Ignacio', 'María José', 'Facundo Tomás', 'Milagros'];
const LAST_NAMES = ['Zambrano', 'Fernández', 'Sosa', 'Rodríguez', 'De la Fuente'];
/** The numbers that are bet on: 1000 to 6999, of which none wins. */
const FIRST_NUMBER = 1_000;
const NUMBERS = 6_000;

/** The bets of each batch of an agency, joined with `;`: the same for every contestant. */
export function betsText(agency: number, betCount: number): string {
  return Array.from({ length: betCount }, (_, index) => betText(agency, index + 1)).join(';');
}

/** A bet of some 54 bytes, as they are in the agencies' files. */
function betText(agency: number, betId: number): string {
  const firstName = FIRST_NAMES[betId % FIRST_NAMES.length]!;
  const lastName = LAST_NAMES[Math.floor(betId / 3) % LAST_NAMES.length]!;
  const document = 10_000_000 + ((betId * 7_919) % 40_000_000);
  const day = String(1 + (betId % 28)).padStart(2, '0');
  const month = String(1 + (betId % 12)).padStart(2, '0');
  const birthdate = `${1950 + (betId % 55)}-${month}-${day}`;
  return `${agency},${betId},${firstName},${lastName},${document},${birthdate},${FIRST_NUMBER + (betId % NUMBERS)}`;
}
