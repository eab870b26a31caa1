import { Told, found, changeSegment, drop, replace, insert, swap } from './testing/told_ledger';

describe('a changed log is found out', () => {
  test.each<[string, Told, string[]]>([
    [
      'the line of a stored batch is gone',
      drop(1, 0),
      [
        '2: batch 1 of agency 2 is stored in another order: batch 1 of agency 1 comes before it',
        '4: PUT /agencies/1/batches/1 200: no such batch was stored before',
        '5: PUT /agencies/1/batches/1 409: no such batch was stored before',
        '6: GET /agencies/1/batches/1 200: no such batch was stored before',
        'ledger: batch 1 of agency 1 is stored in segment 1 without a line',
      ],
    ],
    [
      'batches that were stored are said to be counted refusals',
      insert(1, 0, 'REFUSED,*,201,2'),
      ['1: REFUSED * 201: that is no refusal'],
    ],
    [
      'the lines of two stored batches are swapped',
      swap(3, 0, 1),
      ['18: batch 2 of agency 2 is stored in another order: batch 3 of agency 2 comes before it'],
    ],
    [
      'the line of a stored batch comes twice',
      insert(3, 1, 'PUT,/agencies/2/batches/3,201,0'),
      ['19: PUT /agencies/2/batches/3 201: the batch was stored before'],
    ],
    [
      'a batch is said to be stored that is not',
      insert(1, 3, 'PUT,/agencies/1/batches/5,201,0'),
      ['4: batch 5 of agency 1 is not stored in segment 1'],
    ],
    [
      'a batch is said to be stored behind the end of its sale',
      replace(2, 9, 'PUT,/agencies/1/batches/2,201,0'),
      ['17: PUT /agencies/1/batches/2 201: the sale was closed for its agency'],
    ],
    [
      'a batch is said to be stored behind the draw',
      replace(5, 2, 'PUT,/agencies/2/batches/4,201,0'),
      ['25: PUT /agencies/2/batches/4 201: the sale was closed for its agency'],
    ],
    [
      'a batch is repeated that was not stored',
      replace(5, 2, 'PUT,/agencies/2/batches/4,200,0'),
      ['25: PUT /agencies/2/batches/4 200: no such batch was stored before'],
    ],
    [
      'a conflict with a batch that was not stored',
      insert(1, 0, 'PUT,/agencies/1/batches/1,409,0'),
      ['1: PUT /agencies/1/batches/1 409: no such batch was stored before'],
    ],
    [
      'a stored batch is said to be closed out',
      replace(5, 3, 'PUT,/agencies/2/batches/3,410,0'),
      ['26: PUT /agencies/2/batches/3 410: the batch was stored before'],
    ],
    [
      'a batch is said to be closed out before the end of its sale',
      swap(2, 8, 9),
      ['16: PUT /agencies/1/batches/2 410: the sale was open for its agency'],
    ],
    [
      'a batch is not found that is stored',
      replace(5, 5, 'GET,/agencies/2/batches/2,404,0'),
      ['28: GET /agencies/2/batches/2 404: the batch was stored before'],
    ],
    [
      'a batch is read before it is stored',
      swap(1, 0, 6),
      [
        '1: GET /agencies/1/batches/1 200: no such batch was stored before',
        '3: batch 1 of agency 2 is stored in another order: batch 1 of agency 1 comes before it',
        '5: PUT /agencies/1/batches/1 200: no such batch was stored before',
        '6: PUT /agencies/1/batches/1 409: no such batch was stored before',
      ],
    ],
    [
      'the line of the end of a sale is gone',
      drop(2, 8),
      [
        '16: PUT /agencies/1/batches/2 410: the sale was open for its agency',
        '26: agency 1 has finished behind segment 1, not 4',
      ],
    ],
    [
      'an end of a sale is said of an agency that does not exist',
      insert(2, 0, 'PUT,/agencies/3/finish,200,0'),
      ['8: PUT /agencies/3/finish 200: there is no such thing in this lottery'],
    ],
    [
      'an agency is not found that exists',
      insert(2, 0, 'GET,/agencies/2,404,0'),
      ['8: GET /agencies/2 404: that is no answer to this operation'],
    ],
    [
      'a batch that there can be is not found by whoever brings it',
      insert(1, 0, 'PUT,/agencies/2/batches/99999999,404,0'),
      ['1: PUT /agencies/2/batches/99999999 404: that is no answer to this operation'],
    ],
    [
      'a path is found that names nothing',
      replace(2, 4, 'GET,/agencies/none,200,0'),
      ['12: GET /agencies/none 200: there is no such thing in this lottery'],
    ],
    [
      'winners before the draw',
      replace(2, 1, 'GET,/agencies/1/winners,200,0'),
      ['9: GET /agencies/1/winners 200: the draw had not run'],
    ],
    [
      'no winners behind the draw',
      replace(5, 0, 'GET,/agencies/1/winners,409,0'),
      ['23: GET /agencies/1/winners 409: the sale was closed for the draw before'],
    ],
    [
      'winners said to be called off',
      replace(5, 0, 'GET,/agencies/1/winners,410,0'),
      ['23: GET /agencies/1/winners 410: the draw was not called off'],
    ],
    [
      'winners asked for between the last end of a sale and the draw',
      insert(4, 0, 'GET,/agencies/1/winners,409,0'),
      ['22: GET /agencies/1/winners 409: the draw was due, and nobody is answered before it has run'],
    ],
    [
      'the draw asked for between the last end of a sale and the draw',
      insert(4, 0, 'GET,/draw,200,0'),
      ['22: GET /draw 200: the draw was due, and nobody is answered before it has run'],
    ],
    [
      'the line of the draw is gone',
      drop(4, 0),
      [
        '22: GET /agencies/1/winners 200: the draw had not run',
        '23: GET /draw 200: the draw was due, and nobody is answered before it has run',
        'ledger: the sale is closed for the draw without a line',
        'ledger: 9 bets were in the draw, not 0',
      ],
    ],
    [
      'the line of the draw comes twice',
      insert(5, 1, 'PUT,/draw,201,0'),
      ['24: PUT /draw 201: the sale was closed for the draw before'],
    ],
    [
      'the line of the draw has a client',
      replace(4, 0, 'PUT,/draw,201,me'),
      expect.arrayContaining(['22: PUT /draw 201: that is no answer to this operation']) as string[],
    ],
    [
      'the draw stands above a batch that was in it',
      insert(3, 1, 'PUT,/draw,201,0'),
      [
        '20: PUT /agencies/2/batches/2 201: the sale was closed for its agency',
        'ledger: batch 2 of agency 2 is stored in segment 3 without a line',
        '23: PUT /draw 201: the sale was closed for the draw before',
        'ledger: 9 bets were in the draw, not 6',
      ],
    ],
    ['no line', insert(1, 0, ''), ['1: it has not the form of a line']],
    ['another operation', insert(1, 0, 'POST,/draw,201,0'), ['1: it has not the form of a line']],
    [
      'a status that nobody gives',
      insert(1, 0, 'GET,/agencies,503,0'),
      ['1: GET /agencies 503: that is no answer to this operation'],
    ],
    [
      'an operation that there is none of',
      insert(1, 0, 'PUT,/agencies/1,200,0'),
      ['1: PUT /agencies/1 200: that is no answer to this operation'],
    ],
    [
      'a line that was cut off',
      changeSegment(5, ({ lines }) => ({ lines: lines.slice(0, -1) })),
      ['29: it has no end'],
    ],
  ])('%s', (_, told, differences) => {
    expect(found(told)).toEqual(differences);
  });
});
