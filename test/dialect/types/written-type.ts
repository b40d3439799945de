import type { Catalog } from '../../../src/dialect/catalog/catalog.js';
import type { TypeName } from '../../../src/dialect/sql/ast.js';
import type { PgType } from '../../../src/dialect/types/pg-type.js';
import { resolveTypeName } from '../../../src/dialect/types/type-names.js';
import { catalogOfEnums } from './catalog-of-enums.js';

/** The type that a spelling such as `varchar(10)`, `timestamp(3) with time zone` or `"enum_x"[]` means. */
export function writtenType(text: string, catalog: Catalog = catalogOfEnums()): PgType {
  return resolveTypeName(typeName(text), catalog);
}

function typeName(text: string): TypeName {
  const [, head = '', modifiers, tail = '', brackets = ''] = /^([^([]+)(?:\(([^)]*)\))?([^[]*)((?:\[\d*\])*)$/.exec(text) ?? [];
  return {
    path: `${head.trim()}${tail}`.split('.').map((part) => part.replaceAll('"', '')),
    modifiers: modifiers === undefined ? [] : modifiers.split(',').map((modifier) => modifier.trim()),
    dimensions: brackets.split('[').length - 1,
  };
}
