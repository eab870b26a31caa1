import { HttpAnswerDecoder, isBody } from './http_answer';

const ANSWER = 'HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\ncontent-length: 5\r\n\r\nhello';

test('an answer is found wherever it is cut', () => {
  for (let cut = 1; cut < ANSWER.length; cut++) {
    const decoder = new HttpAnswerDecoder();
    expect(decoder.take(Buffer.from(ANSWER.slice(0, cut)))).toBeUndefined();
    const answer = decoder.take(Buffer.from(ANSWER.slice(cut)));
    expect([answer?.status, answer?.body.toString()]).toEqual([201, 'hello']);
  }
});

test('one answer is found after the other', () => {
  const decoder = new HttpAnswerDecoder();
  expect(decoder.take(Buffer.from(ANSWER))?.status).toBe(201);
  expect(decoder.take(Buffer.from(ANSWER.replace('201', '503')))?.status).toBe(503);
});

test.each([
  ['more than it says', `${ANSWER}!`],
  ['no length', 'HTTP/1.1 200 OK\r\n\r\nhello'],
])('an answer with %s is an error', (_, text) => {
  expect(() => new HttpAnswerDecoder().take(Buffer.from(text))).toThrow(/answer/);
});

test('a body may have a line feed at its end, and nothing else', () => {
  const expected = Buffer.from('hello');
  expect(
    ['hello', 'hello\n', 'hellO', 'hell', 'hello!'].map((body) => isBody(Buffer.from(body), expected)),
  ).toEqual([true, true, false, false, false]);
});
