import type { Catalog } from '../../../src/dialect/catalog/catalog.js';
import type { EnumType } from '../../../src/dialect/types/pg-type.js';

/** A catalog that has enums alone. */
export function catalogOfEnums(...enums: readonly EnumType[]): Catalog {
  return {
    table: () => undefined,
    enumType: (path) => enums.find(({ schema, name }) => name === path.at(-1) && schema === (path.length > 1 ? path[0] : 'public')),
    tables: () => [],
    enums: () => enums,
    schemas: () => ['public', ...enums.map(({ schema }) => schema)],
  };
}
