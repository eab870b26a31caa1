import { closeStubs, problem, StubAnswer, StubRequest, stubServer } from '../testing/stub_server';
import { StubNotes } from '../testing/stub_notes';
import { PlayPlan, playClients, PlayState } from './play';
import { failureTexts, progressText, resultText } from './play_text';
import { MAX_KEY_CHARACTERS, MAX_VALUE_BYTES, randomNote } from './random_note';

afterEach(closeStubs);
const never = new AbortController().signal;

/** Lets clients play with a server; what it has not overruled is answered by notes in memory. */
async function play(
  clients: number,
  overrule: (request: StubRequest, notes: StubNotes) => StubAnswer | 'cut' | 'usual' = () => 'usual',
  more: Partial<PlayPlan> = {},
): Promise<{ state: PlayState; notes: StubNotes }> {
  const notes = new StubNotes();
  const api = await stubServer((request) => {
    const answer = overrule(request, notes);
    if (answer === 'cut') return undefined;
    return answer === 'usual' ? notes.answer(request) : answer;
  });
  const state = await playClients(
    { api, owner: 0, clients, stop: never, end: never, ...more },
    () => undefined,
  );
  return { state, notes };
}

test('random notes are within their bounds', () => {
  const notes = Array.from({ length: 2_000 }, randomNote);
  for (const { key, value } of notes) {
    expect(key).toMatch(/^ask\.[A-Za-z0-9._~:-]+$/);
    expect(key.length).toBeLessThanOrEqual(MAX_KEY_CHARACTERS);
    expect(value.length).toBeLessThanOrEqual(MAX_VALUE_BYTES);
  }
  expect(Math.max(...notes.map(({ key }) => key.length))).toBe(MAX_KEY_CHARACTERS);
});

test('all clients agree, and nothing of them is left', async () => {
  const { state, notes } = await play(150);
  expect(state).toMatchObject({ played: 150, agreed: 150, leftOver: 0, atATime: 100 });
  expect(state.requests).toBeGreaterThanOrEqual(450);
  expect(notes.notes.size).toBe(0);
  expect(failureTexts(state)).toEqual([]);
});

test('a note of somebody else is neither overwritten nor removed', async () => {
  let taken = '';
  const { state, notes } = await play(1, ({ method, path }, { notes: all }) => {
    if (method === 'PUT' && taken === '') all.set((taken = path), Buffer.from('theirs'));
    return 'usual';
  });
  expect(state).toMatchObject({ agreed: 1, requests: 4 });
  expect([...notes.notes]).toEqual([[taken, Buffer.from('theirs')]]);
});

test('there are no more clients at a time than there is room for notes', async () => {
  const filled = (notes: StubNotes) => {
    for (let index = 0; index < 997; index++) notes.notes.set(`/notes/${index}`, Buffer.alloc(0));
  };
  const { state, notes } = await play(20, ({ path }, all) => {
    if (path.includes('?')) filled(all);
    return 'usual';
  });
  expect(state).toMatchObject({ agreed: 20, atATime: 3 });
  expect(notes.most).toBe(1_000);
  await expect(
    play(1, ({ path }, all) => {
      if (path.includes('?')) {
        filled(all);
        for (const name of ['a', 'b', 'c']) all.notes.set(`/notes/${name}`, Buffer.alloc(0));
      }
      return 'usual';
    }),
  ).rejects.toThrow('there is no room to play: 1000 notes are there already');
});

test('who reads something else has not agreed', async () => {
  const { state, notes } = await play(3, ({ method, path }) =>
    method === 'GET' && !path.includes('?') ? { status: 200, body: Buffer.from('no random value') } : 'usual',
  );
  expect(state.agreed).toBe(0);
  expect(failureTexts(state)).toEqual(['3 of the clients failed: read something else than they had written']);
  expect(notes.notes.size).toBe(0);
});

test('a refusal is told with how many it was', async () => {
  const { state } = await play(3, ({ method }) =>
    method === 'PUT' ? problem(507, 'notes-full', 'no room') : 'usual',
  );
  expect(failureTexts(state)).toEqual(['3 of the clients failed: notes-full (507): no room']);
});

test('what was written without an answer is removed', async () => {
  const { state, notes } = await play(2, (request, all) => {
    if (request.method !== 'PUT') return 'usual';
    all.answer(request);
    return 'cut';
  });
  expect(state).toMatchObject({ played: 2, agreed: 0, leftOver: 0 });
  expect(notes.notes.size).toBe(0);
});

test('what cannot be removed is told', async () => {
  const { state } = await play(2, ({ method }) => (method === 'DELETE' ? 'cut' : 'usual'));
  expect(state).toMatchObject({ agreed: 2, leftOver: 2 });
  expect(failureTexts(state)).toEqual(['2 of their notes may be left over; their keys begin with ask.']);
});

test('a stop lets those end that have begun', async () => {
  const stop = new AbortController();
  const { state, notes } = await play(
    1_000,
    ({ method }) => {
      if (method === 'DELETE') stop.abort();
      return 'usual';
    },
    { stop: stop.signal },
  );
  expect(state.agreed).toBe(state.played);
  expect(state.played).toBeLessThan(1_000);
  expect(notes.notes.size).toBe(0);
});

test('the end lets only the notes be removed', async () => {
  const methods = new Set<string>();
  const end = new AbortController();
  const { state, notes } = await play(
    // Few: they have only a moment.
    5,
    ({ method, path }) => {
      if (method === 'PUT') end.abort();
      if (!path.includes('?')) methods.add(method);
      return 'usual';
    },
    { end: end.signal },
  );
  expect([...methods, state.agreed]).toEqual(['PUT', 'DELETE', 0]);
  expect(notes.notes.size).toBe(0);
});

test('its words', () => {
  const state = { played: 900, agreed: 899, requests: 2_700, failures: new Map(), leftOver: 0, atATime: 100 };
  expect(progressText(state, 1_000)).toBe('900 of 1,000 clients have played, 899 agreed');
  expect(resultText(state, 1_000, 1_350)).toBe(
    '899 of 1,000 clients agreed, 100 did not play: 2,700 requests in 1.35 s (2,000 requests/s), 100 clients at a time',
  );
  expect(resultText({ ...state, played: 1_000, agreed: 1_000 }, 1_000, 1_000)).toMatch(
    /^1,000 of 1,000 clients agreed: /,
  );
});
