/** What the session does when the server has other bets of its agency. */
import { encodeCrc } from '../protocol/crc';
import { encodeErr } from '../protocol/err';
import { encodeWin } from '../protocol/win';
import { OtherBetsStored } from './other_bets';
import { checkUpTo } from './testing/memory_batches';
import type { AnswerCheck } from './testing/scripted_server';
import { SessionRig } from './testing/session_rig';

describe('what the server has', () => {
  test('is held against the own bets before anything is sent, and again before FIN', async () => {
    const rig = new SessionRig({ rows: 6 });
    const asked: number[] = [];
    const answer = rig.server.answerCheck!;
    const connection = rig.last;
    connection.answerCheck = (chk, ...told) => {
      asked.push(chk.upToBatchId);
      return answer(chk, ...told);
    };
    rig.connectAndAsk(2, 4);
    rig.ack(3);
    expect(asked).toEqual([2, 0]);
    expect(connection.types).toEqual(['ASK', 'BET', 'FIN']);
    connection.reply(encodeWin(''));
    expect(await rig.outcome()).toEqual({ documents: [] });
  });

  test('is of other bets: nothing is sent, no FIN, and the first batch that differs is named', async () => {
    const rig = new SessionRig({ rows: 2_000 });
    const file = { agency: 1, rows: 2_000 };
    rig.last.answerCheck = ({ upToBatchId }) => {
      // Up to batch 300, two bets each, it is the same file.
      const differs = upToBatchId > 300 ? 1 : 0;
      return encodeCrc(upToBatchId, upToBatchId * 2, (checkUpTo(file, upToBatchId * 2) ^ differs) >>> 0);
    };
    const connection = rig.connectAndAsk(900, 1_800);
    for (let turn = 0; turn < 5; turn++) {
      await rig.outcome();
      connection.answerChecks();
    }
    expect(await rig.outcome()).toEqual({
      error: new OtherBetsStored(1, 'batch 301 (the bets 601 to 602) is the first that differs'),
    });
    expect(connection.types).toEqual(['ASK']);
    expect(connection.isClosed).toBe(true);
    expect(rig.clock.timerCount).toBe(0);
  });

  test('is searched through anew when the connection is lost meanwhile', async () => {
    const rig = new SessionRig({ rows: 8 });
    const wrong: AnswerCheck = ({ upToBatchId }) => encodeCrc(upToBatchId, upToBatchId * 2, 7);
    rig.last.answerCheck = wrong;
    rig.connectAndAsk(3, 6);
    rig.last.lose();
    const second = rig.reconnect();
    second.answerCheck = wrong;
    rig.connectAndAsk(3, 6);
    await rig.outcome();
    second.answerChecks();
    expect(await rig.outcome()).toEqual({
      error: new OtherBetsStored(1, 'batch 1 (the bets 1 to 2) is the first that differs'),
    });
    expect(second.types).toEqual(['ASK']);
  });

  test('has grown by another seller before the FIN: no FIN', async () => {
    const rig = new SessionRig({ rows: 4 });
    rig.last.answerCheck = () => encodeCrc(3, 6, 7);
    rig.connectAndAsk();
    rig.ack(1);
    rig.ack(2);
    expect(await rig.outcome()).toEqual({
      error: new OtherBetsStored(1, 'they came while this agency was selling'),
    });
    expect(rig.last.types).toEqual(['ASK', 'BET', 'BET']);
    expect(rig.session.isFinSent).toBe(false);
  });

  test('is taken by its counts from a server of an earlier version, which is asked once only', async () => {
    const rig = new SessionRig({ rows: 6 });
    const refuse: AnswerCheck = () => encodeErr(0, 'bad-header', 'what is that');
    rig.last.answerCheck = refuse;
    rig.connectAndAsk(2, 4);
    const second = rig.reconnect();
    second.answerCheck = refuse;
    rig.connectAndAsk(2, 4);
    rig.ack(3);
    expect(second.types).toEqual(['ASK', 'BET', 'FIN']);
    second.reply(encodeWin(''));
    expect(await rig.outcome()).toEqual({ documents: [] });
    expect(rig.log.of('connect').filter((line) => line.includes('does not know CHK'))).toHaveLength(1);
  });
});
