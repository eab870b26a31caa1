import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Random } from '../../../tools/random';
import { AskedControl, COSIGNED } from './asked_control';
import { AskingAgency, BELIEVED } from './asking_agency';
import { Found, requireExpected } from './expectations';
import { LIES } from './lies';
import { drawOf, makeSale } from './sale';
import { BuiltLog, ForgedLog, forgeryOf, noteIn, ShownLog } from './shown_log';
import { AGREE, FORKED, Lie, Scene, Telling } from './telling';
import { Case, Verifier } from './verifier';
import { CLOSE_AT_SECONDS, CONTROL, IMPOSTOR } from './world';

/** In memory, where the machine has such a place: a sync costs nothing there. */
const MEMORY_FOLDER = '/dev/shm';
/** Lies take turns, so that seeds in a row tell them all; behind the last, so many servers are honest. */
const HONEST_TURNS = 6;
/** So many seeds in a row have all lies among them. */
export const ALL_TURNS = LIES.length + HONEST_TURNS;
/** Few numbers come from a beacon: its signature takes long to check. */
const DRAND_PER_THOUSAND = 10;
const ENTERED_PER_THOUSAND = 400;
/** A lie needs an occasion; so many sales are looked at for one. */
const MAX_SALES = 1_000;
const PUBLISH_PER_THOUSAND = 300;
const ASK_PER_THOUSAND = 300;
const BEFORE_CLOSE_SECONDS = 4;

/**
 * One lottery with a log, in one process: the shipped builder of the log, over a ledger in memory; agencies with the
 * shipped check of receipts; the shipped control and the shipped verifier. In most runs the server tells one lie
 * (lies.ts). Each check is asked as if there were no other: an agency whose receipt is wrong, or a control that refuses,
 * ends nothing here, and a seal that the control does not cosign is cosigned by who has stolen its key. So what each check
 * says is known, and must be what the lie expects of it: that it is found by this check and for this reason, and that checks
 * which cannot find it say nothing. What happens is a function of the seed.
 */
export class LieRun {
  readonly #random: Random;
  readonly #verifier: Verifier;
  readonly #lie: Lie | undefined;
  readonly #scene: Scene;
  readonly #telling: Telling | undefined;
  readonly #nowSeconds: number;
  readonly #folder = mkdtempSync(join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'lottery-lies-'));
  readonly #agencies: readonly AskingAgency[];
  readonly #control: AskedControl;
  readonly #sessions = new Map<number, string>();
  #controlSays = COSIGNED;

  /** @param verifier may serve any number of runs, one after another */
  constructor(seed: number, verifier: Verifier) {
    this.#random = new Random(seed);
    this.#verifier = verifier;
    this.#lie = LIES[seed % ALL_TURNS];
    [this.#scene, this.#telling] = this.#findOccasion();
    this.#nowSeconds = CLOSE_AT_SECONDS - BEFORE_CLOSE_SECONDS + (this.#telling?.lateSeconds ?? 0);
    this.#agencies = this.#scene.sale.sellers.map(
      (seller) => new AskingAgency(seller, join(this.#folder, `agency-${seller.agency}`)),
    );
    this.#control = new AskedControl(join(this.#folder, 'control'), this.#nowSeconds);
  }

  /** @returns the name of the lie; `undefined` where none was told @throws Error when a check says what it must not */
  async run(): Promise<string | undefined> {
    try {
      const before = await this.#begin();
      const oldFrames = await before.frames();
      const log = await this.#goOn(before);
      const fork = this.#openFork();
      await this.#closeSale(log, fork);
      const [openNote, newFrames] = [noteIn(log.folder, 'latest'), await log.frames()];
      const changedFrom = oldFrames.findIndex(
        ({ entry }, index) => newFrames[index]?.entry.equals(entry) !== true,
      );
      const shown = await this.#draw(log);
      if (fork !== undefined) await this.#draw(fork);
      await this.#askForEnd(shown, fork);
      const found = await this.#look(shown, fork, openNote);
      requireExpected(found, this.#telling, changedFrom < 0 ? Infinity : changedFrom, this.#agencies);
      return this.#lie?.name;
    } catch (error) {
      throw new Error(`${this.#lie?.name ?? 'an honest server'}: ${String(error)}`, { cause: error });
    } finally {
      this.#control.close();
      rmSync(this.#folder, { recursive: true });
    }
  }

  #findOccasion(): [Scene, Telling | undefined] {
    const random = this.#random;
    for (let each = 0; each < MAX_SALES; each++) {
      const isDrand = random.chance(DRAND_PER_THOUSAND);
      const kind = isDrand ? 'drand' : random.chance(ENTERED_PER_THOUSAND) ? 'entered' : 'fixed';
      const sale = makeSale(random, this.#lie?.number ?? kind);
      if (sale.events.length < 2) continue;
      const scene = { sale, random, shown: 1 + random.below(sale.events.length - 1) };
      const telling = this.#lie?.tell(scene);
      if (telling !== undefined || this.#lie === undefined) return [scene, telling];
    }
    throw new Error('there is no occasion for this lie');
  }

  /** The beginning of the sale, of which all is as it should be: it is believed, and cosigned. */
  async #begin(): Promise<BuiltLog> {
    const { sale, shown } = this.#scene;
    const log = new BuiltLog(this.#telling?.firstTerms ?? sale.terms);
    for (const event of sale.events.slice(0, shown)) {
      log.take(event);
      await this.#maybePublish(log);
    }
    log.publish();
    await this.#askControl(log);
    for (const agency of this.#agencies) await this.#askLast(log, agency);
    return log;
  }

  /** The rest of the sale; a liar makes its log once more, as it likes. */
  async #goOn(log: BuiltLog): Promise<BuiltLog> {
    const { sale, shown } = this.#scene;
    const { events, terms, firstTerms = sale.terms } = this.#telling ?? {};
    if (events !== undefined || terms !== undefined) {
      return new BuiltLog(terms ?? firstTerms, events ?? sale.events);
    }
    for (const event of sale.events.slice(shown)) {
      log.take(event);
      await this.#maybePublish(log);
    }
    return log;
  }

  #openFork(): BuiltLog | undefined {
    const fork = this.#telling?.fork;
    return fork && new BuiltLog(this.#scene.sale.terms, fork.events);
  }

  /** A checkpoint in the middle, cosigned or not, and receipts of whatever is in it. */
  async #maybePublish(log: BuiltLog): Promise<void> {
    if (!this.#random.chance(PUBLISH_PER_THOUSAND)) return;
    log.publish();
    if (this.#random.chance(ASK_PER_THOUSAND)) await this.#askControl(log);
    for (const agency of this.#agencies) {
      if (this.#random.chance(ASK_PER_THOUSAND)) await this.#askLast(log, agency);
    }
  }

  /** An agency asks for the receipt of its last batch in the log. Who is shown another log does not ask in this one. */
  async #askLast(log: BuiltLog, agency: AskingAgency): Promise<void> {
    if (this.#telling?.fork !== undefined && agency.agency === this.#telling.victim) return;
    const ids = agency.seller.batches.map(({ batchId }) => batchId);
    const last = ids.findLast((batchId) => log.receiptOf(agency.agency, batchId) !== undefined);
    if (last === undefined) return;
    const says = await agency.take(last, log.receiptOf(agency.agency, last)!);
    if (says !== BELIEVED) throw new Error(`agency ${agency.agency} does not believe what is true: ${says}`);
  }

  /** Each agency asks for the receipt of its FIN, and the control sees all of the sale. */
  async #closeSale(log: BuiltLog, fork: BuiltLog | undefined): Promise<void> {
    for (const each of [log, ...(fork === undefined ? [] : [fork])]) {
      each.publish();
      await this.#askControl(each);
    }
    for (const agency of this.#agencies) {
      const shown = agency.agency === this.#telling?.victim ? (fork ?? log) : log;
      const receipt = shown.receiptOf(agency.agency, 0);
      if (receipt !== undefined) this.#sessions.set(agency.agency, await agency.take(0, receipt));
    }
  }

  /** Closes the sale and draws. @returns what is published in the end */
  async #draw(log: BuiltLog): Promise<ShownLog> {
    const { sale } = this.#scene;
    const { terms, draw, forge } = this.#telling ?? {};
    const { number: source } = terms ?? sale.terms;
    const drawn = log.seal();
    const number = source.kind === 'drand' ? drawn : source.kind === 'fixed' ? source.number : sale.number;
    if (forge === undefined && this.#controlSays === COSIGNED && this.#random.chance(ASK_PER_THOUSAND))
      await this.#askControl(log);
    const honest = drawOf(sale, log.events, number);
    log.takeResult(draw?.(honest) ?? honest);
    return forge === undefined ? log : new ForgedLog(await forge(await forgeryOf(log)));
  }

  async #askForEnd(shown: ShownLog, fork: BuiltLog | undefined): Promise<void> {
    if (this.#telling?.isUncosigned === undefined) {
      for (const log of fork === undefined ? [shown] : [shown, fork]) {
        for (const which of ['sealed', 'latest'] as const) await this.#askControl(log, which);
      }
    }
    if (this.#telling?.isUncosigned === 'none') return;
    const signer = this.#telling?.isUncosigned === 'impostor' ? IMPOSTOR : CONTROL;
    for (const log of fork === undefined ? [shown] : [shown, fork]) {
      const note = noteIn(log.folder, 'sealed');
      const [text = '', lines = ''] = note.split('\n\n');
      if (lines.trimEnd().split('\n').length > 1) continue;
      log.addCosignature('sealed', signer.cosign(`${text}\n`, this.#nowSeconds));
    }
  }

  /** Keeps the first refusal. */
  async #askControl(log: ShownLog, which: 'sealed' | 'latest' = 'latest'): Promise<void> {
    const says = await this.#control.ask(log, which);
    if (this.#controlSays === COSIGNED) this.#controlSays = says;
  }

  /** What each of those who look finds. */
  async #look(shown: ShownLog, fork: BuiltLog | undefined, openNote: string): Promise<Found> {
    const { victim, fork: { isSealShown = false } = {} } = this.#telling ?? {};
    const asked = this.#agencies.filter(({ finishReceipt }) => finishReceipt !== undefined);
    // Of those whom the lie is not about one is enough: each has what the others have.
    const finished = [
      ...asked.filter(({ agency }) => agency === victim),
      ...this.#random.sample(
        asked.filter(({ agency }) => agency !== victim),
        1,
      ),
    ];
    const own = finished.map(({ agency, seller: { csv }, receipts }): Case => {
      const seen = agency === victim && isSealShown ? fork! : shown;
      return { bundle: seen.folder.published(), own: { agency, csv, receipts } };
    });
    const notes = finished.map(({ finishReceipt }) => [finishReceipt!, Buffer.from(openNote)] as const);
    if (isSealShown) {
      const sealed = [shown, fork!].map(({ folder }) => Buffer.from(noteIn(folder, 'sealed')));
      notes.push([sealed[0]!, sealed[1]!]);
    }
    const [published, ...more] = await this.#verifier.judge([
      { bundle: shown.folder.published() },
      ...own,
      ...notes.map((pair) => ({ notes: pair })),
    ]);
    const byAgency = new Map(finished.map(({ agency }, index) => [agency, more[index]!]));
    const isForked = more.slice(finished.length).includes('evidence');
    return {
      sessions: this.#sessions,
      control: this.#controlSays,
      comparison: isForked ? FORKED : AGREE,
      published: published!,
      byAgency,
    };
  }
}
