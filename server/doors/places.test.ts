import { networkOf, NoPlace, Place, Places } from './places';

const TOTAL = 100;
const PER_ADDRESS = 'MAX_CONNECTIONS_PER_ADDRESS reached';
const KEPT = 'the places left are kept for who has placed a bet';

let places = new Places(TOTAL);

beforeEach(() => {
  places = new Places(TOTAL);
});

/** Tries to take so many places. @returns those that were had, and the reason why there were no more */
function take(address: string, count: number): { had: Place[]; reason: NoPlace | undefined } {
  const had: Place[] = [];
  for (let index = 0; index < count; index++) {
    const place = places.enter(address);
    if (typeof place === 'string') return { had, reason: place };
    had.push(place);
  }
  return { had, reason: undefined };
}

test('one address has half of them', () => {
  const { had, reason } = take('192.0.2.1', TOTAL);
  expect([had.length, reason]).toEqual([TOTAL / 2, PER_ADDRESS]);
  expect(take('192.0.2.2', 1).reason).toBeUndefined();
  had[0]!.leave();
  expect(take('192.0.2.1', 2)).toMatchObject({ had: [{}], reason: PER_ADDRESS });
});

test('or as many as it was told', () => {
  places = new Places(TOTAL, 3);
  expect(take('192.0.2.1', TOTAL).had).toHaveLength(3);
});

test('a door of one place has one', () => {
  places = new Places(1);
  expect(take('192.0.2.1', 1).reason).toBeUndefined();
});

test('the last tenth is for those who come from where a bet was placed', () => {
  const [first] = take('192.0.2.1', 1).had;
  first!.keep();
  first!.leave();
  for (const address of ['192.0.2.2', '192.0.2.3']) take(address, TOTAL);
  expect(places.strangers).toBe(TOTAL - TOTAL / 10);
  expect(take('192.0.2.4', 1).reason).toBe(KEPT);
  expect(take('192.0.2.1', TOTAL / 10).reason).toBeUndefined();
});

test('a connection that has placed a bet makes room for another stranger, once', () => {
  const [first] = take('192.0.2.1', 1).had;
  for (const address of ['192.0.2.2', '192.0.2.3']) take(address, TOTAL);
  first!.keep();
  first!.keep();
  expect(take('192.0.2.4', 2)).toMatchObject({ had: [{}], reason: KEPT });
  first!.leave();
  first!.leave();
  expect(places.strangers).toBe(TOTAL - TOTAL / 10);
});

test('a connection that was answered when it had gone is no stranger less', () => {
  const [first] = take('192.0.2.1', 1).had;
  first!.leave();
  first!.keep();
  expect(places.strangers).toBe(0);
});

test('who has placed a bet longest ago is forgotten first', () => {
  places = new Places(20, 20);
  const bet = (address: string): void => {
    const place = places.enter(address);
    if (typeof place === 'string') throw new Error(place);
    place.keep();
    place.leave();
  };
  for (let index = 0; index <= 10_000; index++) bet(`192.0.${index >> 8}.${index & 255}`);
  take('198.51.100.1', 20);
  expect(take('192.0.0.0', 1).reason).toBe(KEPT);
  expect(take('192.0.0.1', 1).reason).toBeUndefined();
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:1:2::1', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['', ''],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
