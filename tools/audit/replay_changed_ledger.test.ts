import { DRAW, GOOD, Told, found, changeSegment, change, changeDraw } from './testing/told_ledger';

describe('a changed ledger is found out', () => {
  test.each<[string, Told, string[]]>([
    [
      'a batch was removed',
      changeSegment(1, ({ batches }) => ({ batches: batches.slice(1) })),
      ['1: batch 1 of agency 1 is not stored in segment 1', 'ledger: 9 bets were in the draw, not 7'],
    ],
    [
      'a batch was added',
      changeSegment(2, () => ({ batches: [{ agency: 2, batchId: 9, bets: 1 }] })),
      [
        'ledger: batch 9 of agency 2 is stored in segment 2 without a line',
        'ledger: 9 bets were in the draw, not 10',
      ],
    ],
    [
      'the order of batches was changed',
      changeSegment(3, ({ batches }) => ({ batches: batches.toReversed() })),
      ['18: batch 3 of agency 2 is stored in another order: batch 2 of agency 2 comes before it'],
    ],
    [
      'a batch has other bets',
      changeSegment(3, ({ batches }) => ({ batches: batches.map((batch) => ({ ...batch, bets: 4 })) })),
      ['ledger: 9 bets were in the draw, not 13'],
    ],
    [
      'an agency has not finished',
      change({ finished: new Map([[2, 3]]) }),
      ['16: agency 1 has not finished in the ledger'],
    ],
    [
      'an agency has finished elsewhere',
      change({
        finished: new Map([
          [1, 3],
          [2, 3],
        ] as const),
      }),
      ['16: agency 1 has finished behind segment 3, not 1'],
    ],
    [
      'an agency has finished that never did',
      { ...change({ agencies: 3, finished: new Map([...GOOD.stored.finished, [3, 4]]) }) },
      [
        'ledger: agency 3 has finished without a line',
        'ledger: agency 3 was not missing in the draw, and has not finished',
      ],
    ],
    [
      'the sale is open again',
      change({ isSaleClosed: false }),
      ['22: the sale is open in the ledger', 'ledger: there is a draw, and the sale is open'],
    ],
    [
      'the draw is gone',
      change({ draw: undefined }),
      [
        '23: GET /agencies/1/winners 200: the ledger has no draw',
        '24: GET /draw 200: the ledger has no draw',
      ],
    ],
    ['the draw has other bets', changeDraw({ bets: 10 }), ['ledger: 10 bets were in the draw, not 9']],
    [
      'the draw was called off after all',
      changeDraw({ isCalledOff: true }),
      [
        '23: GET /agencies/1/winners 200: the draw was called off',
        'ledger: 9 bets were in the draw, not 0',
        'ledger: the winners of agency 2 are not those that its bets say',
      ],
    ],
    [
      'an agency was missing that had finished',
      changeDraw({ missingAgencies: [2] }),
      ['ledger: agency 2 was missing in the draw, and had finished'],
    ],
    [
      'the winners of an agency are others',
      changeDraw({ winners: new Map([[2, '11']]) }),
      ['ledger: the winners of agency 2 are not those that its bets say'],
    ],
    [
      'an agency has winners that has none',
      changeDraw({ winners: new Map([...DRAW.winners, [1, '13']]) }),
      ['ledger: the winners of agency 1 are not those that its bets say'],
    ],
    [
      'the winners are gone',
      changeDraw({ winners: new Map() }),
      ['ledger: the winners of agency 2 are not those that its bets say'],
    ],
  ])('%s', (_, told, differences) => {
    expect(found(told)).toEqual(differences);
  });
});
