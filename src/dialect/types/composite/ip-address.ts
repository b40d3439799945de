/** An address of four or sixteen bytes and the length of its network's prefix. */
export interface IpAddress {
  readonly bytes: readonly number[];
  readonly prefix: number;
}

/** Reads an address as PostgreSQL's `inet` does: `10/8` is 10.0.0.0/8. Undefined where it is none. */
export function parseInet(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** The same for `cidr`, where a prefix that is not told comes from the address's old class. */
export function parseCidr(text: string): IpAddress | undefined {
  if (text.includes(':')) return parseIpv6(text);
  const [address = '', prefixText] = text.split('/', 2);
  const octets = readOctets(address);
  if (!octets || text.split('/').length > 2) return undefined;
  const prefix = prefixText === undefined ? classPrefix(octets) : readPrefix(prefixText, 32);
  return prefix === undefined ? undefined : { bytes: filled(octets), prefix };
}

function parseIpv4(text: string): IpAddress | undefined {
  const [address = '', prefixText, ...rest] = text.split('/');
  // A point may end the octets where PostgreSQL expects a next one.
  const octets = readOctets(address);
  if (!octets || rest.length > 0) return undefined;
  if (prefixText === undefined) return octets.length === 4 ? { bytes: octets, prefix: 32 } : undefined;
  const prefix = readPrefix(prefixText, 32);
  if (prefix === undefined || Math.floor(prefix / 8) > octets.length) return undefined;
  return { bytes: filled(octets), prefix };
}

function readOctets(text: string): number[] | undefined {
  if (!/^\d+(\.\d+){0,3}$/.test(text)) return undefined;
  const octets = text.split('.').map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

function filled(octets: readonly number[]): number[] {
  return [...octets, 0, 0, 0, 0].slice(0, 4);
}

function readPrefix(text: string, max: number): number | undefined {
  return /^\d+$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}

function classPrefix(octets: readonly number[]): number {
  const [first = 0] = octets;
  const told = octets.length * 8;
  if (first >= 240) return 32;
  if (first >= 224) return Math.max(8, told) === 8 && first === 224 ? 4 : Math.max(8, told);
  if (first >= 192) return Math.max(24, told);
  return Math.max(first >= 128 ? 16 : 8, told);
}

function parseIpv6(text: string): IpAddress | undefined {
  const [address = '', prefixText, ...rest] = text.split('/');
  const prefix = prefixText === undefined ? 128 : readPrefix(prefixText, 128);
  if (prefix === undefined || rest.length > 0 || (prefixText !== undefined && /^0\d/.test(prefixText))) return undefined;
  const [head = '', tail, ...more] = address.split('::');
  if (more.length > 0) return undefined;
  const before = readGroups(head);
  const after = tail === undefined ? [] : readGroups(tail);
  if (!before || !after || (tail !== undefined && head.includes('.'))) return undefined;
  const missing = 16 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return { bytes: [...before, ...new Array<number>(missing).fill(0), ...after], prefix };
}

function readGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const last = groups.at(-1) ?? '';
  const octets = last.includes('.') ? readOctets(last) : undefined;
  if (last.includes('.') && !octets) return undefined;
  const words = octets ? groups.slice(0, -1) : groups;
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  return [...words.flatMap((word) => [parseInt(word, 16) >> 8, parseInt(word, 16) & 255]), ...(octets ? filled(octets) : [])];
}

/** The address without its prefix, as PostgreSQL writes it. */
export function printAddress(bytes: readonly number[]): string {
  return bytes.length === 4 ? bytes.join('.') : printIpv6(bytes);
}

function printIpv6(bytes: readonly number[]): string {
  const words = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  const zeros = longestZeros(words);
  const isEmbedded = zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && words[5] === 0xffff));
  if (isEmbedded) return `::${zeros.length === 5 ? 'ffff:' : ''}${bytes.slice(12).join('.')}`;
  const groups = (from: number, to: number): string =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':');
  if (zeros.length < 2) return groups(0, 8);
  return `${groups(0, zeros.start)}::${groups(zeros.start + zeros.length, 8)}`;
}

function longestZeros(words: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: -1, length: 0 };
  for (let start = 0; start < words.length; start++) {
    let length = 0;
    while (words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** The address with all bits behind the prefix cleared. */
export function networkOf({ bytes, prefix }: IpAddress): number[] {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix - index * 8));
    return byte & ((0xff << (8 - kept)) & 0xff);
  });
}
