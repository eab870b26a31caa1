/** Lies about the whole log: other terms, and two trees. */
import { anyOf, batchPlaces, replaced } from './occasions';
import { betsIn, withBets } from './sale';
import { BY_OLD_RECEIPTS, FORKED, Lie, NOT_CONSISTENT, Scene, Telling } from './telling';

/** Another number, where it is fixed. */
function otherNumber({ sale, random }: Scene): number {
  return (sale.number + 1 + random.below(9_999)) % 10_000;
}

function anyVictim(scene: Scene): number | undefined {
  return anyOf(scene, [...batchPlaces(scene, 'shown'), ...batchPlaces(scene, 'unseen')])?.batch.agency;
}

/** A second log of the same size, in which a bet of another agency than the victim is another one. */
function tellOfTwo(scene: Scene, isSealShown: boolean): Telling | undefined {
  const changed = anyOf(scene, batchPlaces(scene, 'shown'));
  const victims = batchPlaces(scene, 'unseen').filter(({ batch }) => batch.agency !== changed?.batch.agency);
  const victim = anyOf(scene, victims)?.batch.agency;
  if (changed === undefined || victim === undefined) return undefined;
  const [first = '', ...more] = betsIn(changed.batch);
  const bets = [first.replace(',Ana,', ',Eva,'), ...more];
  const events = replaced(scene.sale.events, changed.index, withBets(changed.batch, bets));
  return {
    victim,
    fork: { events, isSealShown },
    expected: {
      // It has cosigned another tree of that size.
      control: /^409 \d+$/,
      comparison: FORKED,
      // Who was shown one tree only, with all that belongs to it, finds nothing without others.
      ...(isSealShown ? {} : { victim: 'receipts' }),
    },
  };
}

export const OTHER_LOG_LIES: readonly Lie[] = [
  {
    name: 'changes the terms after bets were sold',
    number: 'fixed',
    tell: (scene) => {
      const victim = anyVictim(scene);
      if (victim === undefined) return undefined;
      const terms = { ...scene.sale.terms, number: { kind: 'fixed', number: otherNumber(scene) } } as const;
      const expected = { control: NOT_CONSISTENT, victim: BY_OLD_RECEIPTS, others: BY_OLD_RECEIPTS };
      return { victim, terms, expected };
    },
  },
  {
    name: 'begins the log under another policy',
    tell: (scene) => {
      const victim = anyVictim(scene);
      if (victim === undefined) return undefined;
      const firstTerms = { ...scene.sale.terms, policyHash: Buffer.alloc(32, scene.random.below(256)) };
      return { victim, firstTerms, expected: { published: 'policy', victim: 'policy', others: 'policy' } };
    },
  },
  {
    name: 'holds a parallel draw of another origin',
    tell: (scene) => {
      const victim = anyVictim(scene);
      if (victim === undefined) return undefined;
      const firstTerms = {
        ...scene.sale.terms,
        origin: `${scene.sale.terms.origin}-${scene.random.below(10)}`,
      };
      return {
        victim,
        firstTerms,
        expected: {
          control: /^422 leaf 0: the origin: the server says /,
          published: 'terms',
          victim: 'terms',
          others: 'terms',
        },
      };
    },
  },
  {
    name: 'keeps two trees and gives an agency receipts from the other',
    tell: (scene) => tellOfTwo(scene, false),
  },
  {
    name: 'tells different checkpoints to different agencies, up to the seal',
    tell: (scene) => tellOfTwo(scene, true),
  },
];
