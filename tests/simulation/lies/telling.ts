/** What a lie is made of, and what each check must say of it. */
import type { Draw } from '../../../server/ledger/draw';
import type { Leaf } from '../../../server/ledger/leaf_source';
import type { Random } from '../../../tools/random';
import type { LogTerms, NumberSource } from '../../../transparency/draw/entries';
import { BELIEVED } from './asking_agency';
import { COSIGNED } from './asked_control';
import type { Sale } from './sale';
import type { Forgery } from './shown_log';
import { VERIFIED } from './verifier';

/** What each check says, every one as if there were no other. */
export interface Verdicts {
  /** The victim's own check of the receipt of its FIN, in the session. */
  readonly session: string;
  /** The control: its first refusal. */
  readonly control: string;
  /** Whether two who compare checkpoints of one size have the same tree. */
  readonly comparison: string;
  /** The verifier, of what is published alone. */
  readonly published: string;
  /** The verifier, with the victim's bets and receipts. */
  readonly victim: string;
  /** The verifier, with those of each other agency. */
  readonly others: string;
}

/** Checkpoints that do not contradict each other, and those that do. */
export const AGREE = 'agree';
export const FORKED = 'forked';

/** What is expected where nothing is wrong. */
export const HONEST: Verdicts = {
  session: BELIEVED,
  control: COSIGNED,
  comparison: AGREE,
  published: VERIFIED,
  victim: VERIFIED,
  others: VERIFIED,
};

/** The verifier's verdict for who holds a receipt of a tree that was changed: `receipts`, and `VERIFIED` for anybody else. */
export const BY_OLD_RECEIPTS = 'receipts, for who has one of the tree that was changed';

/** What the control answers to a tree that does not go on from the one that it has cosigned. */
export const NOT_CONSISTENT =
  /^(409 \d+|422 a tree of \d+ leaves was not shown to continue the \d+ that were cosigned)$/;

/** What is expected of each check; what is left out is as where nothing is wrong. */
export type Expected = { readonly [Check in keyof Verdicts]?: string | RegExp };

/** What the liar has before it. */
export interface Scene {
  readonly sale: Sale;
  readonly random: Random;
  /** So many of the events are in a checkpoint that was cosigned, and of which every agency in it has a receipt. */
  readonly shown: number;
}

/** How a lie is told. Whatever is left out is done honestly. */
export interface Telling {
  /** The agency that it is about. */
  readonly victim: number;
  /** What the log is made from, instead of what was stored; from the first leaf on. */
  readonly events?: readonly Leaf[];
  /** What the log begins with, once something was shown. */
  readonly terms?: LogTerms;
  /** What it begins with, and has always begun with. */
  readonly firstTerms?: LogTerms;
  /** A second log, of which the victim is shown the receipts; with `isSealShown` also all that is published. */
  readonly fork?: { readonly events: readonly Leaf[]; readonly isSealShown: boolean };
  readonly draw?: (draw: Draw) => Draw;
  /** What is published once all is over. */
  readonly forge?: (honest: Forgery) => Forgery | Promise<Forgery>;
  /** Whether the seal has no cosignature of the control, or only one that is by another key. */
  readonly isUncosigned?: 'none' | 'impostor';
  /** So long after the close the control sees the seal. */
  readonly lateSeconds?: number;
  readonly expected: Expected;
}

/** A lie. */
export interface Lie {
  readonly name: string;
  /** Where the number must come from, if that matters. */
  readonly number?: NumberSource['kind'];
  /** @returns `undefined` where this sale gives no occasion for it */
  tell(scene: Scene): Telling | undefined;
}
