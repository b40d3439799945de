import { enumValues } from './attributes.js';
import type { NamedTable } from './arguments.js';
import { typeKey } from './dialect-types.js';
import type { Attribute, Attributes } from './generator.js';
import { quotedName } from './quoted-table.js';
import type { Relation } from './relation.js';
import { SchemaChangeError } from './schema-change.js';
import { learnTypes, rows, run, type Step } from './step.js';
import { enumLabels, type EnumType } from './stored-columns.js';

/** A PostgreSQL enum by its place. */
type TypeName = Pick<EnumType, 'schema' | 'name'>;

export const quotedType = ({ schema, name }: TypeName): string => `${quotedName(schema)}.${quotedName(name)}`;

/**
 * Makes the types of a table's ENUM columns, which Sequelize names `enum_<table>_<column>`, and answers the columns with those as their types:
 * where the labels are in the statement, Sequelize takes words in them for its own (`SERIAL`). A type of other labels that no column has
 * is made anew: Sequelize leaves the types of columns and tables that it drops.
 *
 * @throws SchemaChangeError where there is one of other labels in use
 */
export async function withEnumTypes(step: Step, table: NamedTable['forSequelize'], attributes: Attributes): Promise<Attributes> {
  if (step.engine === 'sqlite') return attributes;
  let made = false;
  const typed: Record<string, Attribute> = { ...attributes };
  for (const [name, attribute] of Object.entries(attributes)) {
    const values = enumValues(attribute);
    if (values === undefined) continue;
    const type = typeNamed(step.generator.pgEnumName(table, attribute.field ?? name));
    made = (await makeEnumType(step, type, values)) || made;
    typed[name] = { ...attribute, type: `${quotedType(type)}${typeKey(attribute.type) === 'ARRAY' ? '[]' : ''}` };
  }
  if (made && !step.isTrial) await learnTypes(step);
  return typed;
}

async function makeEnumType(step: Step, type: TypeName, values: readonly string[]): Promise<boolean> {
  const stored = (await enumLabels(step, type.schema)).get(type.name);
  if (stored !== undefined) {
    if (stored.length === values.length && stored.every((label, index) => label === values[index])) return false;
    const [user] = await columnsOfType(step, type);
    if (user !== undefined) {
      const reason = `it is there with the values ${stored.join(', ')}, and ${user} has it; asked for were ${values.join(', ')}`;
      throw new SchemaChangeError(`type ${quotedType(type)}`, reason, 'Change its values with replaceEnumValuesSafe().');
    }
    await run(step, `DROP TYPE ${quotedType(type)}`);
  }
  await createEnumType(step, type, values);
  return true;
}

export async function createEnumType(step: Step, type: TypeName, values: readonly string[]): Promise<void> {
  await run(step, `CREATE TYPE ${quotedType(type)} AS ENUM (${values.map((value) => step.sequelize.escape(value)).join(', ')})`);
}

/** Drops the types that Sequelize has made for columns of this table, where no column has them any more. */
export async function dropUnusedTypes(step: Step, table: Relation, types: readonly EnumType[]): Promise<string[]> {
  const dropped: string[] = [];
  for (const type of types) {
    if (!type.name.startsWith(`enum_${table.name}_`) || (await columnsOfType(step, type)).length > 0) continue;
    await run(step, `DROP TYPE ${quotedType(type)}`);
    dropped.push(`dropped type ${quotedType(type)}`);
  }
  return dropped;
}

/** Which columns have this type, or arrays of it. */
export async function columnsOfType(step: Step, { schema, name }: TypeName): Promise<string[]> {
  const found = await rows<{ column: string }>(
    step,
    `SELECT table_schema || '.' || table_name || '.' || column_name AS "column" FROM information_schema.columns
      WHERE udt_schema = :schema AND udt_name = :name OR udt_schema IN (:schema, 'pg_catalog') AND udt_name = :arrayName`,
    { schema, name, arrayName: `_${name}` },
  );
  return found.map(({ column }) => column);
}

/** Reads `"schema"."name"`. */
function typeNamed(quotedTypeName: string): TypeName {
  const [schema = 'public', name = ''] = [...quotedTypeName.matchAll(/"((?:[^"]|"")*)"/g)].map(([, part = '']) =>
    part.replaceAll('""', '"'),
  );
  return { schema, name };
}
