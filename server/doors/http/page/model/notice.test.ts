import { settled } from '../../../../testing/settled';
import { Notice, NoticeBody, noticeText } from './notice';

const textOf = (text: string): string => noticeText(Buffer.from(text));

/** A body that comes in these chunks; `read` is how many were taken. */
class Chunks {
  taken = 0;
  isCancelled = false;

  constructor(readonly chunks: readonly Buffer[]) {}

  read(): Promise<{ done: false; value: Uint8Array } | { done: true; value: undefined }> {
    const value = this.chunks[this.taken++];
    return Promise.resolve(value === undefined ? { done: true, value } : { done: false, value });
  }

  cancel(): Promise<void> {
    this.isCancelled = true;
    return Promise.resolve();
  }
}

/** A notice that is told by these answers, one after the other. */
function begin(...answers: (NoticeBody | Error)[]): { notice: Notice; shown: string[]; asked: () => number } {
  const shown: string[] = [];
  let asked = 0;
  const ask = (): Promise<NoticeBody> => {
    const answer = answers[asked++];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { notice: new Notice(ask, (text) => shown.push(text)), shown, asked: () => asked };
}

const body = (...chunks: string[]): Chunks => new Chunks(chunks.map((chunk) => Buffer.from(chunk)));

test('a notice is plain text, bounded, and never damaged UTF-8', () => {
  expect(textOf('  <b>The draw</b> is\nat noon.\r\n')).toBe('<b>The draw</b> is\nat noon.');
  expect(noticeText(Buffer.from('caf\xe9', 'latin1'))).toBe('caf\ufffd');
  expect(textOf('a\u0000\u001b[31mb\u0085c\td')).toBe('a[31mbc\td');
  expect(textOf('ñ'.repeat(500))).toBe('ñ'.repeat(500));
  expect(textOf('🎱'.repeat(501))).toBe(`${'🎱'.repeat(499)}…`);
  expect(textOf(' \n ')).toBe('');
});

test('it is asked for at once and then every 30 seconds, and never twice at a time', async () => {
  const { notice, shown, asked } = begin(body('on', 'e'), body('two'), body());
  notice.check(1_000);
  notice.check(40_000);
  expect(asked()).toBe(1);
  await settled();
  notice.check(30_999);
  expect(asked()).toBe(1);
  notice.check(31_000);
  await settled();
  notice.check(90_000);
  await settled();
  expect(shown).toEqual(['one', 'two', '']);
});

test('one that is gone is hidden; while the server cannot tell, it stays', async () => {
  const { notice, shown } = begin(body('one'), new Error('503'), undefined);
  for (const nowMs of [0, 30_000, 60_000]) {
    notice.check(nowMs);
    await settled();
  }
  expect(shown).toEqual(['one', '']);
});

test('of a long one only the beginning is read', async () => {
  const long = body(...Array<string>(100).fill('x'.repeat(300)));
  const { notice, shown } = begin(long);
  notice.check(0);
  await settled();
  expect(shown).toEqual([`${'x'.repeat(499)}…`]);
  expect(long.taken).toBe(7);
  expect(long.isCancelled).toBe(true);
});
