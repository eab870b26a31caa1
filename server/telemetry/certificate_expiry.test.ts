import { daysUntil, expiringSoon, urgencyOf } from './certificate_expiry';
import type { PartyName } from './presence';

const DAY_MS = 86_400_000;
const NOW_MS = 1_795_000_000_000;
const inDays = (days: number): number => NOW_MS + days * DAY_MS;

test.each([
  [-0.5, 'expired', -1],
  [0, 'expired', 0],
  [0.5, 'urgent', 0],
  [6.9, 'urgent', 6],
  [7, 'soon', 7],
  [29.9, 'soon', 29],
  [30, undefined, 30],
])('%d days before it expires a certificate is %s', (days, urgency, whole) => {
  expect([urgencyOf(inDays(days), NOW_MS), daysUntil(inDays(days), NOW_MS)]).toEqual([urgency, whole]);
});

test('of the server the first of each name is told of, and what never expires is not', () => {
  const own = [
    { name: 'server', expiresAtMs: inDays(200) },
    { name: 'client CA', expiresAtMs: inDays(12) },
    { name: 'client CA', expiresAtMs: inDays(3) },
    { name: 'revocation list', expiresAtMs: Infinity },
  ];
  expect(expiringSoon(own, [['operator', inDays(2)]], NOW_MS)).toEqual([
    { name: 'operator', urgency: 'urgent', expiresAtMs: inDays(2), agencies: [], count: 1 },
    { name: 'client CA', urgency: 'urgent', expiresAtMs: inDays(3), agencies: [], count: 1 },
  ]);
});

test('agencies are told of together, however many, by how urgent they are', () => {
  const connected: [PartyName, number][] = Array.from({ length: 1_000 }, (_, index) => [
    index + 1,
    index < 3 ? inDays(-1) : index < 500 ? inDays(20 - index / 100) : inDays(99),
  ]);
  connected.push([2_000, inDays(1)]);
  expect(expiringSoon([], connected, NOW_MS)).toEqual([
    { name: 'agencies', urgency: 'expired', expiresAtMs: inDays(-1), agencies: [1, 2, 3], count: 3 },
    { name: 'agencies', urgency: 'urgent', expiresAtMs: inDays(1), agencies: [2_000], count: 1 },
    {
      name: 'agencies',
      urgency: 'soon',
      expiresAtMs: inDays(20 - 4.99),
      agencies: [491, 492, 493, 494, 495, 496, 497, 498, 499, 500],
      count: 497,
    },
  ]);
});
