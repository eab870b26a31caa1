import { Client } from '../../agencies/testing/client';
import type { OpenDoor } from './open_door';
import { until } from './until';

const clients: Client[] = [];

/** Connects to a door, to send it bytes that no HTTP library would. @param tls how, where the door speaks TLS */
export async function connectTo({ port, clientTls }: OpenDoor, tls = clientTls): Promise<Client> {
  const client = await (tls === undefined ? Client.open(port) : Client.openTls(port, tls));
  clients.push(client);
  return client;
}

/** Connects to a door that closes the connection at once. */
export async function turnedAway(door: OpenDoor): Promise<void> {
  if (door.clientTls === undefined) await over(await connectTo(door));
  else await expect(connectTo(door)).rejects.toThrow();
}

/** Destroys the connections that a test made. */
export function disconnectAll(): void {
  for (const { socket } of clients.splice(0)) socket.destroy();
}

/** Waits until the door has closed the connection, or reset it, or `isSo`. */
export async function over(client: Client, isSo = (): boolean => false): Promise<void> {
  // Not a race: a wait that has lost would go on for ever.
  let isGone = false;
  void client.gone.then(() => (isGone = true));
  await until(() => isSo() || client.hasEnd || isGone);
}

/** The statuses of the answers that have come. */
export function statuses({ received }: Client): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
}
