import { SessionRig } from './testing/session_rig';

describe('a server that does not know ASK', () => {
  /** Loses so many connections after their ASK; what was logged of the setting that helps. */
  function hintsAfter(connections: number, rig: SessionRig): unknown[] {
    for (let count = 0; count < connections; count++) {
      rig.last.accept().lose('ECONNRESET');
      rig.reconnect();
    }
    return rig.log.records.map(({ details }) => details['hint']).filter((hint) => hint !== undefined);
  }

  test('is suspected after three connections without an answer: the setting is named, once', () => {
    expect(hintsAfter(2, new SessionRig())).toEqual([]);
    expect(hintsAfter(6, new SessionRig())).toEqual([
      expect.stringContaining('server.oneMessagePerConnection: true (CLI_SERVER_ONEMESSAGEPERCONNECTION)'),
    ]);
  });

  test('is named in the error at the end too', async () => {
    const rig = new SessionRig({ giveUpAfterMs: 1_000 });
    hintsAfter(3, rig);
    rig.clock.advance(2_000);
    rig.last.accept().lose('ECONNRESET');
    expect(await rig.outcome()).toMatchObject({
      error: {
        message: expect.stringMatching(
          /^no server for \d+ s: ECONNRESET; .*oneMessagePerConnection/,
        ) as string,
      },
    });
  });

  test('is not suspected where a server has answered once, or was never reached', () => {
    const known = new SessionRig();
    known.connectAndAsk();
    known.last.lose();
    known.reconnect();
    expect(hintsAfter(5, known)).toEqual([]);
    const unreached = new SessionRig();
    for (let count = 0; count < 5; count++) {
      unreached.last.lose('ECONNREFUSED');
      unreached.reconnect();
    }
    expect(hintsAfter(0, unreached)).toEqual([]);
  });
});
