/** Keys and notes of tests. */
import { createPrivateKey, KeyObject } from 'node:crypto';

/** PKCS #8 of an Ed25519 key (RFC 8410), but for the seed. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The Ed25519 private key whose seed has 32 times this byte. */
export function keyOfByte(byte: number): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([PKCS8, Buffer.alloc(32, byte)]),
    format: 'der',
    type: 'pkcs8',
  });
}

/** A draw of one agency and one batch: leaves, checkpoint and receipt as they must be, byte for byte. */
export const EXAMPLE = {
  logKey: keyOfByte(0x4c),
  controlKey: keyOfByte(0x49),
  logName: 'lottery.example/2026-12-22',
  controlName: 'ics.example/control',
  logVerifierKey: 'lottery.example/2026-12-22+b6cd6249+AZJzCPU9Z2VQPStkwQOrWqRyBqs5UCz+j5hEL9tUMQC3',
  controlVerifierKey: 'ics.example/control+760c046c+BHcsikQrfbBuFmz7wcy8vN5vPrp2pOmO8//FGVAiN9bv',
  cosignedAtSeconds: 1_692_806_300,
  entries: [
    'lottery-terms/v1\norigin lottery.example/2026-12-22\nagencies 1\nnumber drand 52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971 1000\nclose 1692806304\n',
    'lottery-batch/v1\n1 1 2 2\n1 2\n7mvHmsPcjV6nthRltK7/9ufsuw1LZQmemWMxY1T7Q5U=\nr8LnMXMiA0AHbzfruNu7Lp7jDJrh1GVYXzOYb4RuO1I=\n',
    'lottery-finish/v1\n1\n1 2\nr8LnMXMiA0AHbzfruNu7Lp7jDJrh1GVYXzOYb4RuO1I=\n',
    'lottery-seal/v1\nbatches 1\nbets 2\nagencies 7fd97ee9b6a4a2f1986e1c96df0361b1ee659f36bc9ba157ac06172fe69ab733\nnumbers 4c34a8d4f95a9f03c2dd4d658c07769219651476dd7690c4b58f4b1b8b9866a7\nmissing -\n',
  ],
  leafHashes: [
    '25e94cc34d8e7c70db14819376f8456ecc80eaef53eafb8ba8e64b435405d15c',
    '7f585c167bd6038429d36eebc74216585f9b599c24e7cb6a9dda3243af673861',
    'aa3507edfbf8ac3ae5cbaffec9737b008bba5f4a0a26563a0b915341540c5b00',
    '738fb8c8d590620f80ef2bd295fa8e2553cc8c158dab5c14950cc261d110e700',
  ],
  checkpoint:
    'lottery.example/2026-12-22\n4\nmuknCXy/EfJECoETgc6TXTlgwYbVkFOVIEyruRQQlZQ=\n\n' +
    '— lottery.example/2026-12-22 ts1iSf07POQXK+quNh0IH+Yxgc+MwVuhvEYULSxfifcsyvliQ9Z2mf3f1aSLpPgM4i2x0cYlKzsRkcEcP2z/32xLgwc=\n' +
    '— ics.example/control dgwEbAAAAABk5iycu995gTTnm8fzPO9dk4bOO0tFTM5/VMm2ZaDT/pS8DqGjKCY2sOSqEP0J8Fihv5HkZYWLAg4aePm4ByYWuCYzCQ==\n',
  salt: '7631335fadc26a345fd1b66b289e222a9bbf67fc75001a8c39de3432b19aaf6c',
  receiptWithoutCheckpoint:
    'c2sp.org/tlog-proof@v1\nextra djEzX63CajRf0bZrKJ4iKpu/Z/x1ABqMOd40MrGar2w=\nindex 1\n' +
    'JelMw02OfHDbFIGTdvhFbsyA6u9T6vuLqOZLQ1QF0Vw=\njJkO0MZyl2lp4pezjp7VDv2bnVjyhdvNdc1oZzpkxuM=\n\n',
};

/** The line of a signature with its bytes, id and all, changed. */
export function withBytes(line: string, change: (bytes: Buffer) => Buffer): string {
  const [dash, name, base64] = line.trimEnd().split(' ');
  return `${dash!} ${name!} ${change(Buffer.from(base64!, 'base64')).toString('base64')}\n`;
}
