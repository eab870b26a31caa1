import { ID_PLACEHOLDER, MessageRing } from './message_ring';

const MESSAGE = Buffer.from(`<${ID_PLACEHOLDER}>`);

function text(slices: readonly Buffer[]): string {
  return Buffer.concat(slices).toString();
}

it('writes consecutive ids into messages that lie side by side', () => {
  const ring = new MessageRing(MESSAGE, 4, 1);
  const slices = ring.messages(1, 3);
  expect(slices).toHaveLength(1);
  expect(text(slices)).toBe('<00000001><00000002><00000003>');
});

it('goes on at its beginning after its last place', () => {
  const ring = new MessageRing(MESSAGE, 4, 1);
  expect(text(ring.messages(7, 3))).toBe('<00000007><00000008><00000009>');
});

it('leaves a message without an id as it is', () => {
  const ring = new MessageRing(Buffer.from('all the same '), 2);
  expect(text(ring.messages(5, 2))).toBe('all the same all the same ');
  expect(ring.messageBytes).toBe(13);
});
