/**
 * Rounds of drand chains, with SHA-256 of each signature where it is published beside it. From ChainSafe's forest
 * (src/beacon/tests/fixtures/drand_quicknet.json, at 80de541), noislabs' drand-verify (src/verify.rs, at 9a76044), thibmeu's
 * drand-rs (README.md, at 8480811) and drand-client (test/beacon-verification.test.ts), all of them under Apache-2.0 or MIT.
 */
export const CHAINS: readonly {
  readonly name: string;
  /** In hexadecimal. */
  readonly publicKey: string;
  readonly rounds: readonly (readonly [round: number, signature: string, randomness: string | undefined])[];
}[] = [
  {
    name: 'quicknet',
    publicKey:
      '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451' +
      '0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
    rounds: [
      [
        1,
        'b55e7cb2d5c613ee0b2e28d6750aabbb78c39dcc96bd9d38c2c2e12198df95571de8e8e402a0cc48871c7089a2b3af4b',
        '1466a6cd24e327188770752f6134001c64d6efcc590ccc26b721611ad96f165a',
      ],
      [
        2,
        'b6b6a585449b66eb12e875b64fcbab3799861a00e4dbf092d99e969a5eac57dd3f798acf61e705fe4f093db926626807',
        '5782d6987841c654515a0e72b2d1ebb4e741234042c37cb19608ae50d93fb60c',
      ],
      [
        3,
        'b3fab6df720b68cc47175f2c777e86d84187caab5770906f515ff1099cb01e4deaa027075d860823e49477b93c72bd64',
        '7ef4621ace1c6da4eb2eee7cd901f81385bca5b189771ec0f08d0d2566dd1a21',
      ],
      [
        123,
        'b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482e26cd02df835d3546d23c4b13e0dfc92',
        undefined,
      ],
      [
        1000,
        'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
        'fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd',
      ],
      [
        30662982,
        '8b3edd0d42a2fa36ac15641a2dea2e4f4895acec2ef72ef39e5b6138f0346fb6b046dde1b4b3d09ff5fe8a6a7acd674a',
        'ae76da5137c6d0a0d3b50d325948b26cc3ff1f804cd7bbca29b9250c2bfe8d67',
      ],
      [
        30662990,
        '8b2ebe176d153849d5db7f358a3a21be96f8c5d1c26ed2b530fff4419face8909d77f4ee6a211623e2432c30841411b5',
        'aac361dad26f7e5f5c2460fa905ed6d4e2bf8d21ccb67bbe5100204475b56742',
      ],
      [
        30662992,
        'b72a64269e84523a73a87db491505b6f1675dfc7f71c69026efdce3996f59ce2d1b446fc00c13beff7fcfd428053a534',
        'b21201bdbe54b1e3ca135bf319bbca22b90b8ae30944c4a6790f74267d074827',
      ],
      [
        30663002,
        'b9e7e1e3d7d9cf17a9f4703abfae4c137acfbef1fdb45715a98422c244a499ea381c7fd759851ed8eeb8a03d778959b3',
        '2a231554933f6fd70314fa470152710fac3eba10d052cab996e8f30854fa7f55',
      ],
    ],
  },
  {
    name: 'walkthrough',
    publicKey:
      '81d320f220ee9c79e60e19dedc838c31e3ab919b15481e9feb52f643628c4f6a13fdc52129493875a818109d767272ca' +
      '0541cbcdcea9335f2870d781b39b845ba8cbd44fdfe4967781cf72ca5917fc9398bcf97ca0548ed5a709016c4b1ff0f3',
    rounds: [
      [
        38,
        '95c93585c513ebbcb4777ff15599b3140e5ec0295faa0e483f3deadd88fa6d43f0d3703e3a4ce106e8fd6c6987f32126',
        'b2fc21325a24904a6a9e81a6c63f65f6cec3f0b2400df3f4a56b214770e9ccca',
      ],
    ],
  },
  {
    name: 'go-rfc',
    publicKey:
      'a1ee12542360bf75742bcade13d6134e7d5283d9eb782887c47d3d9725f05805d37b0106b7f744395bf82c175dd7434a' +
      '169e998f188a657a030d588892c0cd2c01f996aaf331c4d8bc5b9734bbe261d09e7d2d39ef88b635077f262bd7bbb30f',
    rounds: [
      [
        3,
        'b98dae74f6a9d2ec79d75ba273dcfda86a45d589412860eb4c0fd056b00654dbf667c1b6884987c9aee0d43f8ba9db52',
        '9e9829dfb34bd8db3e21c28e13aefecd86e007ebd19d6bb8a5cee99c0a34798f',
      ],
      [
        4,
        '962c2b2969e8f3351cf5cc457b04ecbf0c65bd79f4c1ee3bd0205f581368aaaa0cdeb1531a0709d39ef06a8ba1e1bb93',
        undefined,
      ],
      [
        6,
        'a054dafb27a4a4fb9e06b17b30da3e0c7b13b4ca8e1dec3c6775f81758587029aa358523f2e7e62204018347db7cbd1c',
        undefined,
      ],
    ],
  },
];
