import type { Codec } from './codec.js';

export type Checks = ReturnType<NonNullable<Codec['checks']>>;

/** A check that holds for NULL too. */
export function check(column: string, code: string, message: string, condition: string): Checks[number] {
  return { code, message, condition: `${column} IS NULL OR (${condition})` };
}

/** What a value of another class would be told by PostgreSQL: it can't even read it. */
export function classCheck(column: string, typeName: string, storageClass: string): Checks[number] {
  return check(column, '22P02', `invalid input syntax for type ${typeName}`, `typeof(${column}) = '${storageClass}'`);
}
