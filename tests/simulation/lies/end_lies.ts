/** Lies about the end: the seal, its tables and its time, the number and the winners. */
import type { Frame } from '../../../control/frames';
import type { Draw } from '../../../server/ledger/draw';
import { agenciesTable } from '../../../transparency/draw/tables';
import { sha256 } from '../../../transparency/tree/hash';
import { anyOf, finishOf, inserted, inventedBatch } from './occasions';
import { drawOf } from './sale';
import { BuiltLog, Forgery } from './shown_log';
import { Expected, Lie, Scene, Telling } from './telling';

const SEAL_FAILS = { published: 'seal', victim: 'seal', others: 'seal' };
const NUMBERS = 'seal/numbers';

/** An agency that finishes. */
function anyFinished(scene: Scene): number | undefined {
  return anyOf(
    scene,
    scene.sale.events.flatMap((event) => (event.kind === 'finish' ? event.agency : [])),
  );
}

/** An agency that finishes and has winners. @returns with their documents */
function anyWinner(scene: Scene): { readonly victim: number; readonly documents: string[] } | undefined {
  const { winners } = drawOf(scene.sale, scene.sale.events, scene.sale.number);
  const victim = anyOf(
    scene,
    [...winners.keys()].filter((agency) => finishOf(scene, agency) >= 0),
  );
  return victim === undefined ? undefined : { victim, documents: winners.get(victim)!.split(',') };
}

/** The winners with those of one agency changed. */
function withWinners(draw: Draw, agency: number, documents: readonly string[]): Draw {
  return { ...draw, winners: new Map([...draw.winners, [agency, documents.join(',')]]) };
}

/** The log with the text of one entry changed. */
function withEntry(forgery: Forgery, index: number, change: (text: string) => string): Forgery {
  const frame = forgery.frames[index]!;
  const entry = Buffer.from(change(frame.entry.toString()));
  return { ...forgery, frames: forgery.frames.with(index, { ...frame, entry }) };
}

/** The log with another seal. */
function withSeal(forgery: Forgery, change: (text: string) => string): Forgery {
  return withEntry(forgery, forgery.sealedSize - 1, change);
}

/** The log with another table in its seal, whose hash stands there. */
function withTable(forgery: Forgery, name: 'agencies' | 'numbers', table: Buffer): Forgery {
  const tables = new Map([...forgery.tables, [`seal/${name}`, table]]);
  const line = `${name} ${sha256(table).toString('hex')}`;
  return withSeal({ ...forgery, tables }, (text) =>
    text.replace(new RegExp(`^${name} [0-9a-f]{64}$`, 'm'), line),
  );
}

/** The log with one more leaf right behind the seal. */
function behindSeal(forgery: Forgery, frame: Frame): Forgery {
  return { ...forgery, frames: forgery.frames.toSpliced(forgery.sealedSize, 0, frame) };
}

/** How many bets the table says to lie on each number. */
function countsIn(forgery: Forgery): Map<number, number> {
  const lines = forgery.tables.get(NUMBERS)!.toString().trimEnd().split('\n');
  return new Map(lines.map((line) => line.split(' ').map(Number) as [number, number]));
}

function numbersText(counts: ReadonlyMap<number, number>): Buffer {
  const rows = [...counts].filter(([, count]) => count > 0).toSorted(([one], [other]) => one - other);
  return Buffer.from(rows.map(([number, count]) => `${number} ${count}\n`).join(''));
}

/** A lie about one number of a line of the seal: one more than it is. */
function countOneMore(word: 'batches' | 'bets'): Lie {
  const more = (text: string): string =>
    text.replace(new RegExp(`^${word} (\\d+)$`, 'm'), (_, count) => `${word} ${Number(count) + 1}`);
  return {
    name: `seals one of the ${word} too many`,
    tell: (scene) =>
      forged(scene, { control: new RegExp(`^422 seal: ${word}: `), ...SEAL_FAILS }, (forgery) =>
        withSeal(forgery, more),
      ),
  };
}

function forged(scene: Scene, expected: Expected, forge: NonNullable<Telling['forge']>): Telling | undefined {
  const victim = anyFinished(scene);
  return victim === undefined ? undefined : { victim, forge, expected };
}

const SEAL_LIES: readonly Lie[] = [
  countOneMore('batches'),
  countOneMore('bets'),
  {
    name: 'calls an agency missing that has finished',
    tell: (scene) => {
      const victim = anyFinished(scene);
      const expected = { control: /^422 seal: missing agencies: /, ...SEAL_FAILS };
      const change = (text: string): string => text.replace(/^missing .*$/m, `missing ${victim!}`);
      const isAll = scene.sale.sellers.every(({ agency }) => finishOf(scene, agency) >= 0);
      if (victim === undefined || !isAll) return undefined;
      return { victim, forge: (forgery) => withSeal(forgery, change), expected };
    },
  },
  {
    name: 'seals a wrong table of the agencies',
    tell: (scene) =>
      forged(scene, { control: /^422 seal: table of the agencies: /, ...SEAL_FAILS }, (forgery) => {
        const chain = Buffer.alloc(32, 1);
        const rows = scene.sale.sellers.map(({ agency, batches }) => {
          const bets = batches.at(-1)?.lastBetId ?? 0;
          return { agency, batches: batches.length, bets, isFinished: true, chain };
        });
        return withTable(forgery, 'agencies', agenciesTable(rows));
      }),
  },
  {
    name: 'seals a table of numbers with a bet moved to another number',
    tell: (scene) => {
      const from = anyOf(
        scene,
        scene.sale.events
          .flatMap((event) =>
            event.kind === 'batch' ? Number(event.text.toString().split(',')[6]!.split(';')[0]) : [],
          )
          .filter((number) => number !== scene.sale.number),
      );
      if (from === undefined) return undefined;
      // Where the number that wins has as many as before, who does not see all bets cannot tell.
      const to = 9_000 + scene.random.below(1_000);
      return forged(scene, { control: /^422 seal: table of the numbers: / }, (forgery) => {
        const counts = countsIn(forgery);
        counts.set(from, counts.get(from)! - 1).set(to, 1);
        return withTable(forgery, 'numbers', numbersText(counts));
      });
    },
  },
  {
    name: 'seals a table of numbers with a bet too many',
    tell: (scene) =>
      forged(scene, { control: /^422 seal: table of the numbers: /, ...SEAL_FAILS }, (forgery) => {
        const counts = scene.sale.sellers.some(({ batches }) => batches.length > 0)
          ? countsIn(forgery)
          : new Map<number, number>();
        const number = scene.random.below(10_000);
        counts.set(number, (counts.get(number) ?? 0) + 1);
        return withTable(forgery, 'numbers', numbersText(counts));
      }),
  },
  {
    name: 'changes the published table of numbers after the draw',
    tell: (scene) =>
      forged(scene, SEAL_FAILS, (forgery) => {
        const table = Buffer.concat([forgery.tables.get(NUMBERS)!, Buffer.from('9999 1\n')]);
        return { ...forgery, tables: new Map([...forgery.tables, [NUMBERS, table]]) };
      }),
  },
  {
    name: 'seals twice',
    tell: (scene) =>
      forged(
        scene,
        { control: /^422 leaf \d+: behind the seal stands the result/, ...SEAL_FAILS },
        (forgery) => behindSeal(forgery, forgery.frames[forgery.sealedSize - 1]!),
      ),
  },
  {
    name: 'adds a batch behind the seal',
    tell: (scene) => {
      const victim = anyFinished(scene);
      if (victim === undefined) return undefined;
      // The leaf as the builder would have made it, had the batch come in time.
      const { terms, events } = scene.sale;
      const other = new BuiltLog(
        terms,
        inserted(events, finishOf(scene, victim), inventedBatch(scene, victim)),
      );
      other.publish();
      const expected = { control: /^422 leaf \d+: behind the seal stands the result/ };
      const tree = { published: 'tree', victim: 'tree', others: 'tree' };
      const index = 1 + finishOf(scene, victim);
      const forge = async (forgery: Forgery): Promise<Forgery> =>
        behindSeal(forgery, (await other.frames())[index]!);
      return { victim, forge, expected: { ...expected, ...tree } };
    },
  },
  {
    name: 'draws without the control',
    tell: (scene) => {
      const victim = anyFinished(scene);
      const witnessed = { published: 'witnessed', victim: 'witnessed', others: 'witnessed' };
      const isUncosigned = scene.random.chance(500) ? 'none' : 'impostor';
      return victim === undefined ? undefined : { victim, isUncosigned, expected: witnessed };
    },
  },
  {
    name: 'backdates the seal: the control sees it after the close',
    number: 'drand',
    tell: (scene) => {
      const victim = anyFinished(scene);
      const witnessed = { published: 'witnessed', victim: 'witnessed', others: 'witnessed' };
      const lateSeconds = 5 + scene.random.below(1_000);
      return victim === undefined ? undefined : { victim, lateSeconds, expected: witnessed };
    },
  },
];

const WINNERS_FAIL = { published: 'winners', victim: 'winners', others: 'winners' };
const OTHER_WINNERS = /^422 result: table of the agencies' winners: /;

const RESULT_LIES: readonly Lie[] = [
  {
    name: 'changes the number that was fixed',
    number: 'fixed',
    tell: (scene) => {
      const victim = anyFinished(scene);
      const { sale, random } = scene;
      const number = (sale.number + 1 + random.below(9_999)) % 10_000;
      const expected = {
        control: /^422 result: number: /,
        published: 'number',
        victim: 'number',
        others: 'number',
      };
      const draw = (): Draw => drawOf(sale, sale.events, number);
      return victim === undefined ? undefined : { victim, draw, expected };
    },
  },
  {
    name: 'enters a number where one was fixed',
    number: 'fixed',
    tell: (scene) =>
      forged(
        scene,
        {
          control: /^422 result: where the number comes from: /,
          published: 'beacon',
          victim: 'beacon',
          others: 'beacon',
        },
        (forgery) =>
          withEntry(forgery, forgery.frames.length - 1, (text) => text.replace('\nfixed\n', '\nentered\n')),
      ),
  },
  {
    name: 'takes another round than the first leaf says',
    number: 'drand',
    tell: (scene) =>
      forged(
        scene,
        {
          control: /^422 result: round of the beacon: /,
          published: 'beacon',
          victim: 'beacon',
          others: 'beacon',
        },
        (forgery) =>
          withEntry(forgery, forgery.frames.length - 1, (text) =>
            text.replace(/^beacon (\d+)/m, (_, round) => `beacon ${Number(round) + 1}`),
          ),
      ),
  },
  {
    name: 'leaves a winner out',
    number: 'fixed',
    tell: (scene) => {
      const found = anyWinner(scene);
      if (found === undefined) return undefined;
      const left = found.documents.toSpliced(scene.random.below(found.documents.length), 1);
      return {
        victim: found.victim,
        draw: (draw) => withWinners(draw, found.victim, left),
        expected: { control: /^422 result: winners: /, ...WINNERS_FAIL },
      };
    },
  },
  {
    name: 'has a winner too many',
    number: 'fixed',
    tell: (scene) => {
      const found = anyWinner(scene);
      if (found === undefined) return undefined;
      return {
        victim: found.victim,
        draw: (draw) => withWinners(draw, found.victim, [...found.documents, '4444']),
        expected: { control: /^422 result: winners: /, ...WINNERS_FAIL },
      };
    },
  },
  {
    name: 'swaps a winner',
    number: 'fixed',
    tell: (scene) => {
      const found = anyWinner(scene);
      if (found === undefined) return undefined;
      const swapped = found.documents.with(scene.random.below(found.documents.length), '4444');
      return {
        victim: found.victim,
        draw: (draw) => withWinners(draw, found.victim, swapped),
        expected: { control: OTHER_WINNERS, victim: 'winners' },
      };
    },
  },
  {
    name: "gives an agency's winner to another agency",
    number: 'fixed',
    tell: (scene) => {
      const found = anyWinner(scene);
      const { winners } = drawOf(scene.sale, scene.sale.events, scene.sale.number);
      const other = scene.sale.sellers.find(
        ({ agency, batches }) => agency !== found?.victim && batches.length > 0 && !winners.has(agency),
      );
      if (found === undefined || other === undefined) return undefined;
      const [document = '', ...left] = found.documents;
      return {
        victim: found.victim,
        draw: (draw) => withWinners(withWinners(draw, found.victim, left), other.agency, [document]),
        // The other one finds that it has a winner too many; a third one finds nothing.
        expected: { control: OTHER_WINNERS, victim: 'winners', others: /^(winners|VERIFIED)$/ },
      };
    },
  },
];

export const END_LIES: readonly Lie[] = [...SEAL_LIES, ...RESULT_LIES];
