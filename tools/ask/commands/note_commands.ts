/** Commands about notes, and about any path of the API. */
import { counted } from '../../../program/counted';
import { NOTE, requireGood, valuesOf } from '../api/answers';
import { mediaTypeOf, targetOf } from '../target';
import type { Command } from './command';

const SECONDS = /[?&]wait=([0-9]{1,3})(?:&|$)/;

/** `set KEY VALUE` */
export const SET: Command = {
  name: 'set',
  usage: 'KEY VALUE',
  summary: 'writes a note, in place of another of that name',
  details:
    'A value with blanks stands in quotes: \'as it is\' or "with \\n, \\t, \\" and \\\\". To a path, it is what a PUT\n' +
    'sends there: set /agencies/1/batches/7 "1,Renata,Ibáñez,31204458,1987-03-17,2201" sells a batch.',
  firstWord: 'key',
  argumentCount: [2, 2],
  run: async ([key = '', value = ''], { api, owner, output, noteNames, stop }) => {
    const { path, note } = targetOf(key, owner);
    const answer = await api.ask(
      { method: 'PUT', path, body: value, headers: { 'content-type': mediaTypeOf(path) } },
      stop,
    );
    if (note === undefined) return output.answer(requireGood(answer));
    const { outcome, bytes } = valuesOf(answer, NOTE);
    noteNames.add(note);
    const how = outcome === 'created' ? 'stored, new' : 'stored in place of another';
    await output.line(`${note}: ${how}, ${counted(bytes, 'byte')}`);
  },
};

/** `get KEY` */
export const GET: Command = {
  name: 'get',
  usage: 'KEY',
  summary: 'prints a note, or what a path of the API holds',
  details:
    'A terminal shows control characters escaped; a pipe gets every byte, and a line feed. Paths: /draw, /agencies,\n' +
    '/agencies/1, /agencies/1/winners, /agencies/1/batches/1, /notes, /agencies/1/notes, /metrics.',
  firstWord: 'key',
  argumentCount: [1, 1],
  run: async ([key = ''], { api, owner, output, stop }) => {
    const { path } = targetOf(key, owner);
    const waitSeconds = Number(SECONDS.exec(path)?.[1] ?? 0);
    const answer = await api.ask({ method: 'GET', path, moreTimeMs: waitSeconds * 1_000 }, stop);
    await output.answer(requireGood(answer));
  },
};

/** `delete KEY` */
export const DELETE: Command = {
  name: 'delete',
  usage: 'KEY',
  summary: 'removes a note',
  details: 'Bets are never deleted.',
  firstWord: 'key',
  argumentCount: [1, 1],
  run: async ([key = ''], { api, owner, output, noteNames, stop }) => {
    const { path, note } = targetOf(key, owner);
    requireGood(await api.ask({ method: 'DELETE', path }, stop));
    if (note !== undefined) noteNames.delete(note);
    await output.line(`${key}: removed`);
  },
};
