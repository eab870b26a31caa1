import { NoteNames } from './note_names';

test('names are asked for again after half a minute; what is written meanwhile is known', async () => {
  let nowMs = 0;
  let asked = 0;
  const names = new NoteNames(
    () => {
      asked++;
      return Promise.resolve([`note-${asked}`]);
    },
    () => nowMs,
  );
  expect(await names.all()).toEqual(['note-1']);
  names.add('mine');
  names.delete('note-1');
  nowMs = 30_000;
  expect(await names.all()).toEqual(['mine']);
  nowMs = 30_001;
  expect(await names.all()).toEqual(['note-2']);
});
