import type { Stage } from '../../support/programs';
import { flawOf, History } from './checker';
import { play } from './play';
import type { PlayedLedger } from './played_ledger';

/** Plays once, and expects that the log explains every answer, was followed as it is, and is verified. */
export async function playLinearizable(stage: Stage, ledger: PlayedLedger, seed: number): Promise<History> {
  const { history, followed, verified } = await play(stage, ledger, seed);
  process.stdout.write(describeHistory(history));
  expect({ seed, flaw: await flawOf(history) }).toEqual({ seed, flaw: undefined });
  // Compared as one text: a list of so many would be printed for minutes.
  expect(followed === history.lives.flatMap(({ lines }) => lines.map((line) => `${line}\n`)).join('')).toBe(
    true,
  );
  expect({ seed, ...verified }).toMatchObject({ seed, exit: 0 });
  return history;
}

function describeHistory({ lives }: History): string {
  const operations = lives.flatMap((life) => life.operations);
  const lines = lives.flatMap((life) => life.lines);
  const counts = new Map<string, number>();
  for (const { request, answer } of operations) {
    const text = answer === undefined ? 'unanswered' : answer === 'unavailable' ? answer : 'answered';
    const name = `${request.kind} ${text}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts].sort().map(([name, count]) => `${name}: ${count}`);
  return `${operations.length} operations, ${lines.length} lines; ${names.join(', ')}\n`;
}
