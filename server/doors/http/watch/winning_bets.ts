import type { DrawCounts } from '../../../telemetry/telemetry';

/** How many winning bets a draw has, over all agencies. */
export function winningBets({ winners }: DrawCounts): number {
  let sum = 0;
  for (const count of winners.values()) sum += count;
  return sum;
}
