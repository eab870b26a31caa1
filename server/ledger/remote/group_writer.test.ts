import { GroupWriter, GroupWriterSettings } from './group_writer';
import { LedgerLost, LOST, POSTPONED } from './remote_store';
import { FakeConnection, FakeStore } from './testing/fake_connection';

const UNAVAILABLE = { name: 'LedgerUnavailable' };
const ignore = (): void => undefined;
const never = new Promise<never>(ignore);

describe('GroupWriter', () => {
  let store: FakeStore;
  let connection: FakeConnection;
  let writer: GroupWriter;
  let broken: Error[];
  beforeEach(() => {
    store = new FakeStore();
    broken = [];
  });
  afterEach(() => writer.close());

  const start = async (more: Partial<GroupWriterSettings> = {}): Promise<void> => {
    connection = new FakeConnection(store);
    writer = await GroupWriter.start(connection, {
      connect: () => Promise.resolve((connection = new FakeConnection(store))),
      maxQueuedBytes: 1024 * 1024,
      onBroken: (error) => broken.push(error),
      onTrouble: ignore,
      ...more,
    });
  };
  const put = (uri: string): Promise<undefined> =>
    writer.put({ kind: 'refused', action: 'GET', uri, status: 404 });

  test('what is put in one turn goes together, and what waits then is the next group', async () => {
    await start();
    const first = [put('1'), put('2')];
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([...first, put('3'), put('4')]);
    expect(store.stored).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  test.each([
    ['was stored', true],
    ['was not stored', false],
  ])('a group that was under way when the connection was lost, and %s, counts once', async (_, isStored) => {
    await start();
    const lost = connection;
    lost.onGroup = (id, operations) => {
      if (isStored) store.store(id, operations);
      lost.destroy('cut');
      return never;
    };
    const answer = put('1');
    lost.lost.addEventListener('abort', () => void put('2'));
    // The group is never answered: only the loss of its connection can lead on.
    await answer;
    expect(store.stored[0]).toEqual(['1']);
    await put('3');
    expect(store.stored.flat()).toEqual(['1', '2', '3']);
  });

  test('what a stored group has read, and was lost with its connection, is rejected alone', async () => {
    await start();
    const lost = connection;
    store.keptAnswer = LOST;
    lost.onGroup = (id, operations) => {
      store.store(id, operations);
      lost.destroy('cut');
      return never;
    };
    const answer = put('1');
    const next = new Promise((resolve) => lost.lost.addEventListener('abort', () => resolve(put('2'))));
    await expect(answer).rejects.toMatchObject(UNAVAILABLE);
    await next;
    expect(store.stored).toEqual([['1'], ['2']]);
    expect(writer.queuedBytes).toBe(0);
  });

  test('what a group postpones goes first in the next one', async () => {
    await start();
    const { onGroup } = connection;
    connection.onGroup = () => {
      connection.onGroup = onGroup;
      calls.push(put('4'));
      return [undefined, POSTPONED, POSTPONED];
    };
    const answered: number[] = [];
    const calls = [put('1'), put('2'), put('3')];
    calls.forEach((call, index) => void call.then(() => answered.push(index + 1)));
    await calls[0];
    expect(answered).toEqual([1]);
    await Promise.all(calls);
    expect(store.stored).toEqual([['2', '3', '4']]);
    expect(writer.queuedBytes).toBe(0);
  });

  test('a group that the store refuses is rejected, with what was put in the meantime; then it goes on', async () => {
    await start();
    const { onGroup } = connection;
    connection.onGroup = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      throw new Error('full');
    };
    const calls = [put('1')];
    await new Promise((resolve) => setImmediate(resolve));
    calls.push(put('2'));
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { ...UNAVAILABLE, message: 'full' } });
    }
    connection.onGroup = onGroup;
    await put('3');
    expect(store.stored).toEqual([['3']]);
  });

  test.each<[string, () => void]>([
    ['a group finds it out', () => (connection.onGroup = () => Promise.reject(new LedgerLost()))],
    [
      'the run is gone',
      () => {
        store.lastGroup = undefined;
        connection.destroy('cut');
      },
    ],
    [
      'groups are gone',
      () => {
        store.lastGroup = 0;
        connection.destroy('cut');
      },
    ],
  ])('when the store is not what it was, nobody is answered, and it is told once: %s', async (_, lose) => {
    await start();
    await put('1');
    lose();
    await expect(put('2')).rejects.toMatchObject(UNAVAILABLE);
    expect(broken).toEqual([expect.any(LedgerLost)]);
    expect(writer.isAvailable).toBe(false);
    await expect(put('3')).rejects.toMatchObject(UNAVAILABLE);
    expect(store.stored).toEqual([['1']]);
  });

  test('without a connection for too long, everything is rejected; then it works again', async () => {
    let isAway = true;
    await start({
      maxOutageMs: 60,
      connect: () =>
        isAway
          ? Promise.reject(new Error('away'))
          : Promise.resolve((connection = new FakeConnection(store))),
    });
    connection.destroy('cut');
    for (const outcome of await Promise.allSettled([put('1'), put('2')])) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    }
    expect([writer.queuedBytes, writer.isAvailable]).toEqual([0, false]);
    isAway = false;
    while (!writer.isAvailable) await new Promise((resolve) => setTimeout(resolve, 5));
    await put('3');
    expect(store.stored).toEqual([['3']]);
  });

  test('it can be closed while a group is not answered', async () => {
    await start();
    connection.onGroup = () => never;
    const outcome = put('1').catch((error: unknown) => error);
    await writer.close();
    expect(await outcome).toMatchObject(UNAVAILABLE);
  });
});
