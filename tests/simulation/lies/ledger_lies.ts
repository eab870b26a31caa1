/** Lies about what was sold: the log is made, honestly, from a ledger that is not what the agencies have sent. */
import type { LeafBatch } from '../../../server/ledger/leaf_source';
import { anyOf, batchPlaces, finishOf, inserted, inventedBatch, replaced } from './occasions';
import { betsIn, withBets } from './sale';
import { BY_OLD_RECEIPTS, Expected, Lie, NOT_CONSISTENT, Scene, Telling } from './telling';

const NOT_COVERED = 'it does not cover the bets that were sold';
/** What was signed, cosigned and proved before is no longer there. */
const REWRITTEN: Expected = { control: NOT_CONSISTENT, victim: BY_OLD_RECEIPTS, others: BY_OLD_RECEIPTS };
/** The control reads the same false ledger, and nobody else can tell: only the agency knows what it has sold. */
const OWN_BETS: Expected = { session: NOT_COVERED, victim: 'bets' };

/** Does something to one batch, in the place where it stands. */
function tellOfBatch(
  scene: Scene,
  which: 'shown' | 'unseen',
  expected: Expected,
  change: (batch: LeafBatch) => readonly LeafBatch[] | undefined,
): Telling | undefined {
  const place = anyOf(scene, batchPlaces(scene, which));
  const by = place && change(place.batch);
  if (place === undefined || by === undefined) return undefined;
  return { victim: place.batch.agency, events: replaced(scene.sale.events, place.index, ...by), expected };
}

/** The batch with another document, or another number, in one of its bets. */
function changedBet({ random }: Scene, batch: LeafBatch): LeafBatch {
  const bets = betsIn(batch);
  const at = random.below(bets.length);
  const fields = bets[at]!.split(',');
  if (random.chance(500)) fields[4] = `9${fields[4]!}`;
  else fields[6] = String(9 - (Number(fields[6]) % 10));
  return withBets(batch, bets.with(at, fields.join(',')));
}

const without = (): readonly LeafBatch[] => [];

export const LEDGER_LIES: readonly Lie[] = [
  {
    name: 'drops a batch that has an ACK only',
    tell: (scene) => tellOfBatch(scene, 'unseen', OWN_BETS, without),
  },
  {
    name: 'drops a batch of a tree that was shown',
    tell: (scene) => tellOfBatch(scene, 'shown', { ...REWRITTEN, session: NOT_COVERED }, without),
  },
  {
    name: 'changes a bet, the counts as before',
    tell: (scene) => tellOfBatch(scene, 'unseen', OWN_BETS, (batch) => [changedBet(scene, batch)]),
  },
  {
    name: 'changes a bet of a tree that was shown',
    tell: (scene) =>
      tellOfBatch(scene, 'shown', { ...REWRITTEN, session: NOT_COVERED }, (batch) => [
        changedBet(scene, batch),
      ]),
  },
  {
    name: 'has a batch twice',
    tell: (scene) =>
      tellOfBatch(
        scene,
        'unseen',
        {
          session: NOT_COVERED,
          control: /^422 agency \d+, batch \d+: it stands there twice$/,
          published: 'tree',
          victim: 'tree',
          others: 'tree',
        },
        (batch) => [batch, batch],
      ),
  },
  {
    name: "adds a batch in an agency's name",
    tell: (scene) => {
      const { sale, shown, random } = scene;
      const victim = anyOf(scene, batchPlaces(scene, 'unseen'))?.batch.agency;
      if (victim === undefined) return undefined;
      const at = shown + random.below(finishOf(scene, victim) - shown + 1);
      return { victim, events: inserted(sale.events, at, inventedBatch(scene, victim)), expected: OWN_BETS };
    },
  },
  {
    name: 'backdates a batch into a tree that was shown',
    tell: (scene) => {
      const { sale, shown, random } = scene;
      const victim = anyOf(scene, batchPlaces(scene, 'unseen'))?.batch.agency;
      if (victim === undefined) return undefined;
      const events = inserted(sale.events, random.below(shown), inventedBatch(scene, victim));
      // The victim may hold no receipt of that tree: then it has its own bets, and is opened by the receipt of its FIN.
      const expected = { ...REWRITTEN, session: NOT_COVERED, victim: /^(receipts|bets)$/ };
      return { victim, events, expected };
    },
  },
  {
    name: "sells behind the end of an agency's sale",
    tell: (scene) => {
      const { sale, shown, random } = scene;
      const victim = anyOf(scene, batchPlaces(scene, 'unseen'))?.batch.agency;
      if (victim === undefined) return undefined;
      const from = Math.max(shown, finishOf(scene, victim) + 1);
      const at = from + random.below(sale.events.length - from + 1);
      return {
        victim,
        events: inserted(sale.events, at, inventedBatch(scene, victim)),
        expected: {
          control: /^422 agency \d+, batch \d+: it stands behind the end of the agency's sale$/,
          published: 'tree',
          victim: 'tree',
          others: 'tree',
        },
      };
    },
  },
  {
    name: 'exchanges two batches of an agency',
    tell: (scene) => {
      const places = batchPlaces(scene, 'unseen');
      const one = anyOf(scene, places);
      const other = anyOf(
        scene,
        places.filter(({ batch }) => batch.agency === one?.batch.agency && batch !== one.batch),
      );
      if (one === undefined || other === undefined) return undefined;
      const events = scene.sale.events.with(one.index, other.batch).with(other.index, one.batch);
      // All its bets are in the draw: the verifier lets batches stand in any order.
      return { victim: one.batch.agency, events, expected: { session: NOT_COVERED } };
    },
  },
  {
    name: 'exchanges two leaves of a tree that was shown',
    tell: (scene) => {
      const places = batchPlaces(scene, 'shown');
      const one = anyOf(scene, places);
      const other = anyOf(
        scene,
        places.filter(({ batch }) => batch.agency !== one?.batch.agency),
      );
      if (one === undefined || other === undefined) return undefined;
      const [first, second] = one.index < other.index ? [one, other] : [other, one];
      const between = scene.sale.events.slice(first.index + 1, second.index);
      const isFree = between.every(({ kind }) => kind === 'batch');
      if (!isFree || between.some((event) => 'agency' in event && event.agency === one.batch.agency))
        return undefined;
      if (between.some((event) => 'agency' in event && event.agency === other.batch.agency)) return undefined;
      const events = scene.sale.events.with(first.index, second.batch).with(second.index, first.batch);
      // Each agency has the same batches in the same order as before.
      return {
        victim: one.batch.agency,
        events,
        expected: { ...REWRITTEN, session: /^(believed|its leaf is not in the order of the batches)$/ },
      };
    },
  },
];
