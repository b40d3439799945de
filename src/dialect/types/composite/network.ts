import { PgError } from '../../pg-error.js';
import type { Codec, Stored } from '../codec.js';
import type { PgType } from '../pg-type.js';
import { invalidInput } from './invalid-input.js';
import { type IpAddress, networkOf, parseCidr, parseInet, printAddress } from './ip-address.js';

/*
 * Stored so that the text's order is PostgreSQL's: the family (4 or 6), the network in hexadecimal digits, the prefix in three digits, the
 * address. In SQL the parts are at fixed places: `networkParts`.
 */

export function inetCodec(type: PgType): Codec {
  return {
    type,
    affinity: 'TEXT',
    input: (text) => {
      const address = parseInet(text);
      if (!address) throw invalidInput('inet', text);
      return storedAddress(address);
    },
    output: (stored) => inetText(stored),
    toJs: (stored) => inetText(stored),
  };
}

export function cidrCodec(type: PgType): Codec {
  const output = (stored: Exclude<Stored, null>): string => {
    const { bytes, prefix } = readAddress(String(stored));
    return `${printAddress(bytes)}/${prefix}`;
  };
  return {
    type,
    affinity: 'TEXT',
    input: (text) => {
      const address = parseCidr(text);
      if (!address) throw invalidInput('cidr', text);
      if (networkOf(address).join() !== address.bytes.join()) {
        throw new PgError('22P02', `invalid cidr value: "${text}"`, { detail: 'Value has bits set to right of mask.' });
      }
      return storedAddress(address);
    },
    output,
    toJs: output,
  };
}

function inetText(stored: Exclude<Stored, null>): string {
  const { bytes, prefix } = readAddress(String(stored));
  return prefix === bytes.length * 8 ? printAddress(bytes) : `${printAddress(bytes)}/${prefix}`;
}

export function storedAddress(address: IpAddress): string {
  const family = address.bytes.length === 4 ? '4' : '6';
  return `${family}${hex(networkOf(address))}${String(address.prefix).padStart(3, '0')}${hex(address.bytes)}`;
}

function readAddress(stored: string): IpAddress {
  const digits = stored.startsWith('4') ? 8 : 32;
  return { prefix: Number(stored.slice(1 + digits, 4 + digits)), bytes: [...Buffer.from(stored.slice(4 + digits), 'hex')] };
}

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('hex');
}

/** SQL of the parts of a stored address. */
export function networkParts(sql: string): { readonly family: string; readonly address: string; readonly prefix: string } {
  const digits = `iif(substr(${sql}, 1, 1) = '4', 8, 32)`;
  return {
    family: `substr(${sql}, 1, 1)`,
    prefix: `CAST(substr(${sql}, 2 + ${digits}, 3) AS INTEGER)`,
    address: `substr(${sql}, 5 + ${digits})`,
  };
}
