import { requestsOf } from './http_requests';

test('a batch is asked for under each id, with a body of the length that it says', () => {
  const requests = requestsOf('put batch', 7, 2);
  for (const id of [1, 9, 10, 11, 100]) {
    const { bytes, answer } = requests.next(id);
    const [head = '', body = ''] = bytes.toString().split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^PUT /agencies/7/batches/${id} HTTP/1.1\r\n`));
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(body.split('\n')).toHaveLength(3);
    expect(JSON.parse(answer.toString())).toEqual({ agency: 7, batch: id, bets: 2, outcome: 'stored' });
  }
});

test('what is read was written first', () => {
  const batch = requestsOf('get batch', 7, 2);
  expect(batch.first?.bytes.toString()).toContain(batch.next(1).answer.toString());
  const note = requestsOf('get note', 7, 0);
  expect(note.first?.bytes.toString()).toContain(note.next(1).answer.toString());
});
