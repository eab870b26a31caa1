import fc from 'fast-check';

import { END_CODE, PLACE_CODE, SlotNumbers } from './slot_codec';
import { newRingMemory, SubmissionReceiver, SubmissionSender } from './submission_ring';

const TEXT_BYTES = 100;
let sender: SubmissionSender;
let receiver: SubmissionReceiver;
beforeEach(() => {
  const memory = newRingMemory(TEXT_BYTES);
  sender = new SubmissionSender(memory);
  receiver = new SubmissionReceiver(memory);
});

const FINISH_CODE = 1;
const numbers = (code: number, batchId = 1): SlotNumbers => [code, 3, batchId, 2, 9_007_199_254_740_991];
const put = (batchId: number, text: string): boolean =>
  sender.put(numbers(PLACE_CODE, batchId), Buffer.from(text));
const textOf = (index: number): string => receiver.texts(receiver.place(index)).toString();

test('what was put and published is there, to the letter', () => {
  put(1, 'one');
  put(2, 'two');
  sender.put(numbers(FINISH_CODE));
  sender.publish();
  expect(receiver.wait()).toBe(3);
  expect(receiver.numbers(0)).toEqual(numbers(PLACE_CODE, 1));
  expect([textOf(0), textOf(1), textOf(2)]).toEqual(['one', 'two', '']);
  expect(receiver.code(2)).toBe(FINISH_CODE);
});

test('texts lie side by side, joined', () => {
  put(1, 'one');
  put(2, 'two');
  sender.publish();
  const { start } = receiver.place(0);
  const { end } = receiver.place(1);
  expect(receiver.texts({ start, end }).toString()).toBe('one;two');
});

test('what was not published is not seen', () => {
  put(1, 'one');
  sender.publish();
  put(2, 'two');
  expect(receiver.wait()).toBe(1);
});

test('an answer comes back to its operation, and its place is free', () => {
  put(1, 'a'.repeat(60));
  sender.publish();
  expect(put(2, 'b'.repeat(60))).toBe(false);
  receiver.answer(0, [1, 2, 3, 4, 5]);
  receiver.take(1);
  expect(sender).toMatchObject({ operations: 1, textBytes: 60 });
  expect(sender.release()).toEqual([1, 2, 3, 4, 5]);
  expect(sender).toMatchObject({ operations: 0, textBytes: 0 });
  expect(put(2, 'b'.repeat(60))).toBe(true);
  sender.publish();
  expect(receiver.wait()).toBe(1);
  expect(textOf(0)).toBe('b'.repeat(60));
});

test('with too many operations on their way, only the end still has a place', () => {
  let count = 0;
  while (sender.put(numbers(FINISH_CODE))) count++;
  expect(count).toBe(16_383);
  expect(sender.put(numbers(END_CODE))).toBe(true);
  expect(sender.put(numbers(END_CODE))).toBe(false);
});

test('it is empty after a reset', () => {
  put(1, 'one');
  sender.publish();
  sender.reset();
  expect(sender).toMatchObject({ operations: 0, textBytes: 0 });
  expect(put(5, 'five')).toBe(true);
  sender.publish();
  expect(receiver.wait()).toBe(1);
  expect(receiver.numbers(0)[2]).toBe(5);
});

/** A text to put, or how many operations the writer answers. */
const steps = fc.array(
  fc.oneof(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 4 })),
  { minLength: 1, maxLength: 200 },
);

test('texts arrive as they were put, wherever they lie in the ring', () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const memory = newRingMemory(TEXT_BYTES);
      const main = new SubmissionSender(memory);
      const writer = new SubmissionReceiver(memory);
      const onTheWay: string[] = [];
      for (const step of plan) {
        if (typeof step === 'string') {
          if (main.put(numbers(PLACE_CODE), Buffer.from(step))) onTheWay.push(step);
          else expect(onTheWay.length).toBeGreaterThan(0);
          continue;
        }
        main.publish();
        const count = Math.min(step, onTheWay.length);
        if (count > 0) expect(writer.wait()).toBe(onTheWay.length);
        for (let index = 0; index < count; index++) {
          expect(writer.texts(writer.place(index)).toString()).toBe(onTheWay[index]);
        }
        writer.take(count);
        for (let index = 0; index < count; index++) main.release();
        onTheWay.splice(0, count);
        expect(main.textBytes).toBe(onTheWay.join('').length);
      }
    }),
  );
});
