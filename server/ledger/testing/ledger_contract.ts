/**
 * The tests that every ledger passes: what `ledger.ts` promises, in one function.
 *
 * Engines are told apart by name only, and errors too: an engine may be compiled apart from its tests.
 */
import { batchOf, MadeBet } from '../../testing/bets';
import { isPending } from '../../testing/settled';
import { COMPLETE, Draw } from '../draw';
import { EMPTY_LEDGER, Ledger, LotteryTerms } from '../ledger';
import { LogPlace, NOTHING_STORED, PlaceOutcome } from '../operation';
import { LedgerCalls } from './ledger_calls';

/** How the contract's tests get at an engine. */
export interface LedgerEngine {
  /** Opens a new, empty ledger. */
  open(terms: LotteryTerms): Promise<Ledger>;
  /** Opens again what the ledger that was opened last holds; it was closed before. For engines that keep it. */
  reopen?(terms: LotteryTerms): Promise<Ledger>;
  /** The setting that says where such a ledger lies, as errors name it. */
  readonly placeSetting?: string;
  /** The audit log of the ledger that was opened last. */
  auditLines(): readonly string[] | Promise<readonly string[]>;
}

const TERMS: LotteryTerms = { agencies: 3, winnerNumber: 7_574 };
const UNAVAILABLE = { name: 'LedgerUnavailable' };
const TAKEN_OVER = { name: 'AgencyTakenOver' };
const ONE_BET: readonly MadeBet[] = [{ id: 7 }];
const OTHER_BET: readonly MadeBet[] = [{ id: 8 }];

/** Declares the contract's tests for an engine. */
export function ledgerContract(name: string, engine: LedgerEngine): void {
  describe(`${name} keeps the ledger's contract`, () => {
    let ledger: LedgerCalls;
    const open = async (terms = TERMS): Promise<LedgerCalls> =>
      new LedgerCalls(await engine.open(terms), terms.winnerNumber);
    beforeEach(async () => void (ledger = await open()));
    afterEach(() => ledger.close());

    const append = (agency: number, batchId: number, bets = ONE_BET): Promise<PlaceOutcome> =>
      ledger.append(batchOf(agency, batchId, bets));

    test('a new ledger is empty', async () => {
      expect(ledger.openedWith).toEqual(EMPTY_LEDGER);
      expect(ledger.queuedBytes).toBe(0);
      expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 0, lastBetId: 0, bets: 0 });
    });

    describe('append', () => {
      test('stores a batch once, and knows it by its content', async () => {
        expect(await append(1, 1)).toBe('stored');
        expect(await append(1, 1)).toBe('already-stored');
        expect(await append(1, 1, OTHER_BET)).toBe('conflict');
        expect(await append(1, 1)).toBe('already-stored');
        expect(await append(1, 2)).toBe('stored');
        expect(await append(2, 1)).toBe('stored');
        expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 2, lastBetId: 7, bets: 2 });
      });

      test('the same batch twice in one turn is stored once', async () => {
        expect(await Promise.all([append(1, 1), append(1, 1)])).toEqual(['stored', 'already-stored']);
        expect(await ledger.standing(1)).toMatchObject({ bets: 1 });
      });

      test('copies and conflicts in one turn, with other batches between', async () => {
        const outcomes = await Promise.all([
          append(1, 1),
          append(2, 1, OTHER_BET),
          append(1, 1, OTHER_BET),
          append(1, 1),
          append(1, 2, [{ id: 8 }, { id: 9 }]),
          append(1, 1),
          append(1, 2),
          append(2, 1, OTHER_BET),
        ]);
        expect(outcomes).toEqual([
          'stored',
          'stored',
          'conflict',
          'already-stored',
          'stored',
          'already-stored',
          'conflict',
          'already-stored',
        ]);
        expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 2, lastBetId: 9, bets: 3 });
        expect(await append(1, 2, [{ id: 8 }, { id: 9 }])).toBe('already-stored');
      });

      test('a batch that is the beginning of a stored one is a conflict', async () => {
        await append(1, 1, [{ id: 1 }, { id: 2 }]);
        expect(await append(1, 1, [{ id: 1 }])).toBe('conflict');
        expect(await append(1, 1, [{ id: 1 }, { id: 2 }, { id: 3 }])).toBe('conflict');
      });

      test('the bytes may change once it was called', async () => {
        const batch = batchOf(1, 1);
        const outcome = ledger.append(batch);
        batch.text.fill('x');
        expect(await outcome).toBe('stored');
        expect(await append(1, 1, [{}])).toBe('already-stored');
      });

      test('many batches in one turn, and large ones', async () => {
        const large = Array.from({ length: 9_000 }, (_, index) => ({
          id: index + 1,
          firstName: 'x'.repeat(128),
        }));
        const outcomes = await Promise.all([
          ...Array.from({ length: 2_000 }, (_, index) => append(1, index + 1)),
          append(2, 1, large),
          append(2, 2, large),
          append(2, 1, large),
        ]);
        expect(outcomes).toEqual([...Array<string>(2_002).fill('stored'), 'already-stored']);
        expect(ledger.queuedBytes).toBe(0);
        expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 2_000, bets: 2_000 });
        expect(await ledger.standing(2)).toMatchObject({ lastBatchId: 2, lastBetId: 9_000, bets: 18_000 });
      });
    });

    describe('taking over (R22)', () => {
      const send = (agency: number, batchId: number, ask: number): Promise<PlaceOutcome> =>
        ledger.append(batchOf(agency, batchId, ONE_BET), undefined, ask);
      const ask = (agency: number, number: number): Promise<unknown> =>
        ledger.standing(agency, undefined, number);

      test('a later ASK bars the earlier ones once a batch stands behind it', async () => {
        await ask(1, 1);
        await ask(1, 2);
        expect(await send(1, 1, 1)).toBe('stored');
        expect(await send(1, 2, 2)).toBe('stored');
        await expect(send(1, 3, 1)).rejects.toMatchObject(TAKEN_OVER);
        await expect(send(1, 1, 1)).rejects.toMatchObject(TAKEN_OVER);
        expect(await send(1, 3, 2)).toBe('stored');
        expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 3 });
      });

      test('in one turn, in the order of the calls', async () => {
        const barred = (error: Error): string => error.name;
        const outcomes = await Promise.all([
          ask(1, 1).then(() => 'asked'),
          send(1, 1, 1),
          ask(1, 2).then(() => 'asked'),
          send(1, 2, 1),
          send(1, 3, 2),
          send(1, 4, 1).catch(barred),
          append(1, 5),
          send(1, 6, 2),
        ]);
        const [asked, stored] = ['asked', 'stored'];
        expect(outcomes).toEqual([asked, stored, asked, stored, stored, 'AgencyTakenOver', stored, stored]);
        expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 3, batches: 5 });
      });

      test('a batch without an ASK is never barred, nor another agency', async () => {
        await ask(1, 1);
        await ask(2, 2);
        await ask(1, 3);
        expect(await send(1, 1, 3)).toBe('stored');
        expect(await send(2, 1, 2)).toBe('stored');
        expect(await append(1, 2)).toBe('stored');
      });

      test('a barred batch has no line', async () => {
        await ask(1, 1);
        await ask(1, 2);
        await send(1, 1, 2);
        await expect(send(1, 2, 1)).rejects.toMatchObject(TAKEN_OVER);
        await ledger.close();
        expect(await engine.auditLines()).toEqual([
          'GET,/agencies/1,200,0',
          'GET,/agencies/1,200,0',
          'PUT,/agencies/1/batches/1,201,0',
        ]);
      });
    });

    describe('standing', () => {
      test('tells up to where all batches are stored, whatever their order', async () => {
        const seen: number[] = [];
        for (const batchId of [3, 1, 5, 2, 7, 6, 4]) {
          await append(1, batchId, [{ id: batchId * 10 }]);
          const { lastBatchId, lastBetId } = await ledger.standing(1);
          expect(lastBetId).toBe(lastBatchId * 10);
          seen.push(lastBatchId);
        }
        expect(seen).toEqual([0, 1, 1, 3, 3, 3, 7]);
        expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 7, lastBetId: 70, bets: 7 });
      });

      test('counts bets behind a gap', async () => {
        await append(1, 99_999_999, [{ id: 1 }, { id: Number.MAX_SAFE_INTEGER }]);
        expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 0, lastBetId: 0, bets: 2 });
      });

      test('is exact for the largest bet id', async () => {
        await append(1, 1, [{ id: Number.MAX_SAFE_INTEGER }]);
        expect(await ledger.standing(1)).toMatchObject({ lastBetId: Number.MAX_SAFE_INTEGER });
      });

      test('is of one agency', async () => {
        await append(1, 1);
        expect(await ledger.standing(2)).toMatchObject({ lastBatchId: 0, lastBetId: 0, bets: 0 });
      });
    });

    describe('finish', () => {
      test('answers how many have finished, and is idempotent', async () => {
        expect(await ledger.finish(2)).toBe(1);
        expect(await ledger.finish(2)).toBe(1);
        expect(await ledger.finish(1)).toBe(2);
      });

      test('closes the agency for new batches, and for no other agency', async () => {
        await append(1, 1);
        await ledger.finish(1);
        expect(await append(1, 2)).toBe('closed');
        expect(await append(1, 1)).toBe('already-stored');
        expect(await append(1, 1, OTHER_BET)).toBe('conflict');
        expect(await append(2, 1)).toBe('stored');
        expect(await ledger.standing(1)).toMatchObject({ bets: 1 });
      });
    });

    test('calls made in one turn take effect in their order', async () => {
      const answers = await Promise.all([
        ledger.standing(1),
        append(1, 1),
        ledger.standing(1),
        ledger.finish(1),
        append(1, 2),
        append(2, 1, OTHER_BET),
        ledger.standing(2),
        append(1, 1),
        ledger.finish(2),
        ledger.standing(1),
      ]);
      expect(answers).toMatchObject([
        { lastBatchId: 0, lastBetId: 0, bets: 0 },
        'stored',
        { lastBatchId: 1, lastBetId: 7, bets: 1 },
        1,
        'closed',
        'stored',
        { lastBatchId: 1, lastBetId: 8, bets: 1 },
        'already-stored',
        2,
        { lastBatchId: 1, lastBetId: 7, bets: 1 },
      ]);
    });

    describe('draw', () => {
      const won = (document: string): MadeBet => ({ document, number: TERMS.winnerNumber });
      const drawn = { ...COMPLETE, winnerNumber: TERMS.winnerNumber };
      const finishAll = async (): Promise<void> => {
        await Promise.all([1, 2, 3].map((agency) => ledger.finish(agency)));
      };
      /** All finish, and it is drawn. */
      const drawAll = async (): Promise<Draw> => {
        await finishAll();
        return ledger.draw();
      };

      test('of nothing has no winners', async () => {
        expect(await drawAll()).toEqual({ ...drawn, winners: new Map(), bets: 0 });
      });

      test('without a winner', async () => {
        await append(1, 1);
        expect(await drawAll()).toEqual({ ...drawn, winners: new Map(), bets: 1 });
      });

      test('has a document for each winning bet, in the order of batch ids and of the bets in them', async () => {
        await append(1, 3, [won('31'), {}, won('32')]);
        await Promise.all([append(2, 2, [won('7')]), append(1, 1, [won('11')]), append(1, 20, [won('11')])]);
        await append(1, 2, [{}, won('21'), won('21'), { number: 757 }]);
        await append(3, 1, [{}]);
        expect(await drawAll()).toEqual({
          winners: new Map([
            [1, '11,21,21,31,32,11'],
            [2, '7'],
          ]),
          bets: 11,
          ...drawn,
        });
      });

      test('takes numbers for what they are, not for how they are written', async () => {
        await ledger.close();
        ledger = await open({ agencies: 1, winnerNumber: 74 });
        await append(1, 1, [
          { document: '01', number: '74' },
          { document: '02', number: '074' },
          { document: '03', number: '0074' },
          { document: '04', number: '740' },
          { document: '05', number: '7474' },
        ]);
        expect((await ledger.draw()).winners).toEqual(new Map([[1, '01,02,03']]));
      });

      test('runs over what was submitted before it in the same turn, and nothing after', async () => {
        const [before, draw, after] = await Promise.all([
          append(1, 1, [won('1')]),
          ledger.draw(),
          append(1, 2, [won('2')]),
        ]);
        expect([before, after]).toEqual(['stored', 'closed']);
        expect(draw).toMatchObject({ missingAgencies: [1, 2, 3], winners: new Map([[1, '1']]), bets: 1 });
      });

      test('is idempotent, also in one turn', async () => {
        await append(1, 1, [won('1')]);
        await finishAll();
        const draws = await Promise.all([ledger.draw(), ledger.draw()]);
        expect([...draws, await ledger.draw('call-off')]).toEqual(
          Array(3).fill({ ...drawn, winners: new Map([[1, '1']]), bets: 1 }),
        );
      });

      test('that does not wait for all agencies says which are missing', async () => {
        await append(1, 1, [won('1')]);
        await ledger.finish(1);
        const draw = { ...drawn, missingAgencies: [2, 3], winners: new Map([[1, '1']]), bets: 1 };
        expect(await ledger.draw()).toEqual(draw);
        await finishAll();
        expect(await ledger.draw()).toEqual(draw);
      });

      test('that is called off has no winners, and stays called off', async () => {
        await append(1, 1, [won('1')]);
        await Promise.all([ledger.finish(1), ledger.finish(2)]);
        const terms = { missingAgencies: [3], isCalledOff: true };
        const draw = { ...terms, winners: new Map(), bets: 0, winnerNumber: undefined };
        expect(await ledger.draw('call-off')).toEqual(draw);
        expect(await ledger.draw()).toEqual(draw);
        expect(await append(3, 1)).toBe('closed');
      });

      test('is not called off when the last FIN stands before the close, in the same turn too', async () => {
        const [, , , draw] = await Promise.all([
          ledger.finish(1),
          ledger.finish(2),
          ledger.finish(3),
          ledger.draw('call-off'),
        ]);
        expect(draw).toMatchObject(drawn);
      });

      test('closes the ledger for new batches of every agency', async () => {
        await append(1, 1);
        await ledger.finish(1);
        await ledger.draw();
        expect(await append(2, 1)).toBe('closed');
        expect(await append(1, 1)).toBe('already-stored');
        expect(await append(1, 1, OTHER_BET)).toBe('conflict');
        expect(await ledger.finish(2)).toBe(2);
        expect(await ledger.standing(1)).toMatchObject({ bets: 1 });
      });
    });

    describe('closing the sale', () => {
      const close = (whenMissing?: 'draw' | 'call-off'): Promise<unknown> =>
        ledger.ledger.submit({ kind: 'close-sale', whenMissing });

      test('is not due while agencies are missing, unless it is said what follows', async () => {
        await ledger.finish(2);
        expect(await close()).toMatchObject({ outcome: 'not-due' });
        expect(await append(1, 1)).toBe('stored');
        expect(await close('draw')).toEqual({
          outcome: 'closed',
          terms: { missingAgencies: [1, 3], isCalledOff: false },
        });
        expect(await append(1, 2)).toBe('closed');
        expect(await ledger.drawState(1)).toBe('due');
      });

      test('keeps the terms of the first close, whatever is said or finishes later', async () => {
        const terms = { missingAgencies: [1, 3], isCalledOff: true };
        await ledger.finish(2);
        expect(await Promise.all([close('call-off'), ledger.finish(1), close('draw')])).toEqual([
          { outcome: 'closed', terms },
          2,
          { outcome: 'already-closed', terms },
        ]);
        await ledger.finish(3);
        expect(await close()).toEqual({ outcome: 'already-closed', terms });
      });
    });

    test('a stored batch has its place in the log, and keeps it', async () => {
      const places: LogPlace[] = [];
      const note = async (batchId: number): Promise<void> =>
        void places.push((await ledger.place(batchOf(1, batchId, ONE_BET)))!);
      await Promise.all([note(1), note(3), note(2)]);
      await note(4);
      const inOrder = [...places].sort(
        (one, other) => one.sequence - other.sequence || one.position - other.position,
      );
      expect(inOrder).toEqual(places);
      expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(4);
      expect(await ledger.place(batchOf(1, 3, ONE_BET))).toEqual(places[1]);
      expect(await ledger.place(batchOf(1, 3, OTHER_BET))).toBeUndefined();
    });

    describe('close', () => {
      test('rejects later calls', async () => {
        await ledger.close();
        await expect(append(1, 1)).rejects.toMatchObject(UNAVAILABLE);
        await expect(ledger.finish(1)).rejects.toMatchObject(UNAVAILABLE);
        await expect(ledger.standing(1)).rejects.toMatchObject(UNAVAILABLE);
        await expect(ledger.standings(0, 1)).rejects.toMatchObject(UNAVAILABLE);
        await expect(ledger.batchText(1, 1)).rejects.toMatchObject(UNAVAILABLE);
        await expect(ledger.drawState(1)).rejects.toMatchObject(UNAVAILABLE);
        await expect(ledger.note('GET', '/draw', 406)).rejects.toMatchObject(UNAVAILABLE);
        await expect(ledger.draw()).rejects.toMatchObject(UNAVAILABLE);
      });

      test('rejects calls from the moment on that it was called', async () => {
        const closed = ledger.close();
        await expect(append(1, 1)).rejects.toMatchObject(UNAVAILABLE);
        await closed;
      });

      test('brings a draw that is under way to an end', async () => {
        await append(1, 1, [{ document: '1', number: TERMS.winnerNumber }]);
        const draw = ledger.draw();
        draw.catch(() => undefined);
        await ledger.close();
        expect(await isPending(draw)).toBe(false);
      });

      test('comes behind what was handed over', async () => {
        const stored = append(1, 1);
        const finished = ledger.finish(1);
        await ledger.close();
        expect(await stored).toBe('stored');
        expect(await finished).toBe(1);
      });

      test('may be called again', async () => {
        await Promise.all([ledger.close(), ledger.close()]);
        await ledger.close();
      });
    });

    describe('the audit log', () => {
      test('has a line for each call, in their order', async () => {
        await Promise.all([
          append(1, 1),
          ledger.append(batchOf(1, 1, ONE_BET), 'again'),
          append(1, 1, OTHER_BET),
          ledger.batchText(1, 1, 'text-1'),
          ledger.batchText(1, 2, 'text-2'),
          ledger.standing(2, '7'),
          ledger.standings(0, 10, '8'),
          ledger.drawState(1, '9'),
          ledger.drawState(undefined),
          ledger.finish(1, '10'),
          append(1, 2),
          ledger.note('PUT', '/agencies/-/batches/7', 422),
          append(2, 1),
        ]);
        expect(await engine.auditLines()).toEqual([
          'PUT,/agencies/1/batches/1,201,0',
          'PUT,/agencies/1/batches/1,200,again',
          'PUT,/agencies/1/batches/1,409,0',
          'GET,/agencies/1/batches/1,200,text-1',
          'GET,/agencies/1/batches/2,404,text-2',
          'GET,/agencies/2,200,7',
          'GET,/agencies,200,8',
          'GET,/agencies/1/winners,409,9',
          'GET,/draw,200,0',
          'PUT,/agencies/1/finish,200,10',
          'PUT,/agencies/1/batches/2,410,0',
          'PUT,/agencies/-/batches/7,422,0',
          'PUT,/agencies/2/batches/1,201,0',
        ]);
      });

      test('has a line for the draw, once, and none for whoever asks while it is due', async () => {
        await Promise.all([1, 2, 3].map((agency) => ledger.finish(agency)));
        expect(await ledger.drawState(1)).toBe('due');
        await ledger.draw();
        await ledger.draw();
        expect(await ledger.drawState(1)).toBe('drawn');
        expect(await engine.auditLines()).toEqual([
          'PUT,/agencies/1/finish,200,0',
          'PUT,/agencies/2/finish,200,0',
          'PUT,/agencies/3/finish,200,0',
          'PUT,/draw,201,0',
          'GET,/agencies/1/winners,200,0',
        ]);
      });

      test('says that a draw was called off', async () => {
        await ledger.draw('call-off');
        expect(await ledger.drawState(1, '5')).toBe('called-off');
        expect(await ledger.drawState(undefined, '6')).toBe('called-off');
        expect(await engine.auditLines()).toEqual([
          'PUT,/draw,201,0',
          'GET,/agencies/1/winners,410,5',
          'GET,/draw,200,6',
        ]);
      });
    });

    describe('reading', () => {
      test('a batch as it came', async () => {
        const batch = batchOf(2, 5, [{ id: 1 }, { id: 2, firstName: 'Zoë' }]);
        const text = batch.text.toString();
        await ledger.append(batch);
        expect((await ledger.batchText(2, 5))?.toString()).toBe(text);
        expect(await ledger.batchText(2, 6)).toBeUndefined();
        expect(await ledger.batchText(1, 5)).toBeUndefined();
      });

      test('many batches in one turn, between others', async () => {
        await Promise.all(
          Array.from({ length: 50 }, (_, index) => append(1, index + 1, [{ id: index + 1 }])),
        );
        const texts = await Promise.all(
          Array.from({ length: 100 }, (_, index) =>
            index % 2 === 0 ? ledger.batchText(1, index / 2 + 1) : append(2, index),
          ),
        );
        texts.forEach((text, index) => {
          const bet = `1,${index / 2 + 1},`;
          expect(index % 2 === 0 ? text?.toString().startsWith(bet) : text === 'stored').toBe(true);
        });
      });

      test('the standings of some agencies, at one moment', async () => {
        await Promise.all([append(1, 1), append(3, 1, [{ id: 1 }, { id: 4 }]), ledger.finish(3)]);
        const three = { lastBatchId: 1, lastBetId: 4, batches: 1, bets: 2, isFinished: true };
        expect(await ledger.standing(3)).toEqual(three);
        expect(await ledger.standings(1, 10)).toEqual([NOTHING_STORED, three]);
        expect(await ledger.standings(1, 1)).toEqual([NOTHING_STORED]);
        expect(await ledger.standings(3, 10)).toEqual([]);
        expect(await ledger.standings(30, 10)).toEqual([]);
      });
    });

    if (engine.reopen === undefined) return;

    test('another lottery is refused, and the right one taken afterwards', async () => {
      await ledger.close();
      for (const terms of [
        { ...TERMS, agencies: 4 },
        { ...TERMS, winnerNumber: 1 },
      ]) {
        const kept = `AGENCIES 3 .*LOTTERY_WINNER_NUMBER 7574.* ${engine.placeSetting}`;
        await expect(engine.reopen?.(terms)).rejects.toMatchObject({
          name: 'ConfigurationError',
          message: expect.stringMatching(new RegExp(kept)) as string,
        });
        await (await engine.reopen?.(TERMS))?.close();
      }
    });

    describe('what was promised is there when it is opened again', () => {
      const openAgain = async (): Promise<void> => {
        await ledger.close();
        const again = await engine.reopen?.(TERMS);
        if (again !== undefined) ledger = new LedgerCalls(again, TERMS.winnerNumber);
      };

      test('batches, bets and FINs', async () => {
        await Promise.all([append(1, 1), append(1, 3, OTHER_BET), append(2, 1, [{}, {}]), ledger.finish(2)]);
        await openAgain();
        expect(ledger.openedWith).toEqual({
          finishedAgencies: new Set([2]),
          firstFinishedAtMs: expect.any(Number) as number,
          closedWith: undefined,
          draw: undefined,
          batches: 3,
          bets: 4,
          sums: new Map([
            [1, { batches: 2, bets: 2 }],
            [2, { batches: 1, bets: 2 }],
          ]),
        });
        expect(await append(1, 1)).toBe('already-stored');
        expect(await append(1, 3)).toBe('conflict');
        expect(await append(2, 2)).toBe('closed');
        expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 1, lastBetId: 7, bets: 2 });
        expect(await append(1, 2, [{ id: 5 }])).toBe('stored');
        expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 3, lastBetId: 8, bets: 3 });
        expect(await ledger.finish(1)).toBe(2);
      });

      test('what was handed over before it was closed', async () => {
        const appended = append(1, 1);
        await openAgain();
        expect(await appended).toBe('stored');
        expect(ledger.openedWith).toMatchObject({ batches: 1, bets: 1 });
      });

      test('when the first agency finished', async () => {
        const before = Date.now();
        await ledger.finish(3);
        const between = Date.now();
        await ledger.finish(1);
        await openAgain();
        const { firstFinishedAtMs } = ledger.openedWith;
        expect(firstFinishedAtMs).toBeGreaterThanOrEqual(before);
        expect(firstFinishedAtMs).toBeLessThanOrEqual(between);
      });

      test('a draw that was called off', async () => {
        await ledger.finish(2);
        const draw = await ledger.draw('call-off');
        expect(draw).toMatchObject({ missingAgencies: [1, 3], isCalledOff: true });
        await openAgain();
        expect(ledger.openedWith.draw).toEqual(draw);
        expect(await ledger.draw()).toEqual(draw);
      });

      test('the close of a sale whose draw was not stored, with its terms', async () => {
        const terms = { missingAgencies: [1, 2], isCalledOff: true };
        await ledger.finish(3);
        await ledger.ledger.submit({ kind: 'close-sale', whenMissing: 'call-off' });
        await openAgain();
        expect(ledger.openedWith).toMatchObject({ closedWith: terms, draw: undefined });
        await Promise.all([ledger.finish(1), ledger.finish(2)]);
        expect(await ledger.draw()).toMatchObject(terms);
      });

      test('the draw', async () => {
        await append(1, 1, [{ document: '1', number: TERMS.winnerNumber }]);
        const draw: Draw = await ledger.draw();
        await openAgain();
        expect(ledger.openedWith.draw).toEqual(draw);
        expect(await ledger.draw()).toEqual(draw);
        expect(await append(1, 2)).toBe('closed');
        expect(await ledger.drawState(1)).toBe('drawn');
        expect(await engine.auditLines()).toEqual([
          'PUT,/agencies/1/batches/1,201,0',
          'PUT,/draw,201,0',
          'PUT,/agencies/1/batches/2,410,0',
          'GET,/agencies/1/winners,200,0',
        ]);
      });
    });
  });
}
