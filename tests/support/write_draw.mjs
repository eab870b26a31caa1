/**
 * Writes a draw of the verifier's self-test into a folder, as its user has it: the policy, what was published, and what
 * agency 1 has. `node write_draw.mjs FOLDER fixed|entered|drand [EVENTS]`, where EVENTS is how much of it has happened.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { DRAW, makeDraw } from '../../verifier/draw_maker.mjs';
import { inHand } from '../../verifier/tricks.mjs';
import { PARTS } from '../../verifier/verify.mjs';
import { makeWorld } from '../../verifier/world.mjs';

const [folder, kind, events = String(DRAW.length)] = process.argv.slice(2);
const write = (path, bytes) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
};
const world = makeWorld(PARTS);
const draw = makeDraw({ ...world.plan(kind), events: DRAW.slice(0, Number(events)) });
const { bundle, receipts, bets, winnersFile } = inHand(draw);
write('policy.txt', world.policy);
for (const [path, bytes] of bundle) write(join('draw', path), bytes);
for (const [name, bytes] of receipts) write(join('receipts', name), bytes);
write('bets.csv', bets[0]);
write('winners.txt', winnersFile);
write('one.note', draw.checkpoint(4));
write('other.note', makeDraw({ ...world.plan(kind), events: [DRAW[1], DRAW[0], DRAW[2]] }).checkpoint(4));
