import { DataTypes } from 'sequelize';
import type { DatabaseInstance } from '../databases/database.js';
import { internalsOf, type AttributeInternals, type ModelInternals } from '../sequelize-internals.js';
import type { Engine } from '../words.js';

/** The type as the program gave it, for each type object that a dialect made of it. */
const givenTypes = new WeakMap<object, object>();
/** The model that each attribute definition with an accessor belongs to. */
const owners = new WeakMap<object, object>();

/**
 * Answers with the type object of one instance's dialect.
 *
 * Types drive escaping, binding, validation and parsing, so a type that one dialect made must not reach the other: whatever
 * comes in is led back to the type that the program gave.
 */
export function typeFor(instance: DatabaseInstance, type: unknown): unknown {
  const given = givenType(type);
  const made = internalsOf(instance.sequelize).normalizeDataType(copyForNormalizing(given));
  if (isObject(made)) givenTypes.set(made, given);
  return made;
}

/** Keeps the values of an ENUM that were given beside its type, so that the other dialect's type knows them too. */
export function rememberEnumValues(attribute: unknown): void {
  if (!isObject(attribute)) return;
  const { type, values } = attribute as { type?: unknown; values?: unknown };
  if (!(type instanceof DataTypes.ENUM) || !Array.isArray(values)) return;
  const given = givenType(type) as { values: unknown; options: { values: unknown } };
  given.values = values;
  given.options.values = values;
}

/** Gives a model copies of the definitions that it was handed: the program may use them for another model, or another Sequelize. */
export function ownAttributes(model: ModelInternals): void {
  for (const [name, attribute] of Object.entries(model.rawAttributes)) {
    if (owners.get(attribute) !== model) model.rawAttributes[name] = { ...attribute };
  }
}

/** Makes each attribute's `type`, and what it does to values as they are set, answer for the running unit's dialect. */
export function bindAttributeTypes(model: ModelInternals, currentInstance: () => DatabaseInstance): void {
  for (const attribute of Object.values(model.rawAttributes)) {
    if (owners.has(attribute)) continue;
    owners.set(attribute, model);
    bindType(attribute, currentInstance);
  }
  bindValueRules(model, '_dataTypeSanitizers', '_sanitize', currentInstance);
  bindValueRules(model, '_dataTypeChanges', '_isChanged', currentInstance);
}

type ValueRule = (this: unknown, value: unknown, other?: unknown, options?: unknown) => unknown;

/**
 * `refreshAttributes` keeps the functions of the dialect of the moment (lib/model.js of sequelize 6.37.8).
 *
 * They are called for each value of each row that is read, so each engine's function is looked up once.
 */
function bindValueRules(
  model: ModelInternals,
  table: '_dataTypeSanitizers' | '_dataTypeChanges',
  rule: '_sanitize' | '_isChanged',
  currentInstance: () => DatabaseInstance,
): void {
  const rules = (model as unknown as Record<string, Record<string, ValueRule>>)[table] ?? {};
  for (const [name, kept] of Object.entries(rules)) {
    const attribute = model.rawAttributes[name];
    const known: Partial<Record<Engine, ValueRule>> = {};
    const isDate = attribute?.type instanceof DataTypes.DATE || attribute?.type instanceof DataTypes.DATEONLY;
    rules[name] = function (value, other, options) {
      // Dates of a row that is read stay as its query parsed them, in each dialect (lib/data-types.js of sequelize 6.37.8).
      if (isDate && (other as { raw?: boolean } | undefined)?.raw === true) return kept.call(this, value, other, options);
      const apply = (known[currentInstance().engine] ??=
        (attribute?.type as Record<string, ValueRule | undefined> | undefined)?.[rule] ?? kept);
      return apply.call(this, value, other, options);
    };
  }
}

function bindType(attribute: AttributeInternals, currentInstance: () => DatabaseInstance): void {
  let given = givenType(attribute.type);
  let types: Partial<Record<Engine, unknown>> = {};
  Object.defineProperty(attribute, 'type', {
    enumerable: true,
    configurable: true,
    get: () => {
      const instance = currentInstance();
      return (types[instance.engine] ??= typeFor(instance, given));
    },
    set: (type: unknown) => {
      if (givenType(type) === given) return;
      given = givenType(type);
      types = {};
    },
  });
}

function givenType(type: unknown): object {
  const value = typeof type === 'function' ? new (type as new () => object)() : type;
  return isObject(value) ? (givenTypes.get(value) ?? value) : (value as object);
}

/** `normalizeDataType` writes the dialect's element type into an ARRAY that it was handed (lib/sequelize.js), so it gets a copy. */
function copyForNormalizing(type: object): unknown {
  if (!(type instanceof DataTypes.ARRAY)) return type;
  const { type: element } = type as unknown as { type?: object };
  const copy = Object.create(Object.getPrototypeOf(type) as object, Object.getOwnPropertyDescriptors(type)) as { type: unknown };
  copy.type = element === undefined ? element : copyForNormalizing(givenType(element));
  return copy;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
