/** How the door opens and closes: the tests, over HTTP or HTTPS. */
import { SYSTEM_CLOCK } from '../../../../program/clock';
import { OperationError } from '../../../../program/exit';
import { HeldLedger } from '../../../ledger/testing/held_ledger';
import { settled } from '../../../testing/settled';
import { closeDoors, CSV_LINE, OpenDoor, TERMS } from './open_door';
import { until } from './until';

afterEach(closeDoors);

describe('the door', () => {
  test('says so when its port is taken', async () => {
    const { port } = await OpenDoor.open();
    const second = OpenDoor.open({ settings: { port } });
    await expect(second).rejects.toThrow(OperationError);
    await expect(second).rejects.toThrow(/^cannot listen on 127\.0\.0\.1, port \d+: .*EADDRINUSE/);
  });

  test('answers what is in flight when it closes, and ends waits', async () => {
    const ledger = new HeldLedger(TERMS);
    const door = await OpenDoor.open({ ledger, clock: SYSTEM_CLOCK });
    const placing = door.putCsv(1, 1, CSV_LINE);
    const waiting = door.ask('GET', '/agencies/1/winners?wait=300');
    await until(() => ledger.calls.length === 1 && door.telemetry.connections('http') === 2);
    await settled();
    const closing = door.close();
    expect(await waiting).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    ledger.answerAll();
    expect((await placing).status).toBe(201);
    await closing;
    await expect(door.ask('GET', '/draw')).rejects.toThrow('ECONNREFUSED');
  });

  test('ends the feed of the live page when it closes', async () => {
    const door = await OpenDoor.open({ registersWatch: true });
    const { telemetry } = door;
    const feed = door.ask('GET', '/events');
    await until(() => telemetry.connections('http') === 1);
    expect((await door.ask('GET', '/healthz')).status).toBe(200);
    await door.close();
    await feed.catch(() => undefined);
    await until(() => telemetry.connections('http') === 0);
  });

  test('drops what is not answered in time when it closes', async () => {
    const ledger = new HeldLedger(TERMS);
    const door = await OpenDoor.open({ ledger, limits: { closeTimeoutMs: 20 } });
    const placing = expect(door.putCsv(1, 1, CSV_LINE)).rejects.toThrow('socket hang up');
    await until(() => ledger.calls.length === 1);
    await door.close();
    await placing;
    await until(() => door.telemetry.connections('http') === 0);
  });
});
