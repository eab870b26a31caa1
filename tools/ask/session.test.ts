import { RecordedSession, runLines } from './testing/recorded_session';
import { closeStubs, problem, StubAnswer, StubRequest, stubServer } from './testing/stub_server';
import { StubNotes } from './testing/stub_notes';

const ENTER = '\r';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const QUESTION = /\(0 for none\)\? /;
const PROMPT = /lottery> /;
afterEach(closeStubs);

const notesServer = (notes = new StubNotes()) => stubServer((request) => notes.answer(request));

describe('from a pipe', () => {
  test('one command a line; all went well', async () => {
    const api = await notesServer();
    const lines = ['set a "b c"', '', '  ', '# a remark', 'get a', 'exit', 'get none'];
    expect(await runLines({ api }, lines)).toEqual({
      isWell: true,
      said: '',
      answered: 'a: stored, new, 3 bytes\nb c\n',
    });
  });

  test('what fails is told with its line, and those after it are carried out', async () => {
    const api = await notesServer();
    const lines = [
      'gte a',
      'get none',
      'set a',
      'set a b c',
      'set a "b',
      'set ü b',
      'exit now',
      'help nothing',
      'set a b',
    ];
    const { isWell, said, answered } = await runLines({ api }, lines);
    expect(isWell).toBe(false);
    expect(said.split('\n')).toEqual([
      'line 1: there is no command "gte"; get may be meant; help lists them',
      'line 2: not-found (404): there is none',
      'line 3: usage: set KEY VALUE',
      'line 4: usage: set KEY VALUE; what has blanks in it stands in quotes',
      'line 5: a " has no end',
      expect.stringMatching(
        /^line 6: the key is wrong; allowed is the name of a note, 1 to 200 letters/,
      ) as string,
      'line 7: usage: exit; what has blanks in it stands in quotes',
      'line 8: there is no command "nothing"; help lists them',
      '',
    ]);
    expect(answered).toBe('a: stored, new, 1 byte\n');
  });

  test('what a server says cannot be more than a line', async () => {
    const api = await stubServer(() => problem(400, 'bad', 'one\ntwo\u001b[2J'));
    const { said } = await runLines({ api }, ['get /draw']);
    expect(said).toBe('line 1: bad (400): one two\\u{1b}[2J\n');
  });

  test('clients may play first', async () => {
    const notes = new StubNotes();
    const session = new RecordedSession({ api: await notesServer(notes) }, false);
    session.input.end();
    expect(await session.run(7)).toBe(true);
    expect(session.answered).toMatch(
      /^7 of 7 clients agreed: 21 requests in \d+\.\d\d s \([\d,]+ requests\/s\), 7 clients at a time\n$/,
    );
    expect(notes.notes.size).toBe(0);
  });

  test('clients that do not agree are a failure', async () => {
    const api = await stubServer((request) =>
      request.method === 'PUT' ? problem(507, 'notes-full', 'no room') : new StubNotes().answer(request),
    );
    const session = new RecordedSession({ api }, false);
    session.input.end();
    expect(await session.run(2)).toBe(false);
    expect(session.said).toBe('2 of the clients failed: notes-full (507): no room\n');
  });

  test('the end of the program ends the wait for a line', async () => {
    const session = new RecordedSession({ api: await notesServer() }, false);
    const run = session.run();
    session.end();
    expect(await run).toBe(true);
  });
});

describe('at a terminal', () => {
  const atTerminal = async (answer: (request: StubRequest) => StubAnswer | Promise<StubAnswer>) =>
    new RecordedSession({ api: await stubServer(answer) }, true);

  test('it asks how many clients are to play, until that is said', async () => {
    const notes = new StubNotes();
    const session = await atTerminal((request) => notes.answer(request));
    const run = session.run(undefined);
    await session.until(QUESTION);
    session.input.write(`many${ENTER}`);
    await session.until(/the number of clients: "many" is wrong; allowed is a whole number from 0 to 1000\n/);
    session.input.write(`5${ENTER}`);
    await session.until(/5 of 5 clients agreed/);
    session.input.write(CTRL_D);
    expect(await run).toBe(true);
  });

  test('nothing that a server sends reaches it but as what it shows', async () => {
    const session = await atTerminal(() => ({ status: 200, body: Buffer.from('\u001b]0;x\u0007ñ\r\n') }));
    const run = session.run(0);
    await session.until(PROMPT);
    session.input.write(`get a${ENTER}`);
    await session.until(/\n\\u\{1b\}\]0;x\\u\{7\}ñ\\u\{d\}\n\n/);
    session.input.write(CTRL_D);
    await run;
  });

  test('Tab completes commands and the names of notes; an arrow calls a line back', async () => {
    const notes = new StubNotes();
    notes.notes.set('/notes/greeting', Buffer.from('Hello'));
    const session = await atTerminal((request) => notes.answer(request));
    const run = session.run(0);
    await session.until(PROMPT);
    session.input.write('ge\t');
    await session.until(/t /);
    session.input.write('gr\t');
    await session.until(/greeting/);
    session.input.write(ENTER);
    await session.until(/Hello\n[^]*lottery> /);
    session.input.write(`\u001b[A${ENTER}`);
    await session.until(/get greeting[^]*Hello\n/);
    session.input.write(`exit${ENTER}`);
    expect(await run).toBe(true);
  });

  test('what fails is told without a line number, and does not count in the end', async () => {
    const session = await atTerminal(() => problem(404, 'not-found', 'there is none'));
    const run = session.run(0);
    await session.until(PROMPT);
    session.input.write(`get a${ENTER}`);
    await session.until(/(^|[^ ])not-found \(404\): there is none\n/);
    session.input.write(CTRL_D);
    expect(await run).toBe(true);
  });

  test("an agency's sale is ended only with a yes", async () => {
    const asked: string[] = [];
    const session = await atTerminal(({ method, path }) => {
      asked.push(`${method} ${path}`);
      return { status: 200, body: { agency: 1, finished: true } };
    });
    const run = session.run(0);
    await session.until(PROMPT);
    session.input.write(`finish 1${ENTER}`);
    await session.until(/agency 1 can sell nothing more then; end its sale \(yes or no\)\? /);
    session.input.write(ENTER);
    await session.until(/nothing was done\n/);
    expect(asked).toEqual([]);
    session.input.write(`finish 1${ENTER}`);
    await session.until(/\? /);
    session.input.write(`yes${ENTER}`);
    await session.until(/agency 1: finished\n/);
    expect(asked).toEqual(['PUT /agencies/1/finish']);
    session.input.write(CTRL_D);
    await run;
  });

  /** A session in the middle of a request, which gets no answer. */
  async function inRequest() {
    let isAsked: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    const session = await atTerminal(() => {
      isAsked();
      return new Promise(() => undefined);
    });
    const run = session.run(0);
    await session.until(PROMPT);
    session.input.write(`get a${ENTER}`);
    await asked;
    return { session, run };
  }

  test('Ctrl-C ends a request, and the second one the console', async () => {
    const { session, run } = await inRequest();
    session.input.write(CTRL_C);
    await session.until(/lottery> [^]*no answer from [^ ]+: stopped\n/);
    session.input.write(CTRL_C);
    expect(await run).toBe(true);
  });

  test('Ctrl-C at the prompt forgets the line and says how to leave', async () => {
    const notes = new StubNotes();
    const session = await atTerminal((request) => notes.answer(request));
    const run = session.run(0);
    await session.until(PROMPT);
    session.input.write(`get half${CTRL_C}`);
    await session.until(/Ctrl-C again, or exit, ends the console\n/);
    session.input.write(`set a b${ENTER}`);
    await session.until(/a: stored, new, 1 byte\n[^]*lottery> /);
    session.input.write(CTRL_C);
    await session.until(/Ctrl-C again, or exit, ends the console\n/);
    session.input.write(CTRL_C);
    expect(await run).toBe(true);
  });

  test('the end of the program ends it in the middle of a request', async () => {
    const { session, run } = await inRequest();
    session.end();
    expect(await run).toBe(true);
    expect(session.said).toBe('');
  });
});
