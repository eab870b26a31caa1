/** Any history of a ledger is replayed without a difference, and none without one of its lines that change something. */
import fc from 'fast-check';

// Takes FC_SEED from the environment.
import '../../protocol/testing/arbitraries';
import { batchOf } from '../../server/testing/bets';
import type { Draw } from '../../server/ledger/draw';
import { MemoryLedger } from '../../server/ledger/memory_ledger';
import { LedgerCalls } from '../../server/ledger/testing/ledger_calls';
import { makeNoteCall, NoteCall, noteCall } from '../../server/ledger/testing/note_calls';
import type { PlacedNote, StoredBatch, StoredLottery } from '../../server/ledger/audit_reader';
import { Replay, StoredSegment } from './replay';

const AGENCIES = 3;
const TERMS = { agencies: AGENCIES, winnerNumber: 74 };

type Change =
  | {
      readonly kind: 'append';
      readonly agency: number;
      readonly batchId: number;
      readonly document: string;
    }
  | { readonly kind: 'finish'; readonly agency: number }
  | { readonly kind: 'draw' };
type Question =
  | { readonly kind: 'read'; readonly agency: number; readonly batchId: number }
  | { readonly kind: 'standing' | 'winners'; readonly agency: number }
  | { readonly kind: 'standings' | 'drawState' };
type Call = Change | Question | NoteCall;

const agency = fc.integer({ min: 1, max: AGENCIES });
const batchId = fc.integer({ min: 1, max: 4 });
const document = fc.constantFrom('11', '12');
const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('append' as const), agency, batchId, document }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), agency, batchId }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('finish' as const), agency }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('standing' as const, 'winners' as const), agency }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('standings' as const, 'drawState' as const) }) },
  { weight: 8, arbitrary: noteCall(AGENCIES) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('draw' as const) }) },
);
const finishPlace = fc.constantFrom('in' as const, 'behind' as const);
const segmentsOfCalls = fc.array(fc.array(call, { maxLength: 8 }), { maxLength: 8 });

/** Carries calls out on the plainest ledger, and writes down what a ledger keeps of them. */
class Playing {
  readonly segments: StoredSegment[] = [];
  readonly #memory = new MemoryLedger(TERMS);
  readonly #ledger = new LedgerCalls(this.#memory, TERMS.winnerNumber);
  readonly #finished = new Map<number, number>();
  /** How many lines stand before each segment. */
  readonly #firstLines: number[] = [];
  readonly #finishPlace: StoredLottery['finishPlace'];
  #draw: Draw | undefined;

  constructor(finishPlace: StoredLottery['finishPlace']) {
    this.#finishPlace = finishPlace;
  }

  get stored(): StoredLottery {
    return {
      agencies: AGENCIES,
      isSaleClosed: this.#draw !== undefined,
      finished: this.#finished,
      finishPlace: this.#finishPlace,
      draw: this.#draw,
    };
  }

  /** Of each note that is there, the segment in which its place is: a place has the number of a line. */
  async notes(): Promise<PlacedNote[]> {
    const notes: PlacedNote[] = [];
    for (let owner = 0; owner <= AGENCIES; owner++) {
      for (const { name, place } of await this.#ledger.listNotes(owner)) {
        const segment = this.#firstLines.findLastIndex((first) => first < place.sequence) + 1;
        notes.push({ owner, name, segment });
      }
    }
    return notes;
  }

  get winners(): ReadonlyMap<number, string> {
    return this.#draw?.winners ?? new Map();
  }

  async play(calls: readonly Call[]): Promise<void> {
    const sequence = this.segments.length + 1;
    const firstLine = this.#memory.auditLines.length;
    this.#firstLines.push(firstLine);
    const batches: StoredBatch[] = [];
    for (const each of calls) await this.#carryOut(each, sequence, batches);
    const lines = this.#memory.auditLines.slice(firstLine).map((line) => `${line}\n`);
    this.segments.push({ sequence, lines: lines.join(''), batches });
  }

  async #carryOut(each: Call, sequence: number, batches: StoredBatch[]): Promise<void> {
    switch (each.kind) {
      case 'append': {
        const batch = batchOf(each.agency, each.batchId, [{ document: each.document, number: 74 }]);
        const outcome = await this.#ledger.append(batch);
        if (outcome === 'stored') batches.push({ agency: each.agency, batchId: each.batchId, bets: 1 });
        return;
      }
      case 'finish':
        await this.#ledger.finish(each.agency);
        if (!this.#finished.has(each.agency)) {
          const isOwn = this.#finishPlace === 'in' || batches.length > 0;
          this.#finished.set(each.agency, isOwn ? sequence : sequence - 1);
        }
        return;
      case 'draw':
        // It comes when all have finished.
        if (this.#finished.size === AGENCIES) this.#draw ??= await this.#ledger.draw();
        return;
      default:
        await this.#ask(each);
    }
  }

  async #ask(each: Question | NoteCall): Promise<unknown> {
    switch (each.kind) {
      case 'read':
        return this.#ledger.batchText(each.agency, each.batchId);
      case 'standing':
        return this.#ledger.standing(each.agency);
      case 'standings':
        return this.#ledger.standings(0, AGENCIES);
      case 'winners':
        return this.#ledger.drawState(each.agency);
      case 'drawState':
        return this.#ledger.drawState(undefined);
      default:
        return makeNoteCall(this.#ledger, each);
    }
  }
}

async function play(
  all: readonly (readonly Call[])[],
  finishPlace: StoredLottery['finishPlace'],
): Promise<Playing> {
  const playing = new Playing(finishPlace);
  for (const calls of all) await playing.play(calls);
  return playing;
}

async function differencesOf(playing: Playing, segments: readonly StoredSegment[]): Promise<string[]> {
  const found: string[] = [];
  const { stored, winners } = playing;
  const notes = await playing.notes();
  const replaying = new Replay(stored, ({ reason }) => found.push(reason));
  for (const segment of segments) replaying.segment(segment);
  for (const note of notes) replaying.note(note);
  replaying.end(winners);
  return found;
}

/** The lines without which a ledger is another one; an agency's ends of its sale that are alike stand for each other. */
function changesOf({ segments }: Playing): { readonly sequence: number; readonly line: string }[] {
  const all = segments.flatMap(({ sequence, lines }) =>
    lines.split('\n').map((line) => ({ sequence, line })),
  );
  return all.filter(({ line }) => {
    // Without it, what comes behind may be right as well: a note that is written is there.
    if (line.includes('/notes/')) return false;
    if (line.includes(',201,')) return true;
    return line.includes('/finish,200,') && all.filter((other) => other.line === line).length === 1;
  });
}

test('any history is replayed without a difference', async () => {
  await fc.assert(
    fc.asyncProperty(segmentsOfCalls, finishPlace, async (all, place) => {
      const playing = await play(all, place);
      expect(await differencesOf(playing, playing.segments)).toEqual([]);
    }),
  );
});

test('none is, when a line that changes something is left out', async () => {
  await fc.assert(
    fc.asyncProperty(segmentsOfCalls, finishPlace, fc.nat(), async (all, place, choice) => {
      const playing = await play(all, place);
      const changes = changesOf(playing);
      fc.pre(changes.length > 0);
      const { sequence, line } = changes[choice % changes.length]!;
      const segments = playing.segments.map((segment) =>
        segment.sequence === sequence
          ? { ...segment, lines: segment.lines.replace(`${line}\n`, '') }
          : segment,
      );
      expect(await differencesOf(playing, segments)).not.toEqual([]);
    }),
  );
});
