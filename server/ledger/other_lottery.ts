import { ConfigurationError } from '../../program/exit';
import type { LotteryTerms } from './ledger';

/**
 * The one line for who opens a ledger with the terms of another lottery: what the ledger holds, what was configured,
 * and what to do, in containers as well.
 *
 * @param place the file or the database, as the beginning of a sentence
 * @param setting the setting that names another place
 */
export function otherLottery(
  place: string,
  kept: LotteryTerms,
  terms: LotteryTerms,
  setting: 'DATA_DIR' | 'DATABASE_URL' | 'REDIS_URL',
): ConfigurationError {
  return new ConfigurationError(
    `${place} holds a lottery of AGENCIES ${kept.agencies} and ${numberOf(kept)}, ` +
      `configured are ${terms.agencies} and ${configuredNumber(kept, terms)}: take another ${setting} or these settings; ` +
      'in containers, set another LOTTERY_NAME, or remove the ledger with `docker compose down --volumes`',
  );
}

function numberOf({ winnerNumber, numberSetting }: LotteryTerms): string {
  return winnerNumber === undefined
    ? 'a DRAW_NUMBER that is not known before the sale is sealed'
    : `${numberSetting ?? 'LOTTERY_WINNER_NUMBER'} ${winnerNumber}`;
}

/** The number alone, where both have one by the same setting. */
function configuredNumber(kept: LotteryTerms, terms: LotteryTerms): string {
  const areBothKnown = kept.winnerNumber !== undefined && terms.winnerNumber !== undefined;
  return areBothKnown && terms.numberSetting === undefined ? String(terms.winnerNumber) : numberOf(terms);
}
