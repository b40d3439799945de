import { networkParts } from '../../types/composite/network.js';
import { repeated } from '../repeated.js';

/** PostgreSQL's `inet::text` and `cidr::text`, which always have the prefix. */
export function networkText(sql: string): string {
  return repeated([sql], (x = '') => {
    const { family, address, prefix } = networkParts(x);
    return `iif(${x} IS NULL, NULL, iif(${family} = '4', ${dotted(address, 0)}, ${groupsText(address)}) || '/' || ${prefix})`;
  });
}

/** Four bytes in decimal, from a place among the hexadecimal digits. */
function dotted(hex: string, from: number): string {
  const digit = (at: number): string => `(instr('0123456789abcdef', substr(${hex}, ${from + at}, 1)) - 1)`;
  return [1, 3, 5, 7].map((at) => `(${digit(at)} * 16 + ${digit(at + 1)})`).join(` || '.' || `);
}

/** The first of the longest runs of zeros is left out; behind six of them, or five and ffff, stands an IPv4 address. */
function groupsText(hex: string): string {
  const words = Array.from({ length: 8 }, (_, index) => `ifnull(nullif(ltrim(substr(${hex}, ${index * 4 + 1}, 4), '0'), ''), '0')`);
  const runs = [8, 7, 6, 5, 4, 3, 2].map((length) => `:${'0:'.repeat(length)}`);
  const longest = `CASE ${runs.map((run) => `WHEN instr(g, '${run}') > 0 THEN '${run}'`).join(' ')} END`;
  const isMapped = `h GLOB '${'0'.repeat(20)}ffff*'`;
  const isEmbedded = `(r = ':0:0:0:0:0:0:' AND g GLOB ':0:0:0:0:0:0:*')`;
  const shortened = `substr(g, 2, max(0, instr(g, r) - 2)) || '::' || rtrim(substr(g, instr(g, r) + length(r)), ':')`;
  return (
    `(SELECT CASE WHEN ${isMapped} THEN '::ffff:' || ${dotted('h', 24)} WHEN ${isEmbedded} THEN '::' || ${dotted('h', 24)} ` +
    `WHEN r IS NULL THEN trim(g, ':') ELSE ${shortened} END FROM (SELECT h, g, ${longest} AS r FROM (SELECT ${hex} AS h, ':' || ${words.join(` || ':' || `)} || ':' AS g)))`
  );
}
