/** The JSON schemas of the draw: its state, and what is given for it from outside. */
import { MAX_NUMBER } from '../../../../protocol/limits';
import { DEADLINE_ACTIONS } from '../../../ledger/draw';
import { GATE_NAMES } from '../../../lottery/draw_gates';
import { agency, count, object } from './schemas';

const deadline = {
  ...object({
    action: { type: 'string', enum: DEADLINE_ACTIONS, description: 'What happens then.' },
    at: {
      type: ['string', 'null'],
      format: 'date-time',
      description:
        'When it is due, in UTC; null until the first agency has finished, if it counts from there.',
    },
    seconds_after_first_finish: {
      type: ['number', 'null'],
      description: 'How long after the first agency has finished it is due; null for one at a time.',
    },
    seconds_left: {
      type: ['integer', 'null'],
      description: 'How long until it is due, below 0 when it has passed; null as for at.',
    },
  }),
  type: ['object', 'null'],
  description:
    'The deadline while the sale is open, as this server knows it now; null for none, and once the sale is closed.',
};

const drawProperties = {
  state: { type: 'string', enum: ['awaited', 'drawn', 'called-off'] },
  winner_number: {
    type: ['integer', 'null'],
    minimum: 0,
    maximum: MAX_NUMBER,
    description: 'The number that wins; null while it is not known, and once the draw was called off.',
  },
  agencies: count('How many agencies take part; their numbers are 1 to this.'),
  bets: {
    type: ['integer', 'null'],
    minimum: 0,
    description: 'How many bets took part, none where the draw was called off; null while awaited.',
  },
  missing_agencies: {
    type: 'array',
    items: { type: 'integer' },
    description: 'The agencies for which the draw did not wait.',
  },
  winners: {
    type: 'array',
    items: object({ agency, count: count('How many of its bets have won.') }),
    description: 'The agencies that have winners.',
  },
  phase: {
    type: 'string',
    enum: ['awaited', 'overdue', 'retrying', 'gated', 'announcing', 'decided'],
    description:
      'How far this server is with it: overdue, a deadline long past is not acted on before it is confirmed; ' +
      'retrying, the storage could not take the close of the sale; gated, the sale is closed, and waits_for is waited for ' +
      'before the winners are looked for; announcing, the result is stored, and waits_for is waited for before it is told.',
  },
  deadline,
};

/** The draw. */
export const DRAW_ANSWER = {
  ...object(drawProperties),
  properties: {
    ...drawProperties,
    waits_for: {
      type: 'string',
      enum: [...GATE_NAMES],
      description:
        'What is waited for while the phase is gated or announcing; left out otherwise. seal: of the sale, in the log; ' +
        'control: the cosignature of the internal control; number: the winning number.',
    },
    number_from: {
      type: 'string',
      description:
        'Where the winning number comes from, while it is not known; left out where it was announced before the sale.',
    },
  },
};

/** The number that won, as one of two people enters it. */
export const NUMBER_BODY = {
  content: {
    'application/json': { schema: object({ number: { type: 'integer', minimum: 0, maximum: MAX_NUMBER } }) },
  },
};

/** A round of a drand chain, as its relays give it. */
export const BEACON_BODY = {
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['round', 'signature'],
        properties: {
          round: { type: 'integer', minimum: 1 },
          signature: { type: 'string', pattern: '^[0-9a-fA-F]{96}$' },
        },
      },
    },
  },
};

/** What has come of a number or a beacon that was given. */
export const GIVEN_ANSWER = object({
  outcome: {
    type: 'string',
    enum: ['awaits-other', 'known'],
    description: 'Whether the other one must still enter the number, or the draw goes on.',
  },
});
