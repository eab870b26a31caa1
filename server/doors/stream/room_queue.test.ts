import { RoomQueue } from './room_queue';
import { FakeRoom } from './testing/fake_room';

let room = new FakeRoom();
let queue = new RoomQueue(room);
let taken: string[] = [];

beforeEach(() => {
  room = new FakeRoom();
  queue = new RoomQueue(room);
  taken = [];
});

/** Takes one message each time that it may, as long as it has some. */
class Waiter {
  constructor(
    readonly name: string,
    public messages: number,
    /** Whether its message leaves no room. */
    readonly fills = true,
  ) {}

  roomMade(): void {
    while (this.messages > 0 && queue.enter(this)) {
      this.messages--;
      taken.push(this.name);
      if (this.fills) room.hasRoom = false;
    }
  }
}

test('lets anyone go on while there is room and nobody waits', () => {
  expect(queue.enter(new Waiter('a', 1))).toBe(true);
  expect(queue.size).toBe(0);
});

test('serves those who wait in the order in which they came, each again at the end', () => {
  room.hasRoom = false;
  for (const waiter of [new Waiter('a', 2), new Waiter('b', 1), new Waiter('c', 2)]) waiter.roomMade();
  for (let round = 0; round < 5; round++) room.make();
  expect(taken).toEqual(['a', 'b', 'c', 'a', 'c']);
  expect(queue.size).toBe(0);
});

test('serves as many as there is room for', () => {
  room.hasRoom = false;
  for (const waiter of [new Waiter('a', 3, false), new Waiter('b', 1), new Waiter('c', 1)]) waiter.roomMade();
  room.make();
  expect(taken).toEqual(['a', 'a', 'a', 'b']);
  expect(queue.size).toBe(1);
});

test('lets nobody overtake, though there is room', () => {
  room.hasRoom = false;
  const [first, second] = [new Waiter('first', 1), new Waiter('second', 1)];
  first.roomMade();
  room.hasRoom = true;
  second.roomMade();
  expect(taken).toEqual([]);
  room.make();
  room.make();
  expect(taken).toEqual(['first', 'second']);
});

test('keeps the place of one that asks again', () => {
  room.hasRoom = false;
  const [first, second] = [new Waiter('first', 1), new Waiter('second', 1)];
  for (const waiter of [first, second, first]) waiter.roomMade();
  room.make();
  expect(taken).toEqual(['first']);
});

test('passes over one that has left', () => {
  room.hasRoom = false;
  const [first, second] = [new Waiter('first', 1), new Waiter('second', 1)];
  for (const waiter of [first, second]) waiter.roomMade();
  queue.leave(first);
  room.make();
  expect(taken).toEqual(['second']);
});

test('room that is made while one is served is given to the next', () => {
  room.hasRoom = false;
  const [greedy, second] = [new Waiter('greedy', 1), new Waiter('second', 1)];
  const reading = greedy.roomMade.bind(greedy);
  greedy.roomMade = () => {
    reading();
    room.make();
  };
  reading();
  second.roomMade();
  room.make();
  expect(taken).toEqual(['greedy', 'second']);
});
