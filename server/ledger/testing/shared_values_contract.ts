/** What the contract of shared values (shared_values.ts) promises, as tests that those of any engine must pass. */
import { MAX_VALUE_BYTES, MAX_VALUE_NAME_BYTES, SharedValues } from '../shared_values';

/** How the tests get at an engine's values. */
export interface SharedValuesEngine {
  /** Opens those of a new ledger: nothing is kept there. */
  open(): Promise<SharedValues>;
  /** Opens those that were opened last once more, as another server does. */
  openAgain(): Promise<SharedValues>;
  /** Ends all connections, where there are any. What is opened goes on with new ones. */
  endConnections?(): Promise<void>;
}

const SERVERS = 8;
const ROUNDS = 20;
const ONE = Buffer.from('one');
const TWO = Buffer.from('two');

/** Runs the contract's tests against an engine's values. */
export function sharedValuesContract(name: string, engine: SharedValuesEngine): void {
  describe(`${name}: the contract of shared values`, () => {
    let values: SharedValues;
    beforeEach(async () => void (values = await engine.open()));
    afterEach(() => values.close());

    test('at first nothing is kept', async () => {
      expect(await values.read('name')).toBeUndefined();
    });

    test('a value is kept where nothing was, under its name alone', async () => {
      expect(await values.replace('name', undefined, ONE)).toBe(true);
      expect(await values.read('name')).toEqual(ONE);
      expect(await values.read('other-name')).toBeUndefined();
      expect(await values.replace('other-name', undefined, TWO)).toBe(true);
      expect(await values.read('name')).toEqual(ONE);
    });

    test('only who knows what is kept replaces it', async () => {
      expect(await values.replace('name', ONE, TWO)).toBe(false);
      expect(await values.read('name')).toBeUndefined();
      await values.replace('name', undefined, ONE);
      for (const known of [undefined, TWO, Buffer.alloc(0), Buffer.from('on'), Buffer.from('one\0')]) {
        expect(await values.replace('name', known, TWO)).toBe(false);
      }
      expect(await values.read('name')).toEqual(ONE);
      expect(await values.replace('name', ONE, TWO)).toBe(true);
      expect(await values.replace('name', ONE, ONE)).toBe(false);
      expect(await values.read('name')).toEqual(TWO);
    });

    test('a value may be replaced by itself', async () => {
      await values.replace('name', undefined, ONE);
      expect(await values.replace('name', ONE, ONE)).toBe(true);
      expect(await values.read('name')).toEqual(ONE);
    });

    test('a value without bytes is not nothing', async () => {
      const empty = Buffer.alloc(0);
      expect(await values.replace('name', undefined, empty)).toBe(true);
      expect(await values.read('name')).toEqual(empty);
      expect(await values.replace('name', undefined, ONE)).toBe(false);
      expect(await values.replace('name', empty, ONE)).toBe(true);
      expect(await values.read('name')).toEqual(ONE);
    });

    test('bytes of any kind, as many as may be', async () => {
      const anyBytes = Buffer.from(Array.from({ length: MAX_VALUE_BYTES }, (_, index) => (index * 7) % 256));
      const reversed = Buffer.from(anyBytes).reverse();
      const longName = 'a-9'.padEnd(MAX_VALUE_NAME_BYTES, 'z');
      expect(await values.replace(longName, undefined, anyBytes)).toBe(true);
      expect((await values.read(longName))?.equals(anyBytes)).toBe(true);
      expect(await values.replace(longName, anyBytes, reversed)).toBe(true);
      expect((await values.read(longName))?.equals(reversed)).toBe(true);
    });

    test('a name or a value that may not be is a mistake of the program', async () => {
      const names = ['', 'a'.repeat(MAX_VALUE_NAME_BYTES + 1), 'Name', 'a b', 'a_b', '../a', 'a\n', 'é'];
      for (const wrong of names) {
        await expect(values.read(wrong)).rejects.toBeInstanceOf(RangeError);
        await expect(values.replace(wrong, undefined, ONE)).rejects.toBeInstanceOf(RangeError);
      }
      const tooLong = Buffer.alloc(MAX_VALUE_BYTES + 1);
      await expect(values.replace('name', undefined, tooLong)).rejects.toBeInstanceOf(RangeError);
      expect(await values.read('name')).toBeUndefined();
    });

    test('what is kept is there for others, and for those that come later', async () => {
      await values.replace('name', undefined, ONE);
      const other = await engine.openAgain();
      expect(await other.read('name')).toEqual(ONE);
      expect(await other.replace('name', ONE, TWO)).toBe(true);
      await other.close();
      expect(await values.read('name')).toEqual(TWO);
      await values.close();
      values = await engine.openAgain();
      expect(await values.read('name')).toEqual(TWO);
    });

    test('of several that replace at once, one does', async () => {
      const others = await Promise.all(Array.from({ length: SERVERS }, () => engine.openAgain()));
      try {
        let known: Buffer | undefined;
        for (let round = 0; round < ROUNDS; round++) {
          const wanted = others.map((_, server) => Buffer.from(`${round} of ${server}`));
          const answers = await Promise.all(
            others.map((other, server) => other.replace('name', known, wanted[server]!)),
          );
          expect(answers.filter((isReplaced) => isReplaced)).toHaveLength(1);
          known = await values.read('name');
          expect(known).toEqual(wanted[answers.indexOf(true)]);
        }
      } finally {
        await Promise.all(others.map((other) => other.close()));
      }
    });

    test('once closed they tell nothing', async () => {
      await values.close();
      await expect(values.read('name')).rejects.toMatchObject({ name: 'LedgerUnavailable' });
      await expect(values.replace('name', undefined, ONE)).rejects.toMatchObject({
        name: 'LedgerUnavailable',
      });
    });

    if (engine.endConnections === undefined) return;

    test('when the connection is lost, at most the next call is refused', async () => {
      await values.replace('name', undefined, ONE);
      await engine.endConnections?.();
      const found = await values.read('name').catch((error: unknown) => error);
      if (found instanceof Error) expect(found).toMatchObject({ name: 'LedgerUnavailable' });
      else expect(found).toEqual(ONE);
      expect(await values.replace('name', ONE, TWO)).toBe(true);
      await engine.endConnections?.();
      const answer = await values.replace('name', TWO, ONE).catch((error: unknown) => error);
      if (answer instanceof Error) expect(answer).toMatchObject({ name: 'LedgerUnavailable' });
      else expect(answer).toBe(true);
      // Whether one that is refused is kept nobody knows.
      const kept = await values.read('name');
      expect(answer === true ? [ONE] : [ONE, TWO]).toContainEqual(kept);
    });
  });
}
