import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { dimensions } from './array-sql.js';

/** SQL: a word for the lengths of an array's dimensions: `:;` of NULL, `:0;` of the empty one. */
export function shapeOf(array: string): string {
  const lengths = ['$', '$[0]', '$[0][0]', '$[0][0][0]', '$[0][0][0][0]'].map(
    (path) => `ifnull(json_array_length(${array}, '${path}'), '')`,
  );
  const size = `${dimensions(array)} || iif(${array} = '[]', '', 'x' || ${lengths.join(` || 'x' || `)})`;
  return `(':' || iif(${array} IS NULL, '', ${size}) || ';')`;
}

/**
 * SQL: the array made of arrays, which must have the same lengths. PostgreSQL tells what is wrong first (accumArrayResultArr in
 * src/backend/utils/adt/arrayfuncs.c); `shapes` are those of the arrays in the same order, with commas.
 */
export function sameShapes(arrays: string, shapes: string): string {
  return repeated([arrays, shapes], (all = '', found = '') => {
    const first = `substr(${found}, 1, instr(${found}, ';'))`;
    const others = `ltrim(replace(${found}, ${first}, ''), ',')`;
    return (
      `CASE WHEN ${first} = ':;' OR ${first} <> ':0;' AND ${others} GLOB ':;*' THEN ${raiseSql('22004', 'cannot accumulate null arrays')}` +
      ` WHEN ${first} = ':0;' THEN ${raiseSql('2202E', 'cannot accumulate empty arrays')}` +
      ` WHEN ${others} <> '' THEN ${raiseSql('2202E', 'cannot accumulate arrays of different dimensionality')}` +
      ` ELSE ${all} END`
    );
  });
}

export const MISMATCH = ['2202E', 'multidimensional arrays must have array expressions with matching dimensions'] as const;

/** SQL: `ARRAY[x, y]` of arrays: all as long as one another, or all without elements, which gives the empty array. */
export function constructedOfArrays(array: string): string {
  return repeated([array], (all = '') => {
    const shape = `iif(e.type = 'array', ${shapeOf('e.value')}, ':0;')`;
    const shapes = `SELECT CASE WHEN max(s) <> min(s) THEN ${raiseSql(...MISMATCH)} WHEN max(s) = ':0;' THEN '[]' ELSE ${all} END`;
    return `(${shapes} FROM (SELECT ${shape} AS s FROM json_each(${all}) AS e))`;
  });
}
