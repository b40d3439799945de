import { networkParts } from '../../types/composite/network.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { repeated } from '../repeated.js';
import { BOOL } from '../same-type.js';
import type { OperatorRule, Rules } from '../typed.js';
import { strict } from './json-sql.js';

const INET: PgType = { key: 'inet' };

function isAddress({ key }: PgType): boolean {
  return key === 'inet' || key === 'cidr';
}

/** `x` lies in the network of `y`, by the bits of y's prefix: whole hexadecimal digits and what is left of the next one. */
function liesIn(x: string, y: string): string {
  const [a, b] = [networkParts(x), networkParts(y)];
  const digit = (address: string): string =>
    `((instr('0123456789abcdef', substr(${address}, ${b.prefix} / 4 + 1, 1)) - 1) >> (4 - ${b.prefix} % 4))`;
  const whole = `substr(${a.address}, 1, ${b.prefix} / 4) = substr(${b.address}, 1, ${b.prefix} / 4)`;
  return `(${a.family} = ${b.family} AND ${a.prefix} >= ${b.prefix} AND ${whole} AND (${b.prefix} % 4 = 0 OR ${digit(a.address)} = ${digit(b.address)}))`;
}

function longer(x: string, y: string): string {
  return `${networkParts(x).prefix} > ${networkParts(y).prefix}`;
}

const CONDITIONS: Readonly<Record<string, (x: string, y: string) => string>> = {
  '<<': (x, y) => `(${liesIn(x, y)} AND ${longer(x, y)})`,
  '<<=': liesIn,
  '>>': (x, y) => `(${liesIn(y, x)} AND ${longer(y, x)})`,
  '>>=': (x, y) => liesIn(y, x),
  '&&': (x, y) => `(${liesIn(x, y)} OR ${liesIn(y, x)})`,
};

function ofTwoAddresses(condition: (x: string, y: string) => string): OperatorRule {
  return (left, right, context) => {
    const canBe = (type: PgType): boolean => isAddress(type) || type.key === 'unknown';
    if (!(isAddress(left.type) || isAddress(right.type)) || !canBe(left.type) || !canBe(right.type)) return undefined;
    // Networks are stored as addresses are.
    const operands = [left, right].map((operand) =>
      isAddress(operand.type) && operand.pending === undefined ? operand.sql : coerce(operand, INET, context).sql,
    );
    return { sql: repeated(operands, (x = '', y = '') => strict([x, y], condition(x, y))), type: BOOL };
  };
}

export const rules: Rules = {
  operators: Object.fromEntries(Object.entries(CONDITIONS).map(([operator, condition]) => [operator, [ofTwoAddresses(condition)]])),
};
