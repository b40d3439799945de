import type { Stored } from '../../types/codec.js';
import { coerce, refuseResult } from '../coerce.js';
import { isInteger } from '../same-type.js';
import type { FunctionRule, Rules } from '../typed.js';
import { aggregateCall } from './aggregate-call.js';
import { notUnique } from './aggregate-refusals.js';

type Join = (left: bigint, right: bigint) => bigint;

/** SQLite joins bits of two numbers, not of many: JavaScript does. */
function ofBits(name: string, join: Join): FunctionRule {
  return ([argument, ...more], context, call, scope) => {
    if (!argument || more.length > 0) return undefined;
    refuseResult(argument);
    if (argument.type.key === 'unknown') throw notUnique(name);
    if (!isInteger(argument.type) || argument.type.key === 'oid') return undefined;
    const { sql, type } = coerce(argument, argument.type, context);
    return {
      sql: aggregateCall('group_concat', sql, call, scope, context),
      type,
      decode: (stored) => joined(stored, join),
      onlyAsResult: `${name}() in a further expression`,
    };
  };
}

function joined(stored: Stored, join: Join): string | null {
  return stored === null ? null : String(String(stored).split(',').map(BigInt).reduce(join));
}

export const rules: NonNullable<Rules['functions']> = {
  bit_and: [ofBits('bit_and', (left, right) => left & right)],
  bit_or: [ofBits('bit_or', (left, right) => left | right)],
  bit_xor: [ofBits('bit_xor', (left, right) => left ^ right)],
};
