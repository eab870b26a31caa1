/** Published vectors, whose values are written here: drand beacons, the derivation of the number, one draw from end to end. */
import { Buffer } from 'node:buffer';

import { batchOf, BETS, finishOf, makeDraw, SEAL, saltOf } from './draw_maker.mjs';

const QUICKNET = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971';

/** Beacons: https://github.com/ChainSafe/forest, https://github.com/noislabs/drand-verify, https://github.com/thibmeu/drand-rs. */
const CHAINS = {
  quicknet: {
    publicKey:
      '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451' +
      '0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
    rounds: [
      [1, 'b55e7cb2d5c613ee0b2e28d6750aabbb78c39dcc96bd9d38c2c2e12198df95571de8e8e402a0cc48871c7089a2b3af4b'],
      [2, 'b6b6a585449b66eb12e875b64fcbab3799861a00e4dbf092d99e969a5eac57dd3f798acf61e705fe4f093db926626807'],
      [3, 'b3fab6df720b68cc47175f2c777e86d84187caab5770906f515ff1099cb01e4deaa027075d860823e49477b93c72bd64'],
      [
        123,
        'b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482e26cd02df835d3546d23c4b13e0dfc92',
      ],
      [
        1000,
        'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
      ],
      [
        30662982,
        '8b3edd0d42a2fa36ac15641a2dea2e4f4895acec2ef72ef39e5b6138f0346fb6b046dde1b4b3d09ff5fe8a6a7acd674a',
      ],
      [
        30662990,
        '8b2ebe176d153849d5db7f358a3a21be96f8c5d1c26ed2b530fff4419face8909d77f4ee6a211623e2432c30841411b5',
      ],
      [
        30662992,
        'b72a64269e84523a73a87db491505b6f1675dfc7f71c69026efdce3996f59ce2d1b446fc00c13beff7fcfd428053a534',
      ],
      [
        30663002,
        'b9e7e1e3d7d9cf17a9f4703abfae4c137acfbef1fdb45715a98422c244a499ea381c7fd759851ed8eeb8a03d778959b3',
      ],
    ],
  },
  walkthrough: {
    publicKey:
      '81d320f220ee9c79e60e19dedc838c31e3ab919b15481e9feb52f643628c4f6a13fdc52129493875a818109d767272ca' +
      '0541cbcdcea9335f2870d781b39b845ba8cbd44fdfe4967781cf72ca5917fc9398bcf97ca0548ed5a709016c4b1ff0f3',
    rounds: [
      [
        38,
        '95c93585c513ebbcb4777ff15599b3140e5ec0295faa0e483f3deadd88fa6d43f0d3703e3a4ce106e8fd6c6987f32126',
      ],
    ],
  },
  'go-rfc': {
    publicKey:
      'a1ee12542360bf75742bcade13d6134e7d5283d9eb782887c47d3d9725f05805d37b0106b7f744395bf82c175dd7434a' +
      '169e998f188a657a030d588892c0cd2c01f996aaf331c4d8bc5b9734bbe261d09e7d2d39ef88b635077f262bd7bbb30f',
    rounds: [
      [3, 'b98dae74f6a9d2ec79d75ba273dcfda86a45d589412860eb4c0fd056b00654dbf667c1b6884987c9aee0d43f8ba9db52'],
      [4, '962c2b2969e8f3351cf5cc457b04ecbf0c65bd79f4c1ee3bd0205f581368aaaa0cdeb1531a0709d39ef06a8ba1e1bb93'],
      [6, 'a054dafb27a4a4fb9e06b17b30da3e0c7b13b4ca8e1dec3c6775f81758587029aa358523f2e7e62204018347db7cbd1c'],
    ],
  },
};
const CLOSE_SECONDS = 1_692_806_304;
const SEALED_CHECKPOINT = `lottery.example/2026-12-22
4
muknCXy/EfJECoETgc6TXTlgwYbVkFOVIEyruRQQlZQ=

— lottery.example/2026-12-22 ts1iSf07POQXK+quNh0IH+Yxgc+MwVuhvEYULSxfifcsyvliQ9Z2mf3f1aSLpPgM4i2x0cYlKzsRkcEcP2z/32xLgwc=
— ics.example/control dgwEbAAAAABk5iycu995gTTnm8fzPO9dk4bOO0tFTM5/VMm2ZaDT/pS8DqGjKCY2sOSqEP0J8Fihv5HkZYWLAg4aePm4ByYWuCYzCQ==
`;
const RECEIPT = `c2sp.org/tlog-proof@v1
extra djEzX63CajRf0bZrKJ4iKpu/Z/x1ABqMOd40MrGar2w=
index 1
JelMw02OfHDbFIGTdvhFbsyA6u9T6vuLqOZLQ1QF0Vw=
jJkO0MZyl2lp4pezjp7VDv2bnVjyhdvNdc1oZzpkxuM=

${SEALED_CHECKPOINT}`;

/** Checks all vectors; `tell` is told of each whether it is right. */
export async function vectors(program, tell) {
  for (const [name, { publicKey, rounds }] of Object.entries(CHAINS)) {
    for (const [round, signature] of rounds) {
      const isRight = await program.isBeacon(publicKey, round, Buffer.from(signature, 'hex'));
      tell(isRight, `vector     beacon of ${name}, round ${round}`);
    }
  }
  const [, , , , [, signature]] = CHAINS.quicknet.rounds;
  const isOther = await program.isBeacon(CHAINS.quicknet.publicKey, 1001, Buffer.from(signature, 'hex'));
  tell(!isOther, 'vector     the signature of round 1000 is not that of round 1001');
  const isOfOther = await program.isBeacon(CHAINS.walkthrough.publicKey, 1000, Buffer.from(signature, 'hex'));
  tell(!isOfOther, 'vector     the signature of one chain is not that of another');
  testDerivation(program, tell);
  await testWholeDraw(program, tell, Buffer.from(signature, 'hex'));
}

function testDerivation({ drawNumber, seedText, sha256, quicknet }, tell) {
  tell(
    quicknet.chainHash === QUICKNET,
    'vector     the chain hash of quicknet follows from its key, period and genesis',
  );
  const due = quicknet.roundSeconds(1000);
  tell(due === Date.parse('2023-08-23T15:59:24Z') / 1000, 'vector     when round 1000 of quicknet was due');
  const text = 'lottery.example/2026-12-22\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n';
  const numbers = { 1000: 5555, 123: 6406, 30662982: 2760 };
  for (const [round, signature] of CHAINS.quicknet.rounds) {
    if (numbers[round] === undefined) continue;
    const seed = sha256(seedText({ text }, QUICKNET, round, Buffer.from(signature, 'hex')));
    tell(
      drawNumber(seed).number === numbers[round],
      `vector     the number of a seed, round ${round}: ${numbers[round]}`,
    );
  }
  const words = (hex) => drawNumber(Buffer.from(hex, 'hex'));
  const last = words(`${'ffffffff'.repeat(7)}00001d96`);
  tell(last.number === 7574 && last.word === 7, 'vector     seven words are too high: the eighth is taken');
  const next = words('ffffffff'.repeat(8));
  tell(next.number === 8182 && next.word >= 8, 'vector     all eight words are too high: the next digest');
  tell(words(`ffffe37f${'00'.repeat(28)}`).word === 0, 'vector     ffffe37f is the last word that is taken');
  tell(words(`ffffe380${'00'.repeat(28)}`).word === 1, 'vector     ffffe380 is the first that is not');
}

/** The draw of two bets that is written out in the design, made again and verified. */
async function testWholeDraw(program, tell, signature) {
  const number = { kind: 'drand', chainHash: QUICKNET, round: 1000, closeSeconds: CLOSE_SECONDS, signature };
  const bets = [
    BETS[1][0],
    {
      first: 'Bruno Ezequiel',
      last: 'Saavedra',
      document: '21689196',
      birthdate: '2000-05-10',
      number: '7574',
    },
  ].map((bet, index) => (index === 0 ? { ...bet, number: '2201' } : bet));
  const events = [batchOf(1, 1, [1, 2], bets), finishOf(1), SEAL, { kind: 'result' }];
  const draw = makeDraw({ number, agencies: 1, events, numberOf: (seed) => program.drawNumber(seed).number });
  tell(draw.checkpoint(4) === SEALED_CHECKPOINT, 'vector     the sealed checkpoint, byte for byte');
  tell(draw.receipt(1, saltOf(1, 1), 4).toString() === RECEIPT, 'vector     the receipt, byte for byte');
  const seed = 'ab2b3f202a4cebd0ca259a42ba394b080fec46acfb62c07c6e3a86dcb73b5083';
  tell(
    draw.seed.toString('hex') === seed && draw.number === 8144,
    'vector     the seed, and the number 8144',
  );
  const policy =
    'log lottery.example/2026-12-22+b6cd6249+AZJzCPU9Z2VQPStkwQOrWqRyBqs5UCz+j5hEL9tUMQC3\n' +
    'witness ics ics.example/control+760c046c+BHcsikQrfbBuFmz7wcy8vN5vPrp2pOmO8//FGVAiN9bv\nquorum ics\n';
  const { exitCode } = await program.verifyDraw(
    {
      policy: program.parsePolicy(Buffer.from(policy)),
      bundle: { read: (path) => draw.files.get(path), list: () => [...draw.files.keys()] },
      agency: 1,
      bets: [
        Buffer.from(
          'Renata Isabel,Ibáñez,31204458,1987-03-17,2201\nBruno Ezequiel,Saavedra,21689196,2000-05-10,7574\n',
        ),
      ],
      // This service puts the chain before the batch behind the salt: zeros for the first one.
      receipts: { read: () => draw.receiptsOf(1).get('1.tlog-proof'), list: () => ['1.tlog-proof'] },
    },
    () => undefined,
  );
  // The one receipt opens the batch, but not the commitment to the winners, of which there are none.
  tell(exitCode === 3, 'vector     the draw from end to end, with the beacon of quicknet');
}
