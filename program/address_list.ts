/** Lists of addresses and networks, as people write them. */
import { BlockList, isIP } from 'node:net';

/** What is allowed, in words. */
export const ADDRESS_LIST_FORM =
  'addresses and networks with commas between them, such as 10.0.0.0/8, 192.0.2.7, ::1';

/** Addresses of which it can be told whether they are in a list. */
export class AddressList {
  readonly #list: BlockList;

  /** @param list what is in it */
  private constructor(list: BlockList) {
    this.#list = list;
  }

  /** Reads a list. @returns `undefined` when it is not one */
  static parse(text: string): AddressList | undefined {
    const list = new BlockList();
    for (const part of text.split(',').map((each) => each.trim())) {
      const [address = '', prefix, ...more] = part.split('/');
      const version = isIP(address);
      const isMapped = version === 6 && address.toLowerCase().startsWith('::ffff:');
      if (version === 0 || isMapped || more.length > 0) return undefined;
      const bits = prefix === undefined ? undefined : bitsOf(prefix, version === 4 ? 32 : 128);
      if (prefix !== undefined && bits === undefined) return undefined;
      if (bits === undefined) list.addAddress(address, familyOf(version));
      else list.addSubnet(address, bits, familyOf(version));
    }
    return new AddressList(list);
  }

  /** Whether an address is in the list; one of IPv4 also as IPv6 writes it (`::ffff:192.0.2.7`). */
  has(address: string): boolean {
    const plain = address.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, familyOf(version));
  }
}

function bitsOf(text: string, maximum: number): number | undefined {
  const bits = /^[0-9]{1,3}$/.test(text) ? Number(text) : NaN;
  return bits <= maximum ? bits : undefined;
}

function familyOf(version: number): 'ipv4' | 'ipv6' {
  return version === 4 ? 'ipv4' : 'ipv6';
}
