import {
  batchLine,
  batchTextLine,
  drawLine,
  drawStateLine,
  finishLine,
  standingLine,
  standingsLine,
} from '../audit_line';
import { APPEND_OUTCOMES, DRAW_STATES } from '../ledger';
import type { Operation } from './operation';

/**
 * The lines that an operation may leave in the audit log (docs/AUDIT.md). The store writes one of them, by what comes of
 * the operation, and need not know what lines look like.
 *
 * @returns one line for each outcome, empty for none. 'place': in the order of `APPEND_OUTCOMES`. 'batch-text': not
 *   found, found. 'draw-state': in the order of `DRAW_STATES`. 'close-sale': closed now, closed before. Other kinds have
 *   one outcome.
 */
export function possibleLines(operation: Operation): readonly string[] {
  switch (operation.kind) {
    case 'place': {
      const { agency, batchId } = operation.batch;
      return APPEND_OUTCOMES.map((outcome) => batchLine(agency, batchId, outcome, operation.requestId));
    }
    case 'finish':
      return [finishLine(operation.agency, operation.requestId)];
    case 'standing':
      return [standingLine(operation.agency, operation.requestId)];
    case 'standings':
      return [standingsLine(operation.requestId)];
    case 'batch-text': {
      const { agency, batchId, requestId } = operation;
      return [false, true].map((isFound) => batchTextLine(agency, batchId, isFound, requestId));
    }
    case 'draw-state': {
      const { winnersOf, requestId } = operation;
      // A caller that is told that the draw is due waits for it and asks again.
      return DRAW_STATES.map((state) => (state === 'due' ? '' : drawStateLine(winnersOf, state, requestId)));
    }
    case 'refused':
      return [operation.line];
    case 'close-sale':
      return [drawLine(), ''];
    case 'record-draw':
      return [''];
  }
}
