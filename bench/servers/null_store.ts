/** The null store: receives, checks every field and answers. Nothing is kept. */
import { acknowledge, PlacedBatch, serveBare } from './bare_door';

let waiting: PlacedBatch[] = [];

serveBare(
  (batch) => {
    waiting.push(batch);
    if (waiting.length > 1) return;
    setImmediate(() => {
      const group = waiting;
      waiting = [];
      acknowledge(group);
    });
  },
  () => undefined,
);
