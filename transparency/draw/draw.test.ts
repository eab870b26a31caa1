/** The example that is worked out from the first secret to the number, and the edges of the reduction. */
import { leafHash, sha256 } from '../tree/hash';
import {
  agencySaltKey,
  batchDigest,
  batchSalt,
  commitment,
  FIRST_CHAIN,
  nextChain,
  winnersCommitment,
} from './commitments';
import { batchEntry, finishEntry, resultEntry, sealEntry, termsEntry } from './entries';
import { numberOf, seedText } from './number';
import { agenciesTable, numbersTable, winnersTable } from './tables';

const SECRET = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const TEXT = Buffer.from(
  '1,1,Renata Isabel,Ibáñez,31204458,1987-03-17,2201;1,2,Bruno Ezequiel,Saavedra,21689196,2000-05-10,7574',
);
const BATCH = { agency: 1, batchId: 1, bets: 2, lastBetId: 2 };
const ORIGIN = 'lottery.example/2026-12-22';
const CHAIN_HASH = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971';

const digest = batchDigest(BATCH, TEXT);
const agencyKey = agencySaltKey(SECRET, 1);
const salt = batchSalt(agencyKey, 1);
const committed = commitment(salt, digest);
const chain = nextChain(FIRST_CHAIN, committed);
const counts = new Uint32Array(10_000);
counts[2201] = 1;
counts[7574] = 1;
const agencies = agenciesTable([{ agency: 1, batches: 1, bets: 2, isFinished: true, chain }]);

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('a batch is committed to', () => {
  expect(TEXT).toHaveLength(104);
  expect([digest, agencyKey, salt, committed, chain].map(hexOf)).toEqual([
    'f040a3f2394c9ba7a69890cd3fe18e8776cb04f9629b20eec6939d5c2de56ce8',
    '77cd61c73f22492130f474c3661fc2ab2df0adc45b3eb6a257d84b2d9b8085fe',
    '7631335fadc26a345fd1b66b289e222a9bbf67fc75001a8c39de3432b19aaf6c',
    'ee6bc79ac3dc8d5ea7b61465b4aefff6e7ecbb0d4b65099e9963316354fb4395',
    'afc2e73173220340076f37ebb8dbbb2e9ee30c9ae1d465585f33986f846e3b52',
  ]);
});

test('the same bets in another batch, or for another agency, have another commitment', () => {
  const others = [
    commitment(batchSalt(agencyKey, 2), digest),
    commitment(batchSalt(agencySaltKey(SECRET, 2), 1), digest),
  ];
  expect(new Set([committed, ...others].map(hexOf)).size).toBe(3);
});

test('the leaves are those of the example', () => {
  const entries = [
    termsEntry({
      origin: ORIGIN,
      agencies: 1,
      number: { kind: 'drand', chainHash: CHAIN_HASH, round: 1000 },
      closeAtSeconds: 1692806304,
    }),
    batchEntry({ ...BATCH, batchesSoFar: 1, betsSoFar: 2, commitment: committed, chain }),
    finishEntry({ agency: 1, batches: 1, bets: 2, chain }),
    sealEntry({
      batches: 1,
      bets: 2,
      agenciesHash: sha256(agencies),
      numbersHash: sha256(numbersTable(counts)),
      missingAgencies: [],
    }),
  ];
  expect(entries.map((entry) => hexOf(leafHash(entry)))).toEqual([
    '25e94cc34d8e7c70db14819376f8456ecc80eaef53eafb8ba8e64b435405d15c',
    '7f585c167bd6038429d36eebc74216585f9b599c24e7cb6a9dda3243af673861',
    'aa3507edfbf8ac3ae5cbaffec9737b008bba5f4a0a26563a0b915341540c5b00',
    '738fb8c8d590620f80ef2bd295fa8e2553cc8c158dab5c14950cc261d110e700',
  ]);
});

test('other leaves and tables have their forms', () => {
  expect(termsEntry({ origin: ORIGIN, agencies: 5, number: { kind: 'fixed', number: 74 } }).toString()).toBe(
    `lottery-terms/v1\norigin ${ORIGIN}\nagencies 5\nnumber fixed 74\n`,
  );
  expect(
    termsEntry({
      origin: ORIGIN,
      agencies: 5,
      number: { kind: 'entered' },
      policyHash: Buffer.alloc(2, 0xab),
    }).toString(),
  ).toBe(`lottery-terms/v1\norigin ${ORIGIN}\nagencies 5\nnumber entered\npolicy abab\n`);
  expect(
    resultEntry({
      source: { kind: 'fixed' },
      number: 7574,
      winners: 3,
      agenciesHash: Buffer.of(1, 2),
    }).toString(),
  ).toBe('lottery-result/v1\nfixed\nnumber 7574\nwinners 3\nagencies 0102\n');
  expect(
    resultEntry({
      source: { kind: 'beacon', round: 9, signature: Buffer.of(0xb4), seed: Buffer.of(0xab) },
      number: 8144,
      winners: 0,
      agenciesHash: Buffer.of(1),
    }).toString(),
  ).toBe('lottery-result/v1\nbeacon 9 b4\nseed ab\nnumber 8144\nwinners 0\nagencies 01\n');
  expect(resultEntry(undefined).toString()).toBe('lottery-result/v1\ncalled-off\n');
  const zeros = FIRST_CHAIN.toString('base64');
  expect(
    agenciesTable([{ agency: 3, batches: 0, bets: 0, isFinished: false, chain: FIRST_CHAIN }]).toString(),
  ).toBe(`3 0 0 missing ${zeros}\n`);
  expect(winnersTable([{ agency: 3, winners: 0, commitment: FIRST_CHAIN }]).toString()).toBe(
    `3 0 ${zeros}\n`,
  );
  expect(winnersCommitment(agencyKey, '1,2')).not.toEqual(winnersCommitment(agencyKey, '1'));
});

test('the number follows from the seal and the beacon', () => {
  const sealedText = `${ORIGIN}\n4\nmuknCXy/EfJECoETgc6TXTlgwYbVkFOVIEyruRQQlZQ=\n`;
  const signature = Buffer.from(
    'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
    'hex',
  );
  const seed = sha256(Buffer.from(seedText({ sealedText, chainHash: CHAIN_HASH, round: 1000, signature })));
  expect(hexOf(seed)).toBe('ab2b3f202a4cebd0ca259a42ba394b080fec46acfb62c07c6e3a86dcb73b5083');
  expect(numberOf(seed)).toBe(8144);
});

test.each([
  ['the last word counts', 'ffffffff'.repeat(7) + '00001d96', 7574],
  ['no word counts, and the digest is hashed again', 'ffffffff'.repeat(8), 8182],
  ['the last word that is taken', 'ffffe37f' + '00'.repeat(28), 9999],
  ['the first word that is not', 'ffffe380' + '00'.repeat(27) + '05', 0],
])('%s', (_, digestHex, number) => {
  expect(numberOf(Buffer.from(digestHex, 'hex'))).toBe(number);
});
