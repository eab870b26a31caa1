/** A server of notes in memory, as far as clients that play need it. */
import type { StubAnswer, StubRequest } from './stub_server';
import { problem } from './stub_server';

/** Notes by their paths. */
export class StubNotes {
  readonly notes = new Map<string, Buffer>();
  /** The most that were there at once. */
  most = 0;

  /** Answers a request about `/notes` or a note. */
  answer({ method, path, headers, body }: StubRequest): StubAnswer {
    if (method === 'GET' && path.includes('?')) return { status: 200, body: this.#list() };
    const note = this.notes.get(path);
    if (method === 'PUT') {
      if (note !== undefined && headers['if-none-match'] === '*') {
        return problem(412, 'precondition-failed', 'there is one');
      }
      this.notes.set(path, body);
      this.most = Math.max(this.most, this.notes.size);
      return {
        status: 201,
        body: { name: 'a', bytes: body.length, outcome: 'created' },
        headers: { etag: '"1.0"' },
      };
    }
    if (note === undefined) return problem(404, 'not-found', 'there is none');
    if (method === 'DELETE') {
      this.notes.delete(path);
      return { status: 200, body: { name: 'a', outcome: 'deleted' } };
    }
    return { status: 200, body: note, headers: { etag: '"1.0"' } };
  }

  #list(): object {
    const notes = [...this.notes].map(([path, value]) => ({
      name: path.slice(7),
      bytes: value.length,
      etag: '',
    }));
    return { notes, next: null };
  }
}
