/** What `GET /draw` answers while the draw, whose sale is closed, waits for something. */
import { FakeClock } from '../../../../program/testing/fake_clock';
import type { DrawGate, GateName } from '../../../lottery/draw_gates';
import type { NumberSource } from '../../../lottery/draw_number';
import { settled } from '../../../testing/settled';
import { closeDoors, CSV_LINE, OpenDoor } from '../testing/open_door';

afterEach(closeDoors);

/** Something that is opened by hand. */
function held<Value>(): { readonly untilOpen: () => Promise<Value>; readonly open: (value: Value) => void } {
  let open: (value: Value) => void = () => undefined;
  const opened = new Promise<Value>((resolve) => (open = resolve));
  return { untilOpen: () => opened, open };
}

function heldGate(name: GateName) {
  const { untilOpen, open } = held<undefined>();
  const gate: DrawGate = { name, pass: untilOpen };
  return { gate, open: () => open(undefined) };
}

const draw = async (door: OpenDoor): Promise<unknown> => (await door.ask('GET', '/draw')).json;
const ALWAYS = {
  state: 'awaited',
  agencies: 3,
  bets: null,
  missing_agencies: [],
  winners: [],
  deadline: null,
};
/** Nothing moves the clock: what is answered waits for no timer. */
const clock = new FakeClock();

test.each(['seal', 'control'] as const)('the %s is named, at once', async (name) => {
  const { gate, open } = heldGate(name);
  const door = await OpenDoor.open({ clock, lottery: { gates: [gate] } });
  await door.putCsv(2, 1, CSV_LINE);
  await door.finish();
  const waiting = { ...ALWAYS, winner_number: 7574, phase: 'gated', waits_for: name };
  expect(await draw(door)).toEqual(waiting);
  expect(await draw(door)).toEqual(waiting);
  // What tells of no result has no line.
  expect(door.lines.filter((line) => line.startsWith('GET'))).toEqual([]);
  open();
  await settled();
  const answer = await draw(door);
  expect(answer).toMatchObject({ state: 'drawn', phase: 'decided', bets: 1 });
  expect(answer).not.toHaveProperty('waits_for');
  expect(door.lines.filter((line) => line.startsWith('GET'))).toEqual(['GET,/draw,200,0']);
});

test('each gate is named in its turn, the number last, and the number is not told', async () => {
  const [seal, control] = [heldGate('seal'), heldGate('control')];
  const number = held<number>();
  const from = 'drand quicknet, round 1, due at 2026-12-22T10:00:00Z';
  const source: NumberSource = { view: { from, blocked: undefined }, number: number.untilOpen };
  const door = await OpenDoor.open({
    clock,
    lottery: { gates: [seal.gate, control.gate], number: source },
  });
  await door.finish();
  expect(await draw(door)).toMatchObject({ waits_for: 'seal', number_from: from });
  seal.open();
  await settled();
  expect(await draw(door)).toMatchObject({ waits_for: 'control', number_from: from });
  control.open();
  await settled();
  expect(await draw(door)).toMatchObject({ phase: 'gated', waits_for: 'number', number_from: from });
  number.open(12);
  await settled();
  expect(await draw(door)).toMatchObject({ state: 'drawn', winner_number: 12 });
});

test('nothing of a result is told before it is announced, and no line says that it was', async () => {
  const { untilOpen, open } = held<boolean>();
  const number: NumberSource = {
    view: { from: 'two people', blocked: undefined },
    number: () => Promise.resolve(7574),
  };
  const announcingGates = [{ name: 'control' as const, pass: untilOpen }];
  const door = await OpenDoor.open({ clock, lottery: { number, announcingGates } });
  await door.putCsv(2, 1, CSV_LINE);
  await door.finish();
  await settled();
  expect(await draw(door)).toMatchObject({
    ...ALWAYS,
    number_from: 'two people',
    phase: 'announcing',
    waits_for: 'control',
  });
  expect(door.lines.filter((line) => line.startsWith('GET'))).toEqual([]);
  open(true);
  await settled();
  expect(await draw(door)).toMatchObject({ state: 'drawn', winner_number: 7574, bets: 1 });
});

test('who asks while the sale is being closed is answered when the draw comes to its gate', async () => {
  const { gate } = heldGate('seal');
  const door = await OpenDoor.open({ clock, lottery: { gates: [gate] } });
  const finishing = door.finish();
  const answers = Array.from({ length: 5 }, () => draw(door));
  await finishing;
  for (const answer of await Promise.all([...answers, draw(door)]))
    expect(answer).toMatchObject({ state: 'awaited' });
  expect(await draw(door)).toMatchObject({ waits_for: 'seal' });
});
