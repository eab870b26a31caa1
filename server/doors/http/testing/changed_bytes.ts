import fc from 'fast-check';

import type { OpenDoor } from './open_door';
import { connectTo, over } from './raw_clients';

/** Sends the bytes again and again, each time cut anywhere and with up to four of them changed, and waits for the end. */
export async function sendChangedBytes(door: OpenDoor, whole: Buffer): Promise<void> {
  const changes = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), {
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(changes, fc.nat({ max: whole.length }), async (changed, length) => {
      const bytes = Buffer.from(whole);
      for (const [offset, byte] of changed) bytes[offset] = byte;
      const client = await connectTo(door);
      client.send(bytes.subarray(0, length));
      client.socket.end();
      await over(client);
      client.socket.destroy();
    }),
    { numRuns: 200 },
  );
}
