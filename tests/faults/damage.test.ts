/**
 * Ledgers are damaged in any place, and the server must refuse them, fail the draw, or be right all the same.
 *
 * SEED decides the places; DAMAGES how many are tried on each ledger.
 */
import { Stage } from '../support/programs';
import { Damage, FIXED_DAMAGES, hasLog, RANDOM_DAMAGES, RANDOM_LOG_DAMAGES } from './damage/damages';
import { copyLedger, LEAVINGS, makeLedger, MadeLedger } from './damage/made_ledger';
import { Outcome, playOn } from './damage/outcome';
import { Random } from '../../tools/random';
import { SEED } from './storage/seed';

const DAMAGES = Number(process.env['DAMAGES'] ?? 8);
const AT_ONCE = 3;
const TIMEOUT_MS = 60_000 + DAMAGES * 5_000;

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

interface Case {
  readonly seed: number;
  readonly damage: Damage;
  readonly outcome: Outcome;
}

type Damager = (typeof FIXED_DAMAGES)[number];

async function damageAndPlay(
  ledger: MadeLedger,
  damager: Damager,
  seed: number,
  name: string,
): Promise<Case[]> {
  const folder = copyLedger(ledger, stage.path(name));
  const damage = damager(folder, new Random(seed));
  if (damage === undefined) return [];
  // Once the draw is stored, nobody reads the bets any more.
  const isViewCounted = ledger.leaving !== 'drawn and stopped';
  const outcome = await playOn(stage, folder, isViewCounted);
  return [{ seed, damage, outcome: judgeLoss(outcome, damage, ledger) }];
}

/** What may be lost with the end of the log, and what not. */
function judgeLoss(outcome: Outcome, { mayLoseEnd }: Damage, { isAllInLog }: MadeLedger): Outcome {
  if (outcome.name === 'right after sending again' && !mayLoseEnd)
    return { ...outcome, name: 'lost in silence', isAllowed: false };
  if (outcome.name === 'begun anew in silence' && mayLoseEnd && isAllInLog)
    return { ...outcome, name: 'right after sending all again', isAllowed: true };
  return outcome;
}

async function playAll(ledger: MadeLedger, damagers: readonly Damager[]): Promise<Case[]> {
  const left = [...damagers.entries()];
  const cases: Case[] = [];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, damager] = next;
      cases.push(...(await damageAndPlay(ledger, damager, SEED + index, `case ${index}`)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return cases;
}

function choose(ledger: MadeLedger): Damager[] {
  const kinds = [...RANDOM_DAMAGES, ...(hasLog(ledger.folder) ? RANDOM_LOG_DAMAGES : [])];
  const random = new Random(SEED);
  // Each kind in turn, from a place of its own for each seed.
  const first = random.below(kinds.length);
  const chosen = Array.from({ length: DAMAGES }, (_, index) => kinds[(first + index) % kinds.length]!);
  return [...FIXED_DAMAGES, ...chosen];
}

function table(cases: readonly Case[]): string {
  const counts = new Map<string, number>();
  for (const { damage, outcome } of cases) {
    const key = `${damage.kind.padEnd(32)} ${outcome.name}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts.entries()]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([key, count]) => `  ${String(count).padStart(4)}  ${key}\n`)
    .join('');
}

test.each(LEAVINGS)(
  `seed ${SEED}: a ledger whose server was %s is never drawn from wrongly`,
  async (leaving) => {
    const ledger = await makeLedger(stage, leaving);
    const cases = await playAll(ledger, choose(ledger));
    process.stdout.write(`${leaving}, ${cases.length} damages:\n${table(cases)}`);
    const wrong = cases.filter(({ outcome }) => !outcome.isAllowed);
    expect(wrong.map(({ seed, damage, outcome }) => ({ seed, ...damage, ...outcome }))).toEqual([]);
  },
  TIMEOUT_MS,
);
