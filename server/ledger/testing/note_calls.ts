/** Random calls about notes, for histories of a ledger (ledger_model.ts). Places differ between engines and are left out. */
import fc from 'fast-check';

import type { NoteCondition } from '../note';
import type { LedgerCalls } from './ledger_calls';

/** One call about notes of an owner. */
export type NoteCall =
  | {
      readonly kind: 'putNotes';
      readonly owner: number;
      readonly names: readonly string[];
      readonly value: string;
      readonly condition: Extract<NoteCondition, string> | 'same' | undefined;
    }
  | { readonly kind: 'getNote'; readonly owner: number; readonly name: string }
  | {
      readonly kind: 'deleteNote';
      readonly owner: number;
      readonly name: string;
      readonly condition: Extract<NoteCondition, string> | undefined;
    }
  | { readonly kind: 'listNotes'; readonly owner: number; readonly after: string }
  | {
      readonly kind: 'countNote';
      readonly owner: number;
      readonly name: string;
      readonly by: bigint;
      readonly mayCreate: boolean;
    };

const NAMES = ['a', 'B', 'b:1', '~', '0'];
const name = fc.constantFrom(...NAMES);
const value = fc.oneof(
  fc.constantFrom('', '7', '18446744073709551615', '18446744073709551616', '007', '-1', 'ñ;,\n\0'),
  fc.string({ maxLength: 40 }),
);
const condition = fc.constantFrom(undefined, undefined, 'absent' as const, 'present' as const);

/** @param agencies the owners are these, and the lottery */
export function noteCall(agencies: number): fc.Arbitrary<NoteCall> {
  const owner = fc.integer({ min: 0, max: agencies });
  return fc.oneof(
    fc.record({
      kind: fc.constant('putNotes' as const),
      owner,
      names: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
      value,
      condition: fc.oneof(condition, fc.constant('same' as const)),
    }),
    fc.record({ kind: fc.constant('getNote' as const), owner, name }),
    fc.record({ kind: fc.constant('deleteNote' as const), owner, name, condition }),
    fc.record({
      kind: fc.constant('listNotes' as const),
      owner,
      after: fc.constantFrom('', ...NAMES, 'zz'),
    }),
    fc.record({
      kind: fc.constant('countNote' as const),
      owner,
      name,
      by: fc.constantFrom(1n, 5n, -3n, 0n, 18446744073709551615n),
      mayCreate: fc.boolean(),
    }),
  );
}

/** Makes a call. `same`: the condition is the place that the first of the notes has when it is asked before. */
export async function makeNoteCall(ledger: LedgerCalls, made: NoteCall): Promise<unknown> {
  switch (made.kind) {
    case 'putNotes': {
      const values = Object.fromEntries(made.names.map((each) => [each, made.value]));
      if (made.condition !== 'same') {
        return withoutPlace(await ledger.putNotes(made.owner, values, made.condition));
      }
      const note = await ledger.getNote(made.owner, made.names[0]!);
      return withoutPlace(await ledger.putNotes(made.owner, values, note?.place ?? 'absent'));
    }
    case 'getNote': {
      const note = await ledger.getNote(made.owner, made.name);
      return note && withoutPlace({ ...note, value: note.value.toString() });
    }
    case 'deleteNote':
      return ledger.deleteNote(made.owner, made.name, made.condition);
    case 'listNotes':
      return (await ledger.listNotes(made.owner, made.after, 3)).map(withoutPlace);
    case 'countNote': {
      const answer = withoutPlace(await ledger.countNote(made.owner, made.name, made.by, made.mayCreate));
      return 'number' in answer ? { ...answer, number: String(answer.number) } : answer;
    }
  }
}

function withoutPlace<Answer extends object>(answer: Answer): Omit<Answer, 'place'> {
  return { ...answer, place: undefined };
}
