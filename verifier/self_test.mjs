/**
 * Shows that the verifier finds what it must find: published vectors, true draws that are verified, forged ones of which
 * each is caught by the right check and by none before it, and bundles and receipts in which every byte is changed in turn.
 */
import { Buffer } from 'node:buffer';

import { agencyKeyOf, CONTROL_KEY, DRAW, makeDraw, pathOf, SALE, SEAL, treeHash } from './draw_maker.mjs';
import { FORGERIES as OF_PUBLISHED } from './forgeries_published.mjs';
import { FORGERIES as OF_OWN } from './forgeries_own.mjs';
import { inHand } from './tricks.mjs';
import { makeWorld } from './world.mjs';
import { vectors } from './vectors.mjs';

const SEED = 7574;
/** How many bytes are changed of a draw with a beacon, whose signature takes long to check. */
const SAMPLED_CHANGES = 60;

/** What the verifier offers: its module, so that nothing is imported in a circle. */
let program;

/**
 * @param {object} verifier the functions of verify.mjs
 * @param {(line: string) => void} print
 * @returns {Promise<number>} the exit code: 0 when everything is as it must be
 */
export async function selfTest(verifier, print) {
  program = verifier;
  const world = await makeWorld(program);
  const tally = { tests: 0, failures: 0 };
  const tell = (isRight, what) => {
    tally.tests++;
    if (!isRight) tally.failures++;
    print(`${isRight ? 'ok  ' : 'FAIL'} ${what}`);
  };
  await vectors(program, tell);
  testTrees(tell);
  await testTrueDraws(world, tell);
  await testUnfinished(world, tell);
  for (const [what, check, make] of [...OF_PUBLISHED, ...OF_OWN]) {
    const { failed, exitCode, last } = await judge(world, make(world));
    const isRight = exitCode === 1 && failed === check;
    tell(isRight, `${check.padEnd(10)} catches: ${what}${isRight ? '' : ` – but it was: ${last}`}`);
  }
  testEvidence(world, tell);
  await testEveryByte(world, tell);
  await testSampledBytes(world, tell);
  const { tests, failures } = tally;
  print(failures === 0 ? `All ${tests} tests are as they must be.` : `${failures} of ${tests} tests FAILED.`);
  return failures === 0 ? 0 : 1;
}

/** Files in memory, as the verifier reads them. */
const folderOf = (files) => ({ read: (path) => files.get(path), list: () => [...files.keys()] });

async function judge(world, { policy = Buffer.from(world.policy), bundle, receipts, ...more }) {
  const lines = [];
  const inputs = {
    ...more,
    policy: program.parsePolicy(policy),
    bundle: folderOf(bundle),
    receipts: receipts && folderOf(receipts),
  };
  const { exitCode, failed } = await program.verifyDraw(inputs, (line) => lines.push(line));
  return { exitCode, failed, last: lines.at(-1), lines };
}

/** The verifier's trees against the definition of RFC 6962. */
function testTrees(tell) {
  const entries = Array.from({ length: 70 }, (_, index) => Buffer.from(`entry ${index}`));
  const tree = new program.Tree();
  let areRight = true;
  for (const [index, entry] of entries.entries()) {
    tree.append(program.leafHash(entry));
    areRight &&= tree.rootAt(index + 1).equals(treeHash(entries.slice(0, index + 1)));
  }
  tell(areRight, 'roots of trees of 1 to 70 leaves');
  let proofs = 0;
  for (const size of [1, 2, 3, 7, 8, 9, 33, 64, 70]) {
    const root = tree.rootAt(size);
    for (let index = 0; index < size; index++) {
      const path = pathOf(index, entries.slice(0, size));
      const holds = (changed) =>
        program.isIncluded(program.leafHash(entries[index]), index, size, changed, root);
      if (holds(path) && !holds([...path, root]) && (size === 1 || !holds(path.slice(1)))) proofs++;
    }
  }
  tell(proofs === 197, 'proofs of inclusion: the right path, none longer, none shorter');
}

async function testTrueDraws(world, tell) {
  for (const kind of ['fixed', 'entered', 'drand']) {
    const { exitCode, lines, last } = await judge(world, inHand(world.draw(kind)));
    tell(exitCode === 0 && lines.length === 11, `a true draw is verified, number ${kind}: ${last}`);
  }
}

/** Draws in which nothing is wrong, but not all is there yet. */
async function testUnfinished(world, tell) {
  const fixed = world.plan('fixed');
  const noClock = Buffer.from(world.policy.replace('quorum control', 'quorum none'));
  const draw = world.draw('fixed');
  const calledOff = { result: () => 'lottery-result/v1\ncalled-off\n' };
  const cases = [
    ['not sealed yet', { ...inHand(makeDraw({ ...fixed, events: SALE })) }],
    ['no result yet', inHand(makeDraw({ ...fixed, events: [...SALE, SEAL] }))],
    ['no outside clock', { ...inHand(makeDraw({ ...fixed, policy: undefined })), policy: noClock }],
    [
      'not cosigned by the quorum yet',
      inHand(makeDraw({ ...fixed, events: [...SALE, SEAL], tricks: { cosignature: () => '' } })),
    ],
    ['called off', inHand(makeDraw({ ...fixed, tricks: calledOff }))],
    ['no receipt opens', { ...inHand(draw), receipts: undefined }],
    ['did not finish', inHand(makeDraw({ ...fixed, events: [...SALE.slice(0, 4), SEAL, DRAW.at(-1)] }))],
  ];
  for (const [reason, inputs] of cases) {
    const { exitCode, last } = await judge(world, inputs);
    tell(
      exitCode === 3 && last.includes(reason),
      `true as far as it goes: ${reason}${exitCode === 3 ? '' : `: ${last}`}`,
    );
  }
}

function testEvidence(world, tell) {
  const policy = program.parsePolicy(Buffer.from(world.policy));
  const draw = world.draw('fixed');
  const other = makeDraw({ ...world.plan('fixed'), events: [SALE[1], SALE[0], ...DRAW.slice(2)] });
  const judgeNotes = (...notes) =>
    program.judgeEvidence(
      policy,
      notes.map((note) => Buffer.from(note)),
      () => undefined,
    ).exitCode;
  tell(
    judgeNotes(draw.checkpoint(4), other.checkpoint(4)) === 1,
    'evidence   two trees of one size: the log has forked',
  );
  const receipt = draw.receipt(1, agencyKeyOf(1), 4);
  tell(
    judgeNotes(receipt, other.checkpoint(4)) === 1,
    'evidence   a receipt and a checkpoint of another tree',
  );
  tell(
    judgeNotes(draw.checkpoint(4), draw.checkpoint(4)) === 3,
    'evidence   the same tree twice proves nothing',
  );
  tell(judgeNotes(draw.checkpoint(4), other.checkpoint(5)) === 3, 'evidence   two sizes prove nothing');
  const unsigned = other.checkpoint(4).replace(/^— lottery.*\n/m, '');
  tell(
    judgeNotes(draw.checkpoint(4), unsigned) === 3,
    'evidence   a note that the log did not sign proves nothing',
  );
}

/** A small generator of numbers, so that what is sampled is the same in every run (mulberry32). */
function randomFrom(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const isSaidToBeIgnored = (lines) =>
  lines.some((line) => line.includes('; ignored 1 signature of unknown keys'));

/** What comes of a changed byte: it is `found`; or `ignored`, verified with a line that says so; or `missed`. */
async function changeByte(world, inputs, part, path, offset, mask) {
  const files = new Map(inputs[part]);
  const bytes = Buffer.from(files.get(path));
  bytes[offset] ^= mask;
  files.set(path, bytes);
  const { exitCode, lines } = await judge(world, { ...inputs, [part]: files });
  if (lines.some((line) => line.includes('this program cannot read it'))) return 'missed';
  if (exitCode !== 0) return 'found';
  return isSaidToBeIgnored(lines) ? 'ignored' : 'missed';
}

/** The base64 digits that hold the four bytes of a key's id, the last of them in part. */
const ID_DIGITS = 6;

/**
 * Where a file says whose a witness's signature is: from the first byte of the name to the last of the key's id. Changed there,
 * it is the signature of somebody unknown, which signed-note demands to ignore, and a note that needs no witness stays true.
 *
 * @returns {[number, number]} two equal offsets where there is no such signature
 */
function placeOfWitness(bytes) {
  const mark = Buffer.from(`\n— ${CONTROL_KEY.name} `);
  const at = bytes.indexOf(mark);
  if (at < 0) return [0, 0];
  return [at + Buffer.byteLength('\n— '), at + mark.length + ID_DIGITS];
}

/**
 * Changes every byte of a part of what an agency has in hand, one after the other.
 *
 * @param {string[]} needless the files that are true also without their witness's signature
 */
async function testEveryByteOf(world, tell, { inputs, part, name, needless }) {
  const random = randomFrom(SEED);
  const wrong = [];
  let bytes = 0;
  let ignored = 0;
  for (const [path, file] of inputs[part]) {
    const [begin, end] = needless.includes(path) ? placeOfWitness(file) : [0, 0];
    for (let offset = 0; offset < file.length; offset++, bytes++) {
      const outcome = await changeByte(world, inputs, part, path, offset, 1 + random(255));
      const isWitness = begin <= offset && offset < end;
      if (outcome === 'ignored') ignored++;
      if (outcome === 'missed' || (outcome === 'ignored' && !isWitness)) wrong.push(`${path}:${offset}`);
    }
  }
  const exception =
    needless.length === 0
      ? ''
      : `, but for ${ignored} in the name or key id of a witness's signature that nothing rests on: it is said to be ignored`;
  const isRight = wrong.length === 0 && ignored > 0 === needless.length > 0;
  tell(
    isRight,
    `each of ${bytes} bytes of ${name} changed in turn: never verified${exception} ${wrong.slice(0, 9)}`.trimEnd(),
  );
}

async function testEveryByte(world, tell) {
  const draw = world.draw('fixed');
  const cosigned = inHand(draw);
  const signedByTheLog = makeDraw({ ...world.plan('fixed'), tricks: { cosignature: () => '' } });
  const bundle = { inputs: cosigned, part: 'bundle', name: 'the bundle', needless: ['checkpoint'] };
  await testEveryByteOf(world, tell, bundle);
  const inputs = inHand(draw, signedByTheLog);
  await testEveryByteOf(world, tell, { inputs, part: 'receipts', name: 'receipts', needless: [] });
  const needless = [...cosigned.receipts.keys()];
  await testEveryByteOf(world, tell, {
    inputs: cosigned,
    part: 'receipts',
    name: 'cosigned receipts',
    needless,
  });
}

async function testSampledBytes(world, tell) {
  const random = randomFrom(SEED);
  const inputs = inHand(world.draw('drand'));
  const paths = [...inputs.bundle.keys()];
  const wrong = [];
  for (let change = 0; change < SAMPLED_CHANGES; change++) {
    const path = paths[random(paths.length)];
    const offset = random(inputs.bundle.get(path).length);
    const outcome = await changeByte(world, inputs, 'bundle', path, offset, 1 + random(255));
    const [begin, end] = path === 'checkpoint' ? placeOfWitness(inputs.bundle.get(path)) : [0, 0];
    const mayBeIgnored = begin <= offset && offset < end;
    if (outcome === 'missed' || (outcome === 'ignored' && !mayBeIgnored)) wrong.push(`${path}:${offset}`);
  }
  tell(
    wrong.length === 0,
    `${SAMPLED_CHANGES} bytes of a bundle with a beacon changed: never verified, or said to be ignored, as above ${wrong}`.trimEnd(),
  );
}
