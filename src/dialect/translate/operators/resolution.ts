import type { PgType, TypeKey } from '../../types/pg-type.js';
import { categoryOf, isImplicit, isPreferred } from '../common-type.js';
import { OPERATORS_OF_POSTGRES } from './signatures-of-postgres.js';

/** What PostgreSQL finds for an operator and its operands. */
export type Resolution = 'found' | 'missing' | 'ambiguous';

/** The declared types of one operator, by their names in pg_type. */
type Signature = readonly string[];

/** Which operator PostgreSQL would choose (`func_select_candidate` of src/backend/parser/parse_func.c). One operand of a prefix operator. */
export function resolvedOperator(name: string, operands: readonly PgType[]): Resolution {
  const signatures = signaturesOf(name).filter((signature) => signature.length === operands.length);
  if (isExact(signatures, operands)) return 'found';
  const candidates = signatures.filter((signature) => accepts(signature, operands));
  if (candidates.length < 2) return candidates.length === 1 ? 'found' : 'missing';
  const exact = withMost(candidates, (signature) => count(operands, (type, index) => signature[index] === type.key));
  const preferred = withMost(exact, (signature) => count(operands, (type, index) => isPreferredFor(type, signature[index] ?? '')));
  if (preferred.length === 1 || isOneByCategory(preferred, operands)) return 'found';
  return 'ambiguous';
}

function signaturesOf(name: string): readonly Signature[] {
  const list = Object.hasOwn(OPERATORS_OF_POSTGRES, name) ? OPERATORS_OF_POSTGRES[name] : undefined;
  return (list?.split(' ') ?? []).map((entry) => {
    if (entry.startsWith(':')) return [entry.slice(1)];
    return entry.includes(':') ? entry.split(':') : [entry, entry];
  });
}

/** A literal beside a value is of its type, if there is such an operator. */
function isExact(signatures: readonly Signature[], operands: readonly PgType[]): boolean {
  const known = operands.filter(({ key }) => key !== 'unknown');
  const [only] = known;
  if (!only) return false;
  const keys = operands.map(({ key }) => (key === 'unknown' ? only.key : key));
  return signatures.some((signature) => signature.every((declared, index) => declared === keys[index]));
}

function count(operands: readonly PgType[], test: (type: PgType, index: number) => boolean): number {
  return operands.filter((type, index) => type.key !== 'unknown' && test(type, index)).length;
}

function withMost(candidates: readonly Signature[], points: (signature: Signature) => number): readonly Signature[] {
  const most = Math.max(...candidates.map(points));
  return candidates.filter((signature) => points(signature) === most);
}

function isPreferredFor(type: PgType, declared: string): boolean {
  return declared === type.key || (categoryOfName(declared) === categoryOf(type) && isPreferred(declared));
}

/** Types that only PostgreSQL has, and the pseudo types. */
const OTHER_CATEGORIES: Readonly<Record<string, string>> = {
  ...Object.fromEntries('box circle line lseg path point polygon'.split(' ').map((name) => [name, 'G'])),
  money: 'N',
  varbit: 'V',
  bit: 'V',
  char: 'Z',
  _text: 'A',
  _aclitem: 'A',
  oidvector: 'A',
};

function categoryOfName(declared: string): string {
  return OTHER_CATEGORIES[declared] ?? (declared.startsWith('any') ? 'P' : categoryOf({ key: declared as TypeKey }));
}

/** Where literals leave several: a string is preferred, else all must be of one category, and then its preferred type. */
function isOneByCategory(candidates: readonly Signature[], operands: readonly PgType[]): boolean {
  const unknown = operands.flatMap(({ key }, index) => (key === 'unknown' ? [index] : []));
  if (unknown.length === 0) return false;
  const kept = unknown.reduce<readonly Signature[] | undefined>(
    (left, index) => left && ofOneCategory(left, candidates, index),
    candidates,
  );
  if (kept?.length === 1) return true;
  return isOneByKnownType(kept?.length ? kept : candidates, operands);
}

function ofOneCategory(left: readonly Signature[], all: readonly Signature[], index: number): readonly Signature[] | undefined {
  const categories = new Set(all.map((signature) => categoryOfName(signature[index] ?? '')));
  if (categories.size > 1 && !categories.has('S')) return undefined;
  const [only] = categories;
  const category = categories.has('S') ? 'S' : only;
  const ofCategory = (signature: Signature): boolean => categoryOfName(signature[index] ?? '') === category;
  const hasPreferred = all.some((signature) => ofCategory(signature) && isPreferred(signature[index] ?? ''));
  return left.filter((signature) => ofCategory(signature) && (!hasPreferred || isPreferred(signature[index] ?? '')));
}

/** The last resort: the literal is taken for the known operand's type. */
function isOneByKnownType(candidates: readonly Signature[], operands: readonly PgType[]): boolean {
  const known = operands.find(({ key }) => key !== 'unknown');
  if (!known) return false;
  return candidates.filter((signature) => signature.every((declared) => isTaken(known, declared))).length === 1;
}

function accepts(signature: Signature, operands: readonly PgType[]): boolean {
  return operands.every((type, index) => isTaken(type, signature[index] ?? '')) && isConsistent(signature, operands);
}

const REGISTERED = new Set(
  'regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype'.split(' '),
);

function isTaken(type: PgType, declared: string): boolean {
  const { key } = type;
  if (key === 'unknown' || key === declared) return true;
  if (declared.startsWith('any')) return isPolymorphic(type, declared);
  if (declared.startsWith('_')) return key === 'array' && `_${type.element?.key}` === declared;
  if (REGISTERED.has(declared) && ['int2', 'int4', 'int8', 'oid'].includes(key)) return true;
  return isImplicit(type, { key: declared as TypeKey });
}

function isPolymorphic({ key }: PgType, declared: string): boolean {
  const kind = declared.replace(/^any(?:compatible)?/, '');
  switch (kind) {
    case 'array':
      return key === 'array';
    case 'range':
      return key.endsWith('range');
    case 'multirange':
      return false;
    case 'enum':
      return key === 'enum';
    case 'nonarray':
      return key !== 'array';
    default:
      return true;
  }
}

const SUBTYPES: Partial<Record<TypeKey, TypeKey>> = {
  int4range: 'int4',
  int8range: 'int8',
  numrange: 'numeric',
  tsrange: 'timestamp',
  tstzrange: 'timestamptz',
  daterange: 'date',
};

/** Polymorphic operands belong together: two arrays of one type, a range and a value of its subtype. */
function isConsistent(signature: Signature, operands: readonly PgType[]): boolean {
  const [left, right] = operands.filter((type, index) => type.key !== 'unknown' && signature[index]?.startsWith('any'));
  if (!left || !right) return true;
  const compatible = signature[0]?.startsWith('anycompatible') ?? false;
  const [a, b] = [memberOf(left, signature[0] ?? ''), memberOf(right, signature[1] ?? '')];
  if (!a || !b) return true;
  return a.key === b.key || (compatible && categoryOf(a) === categoryOf(b));
}

function memberOf(type: PgType, declared: string): PgType | undefined {
  if (declared.endsWith('array') && !declared.endsWith('nonarray')) return type.element;
  const subtype = SUBTYPES[type.key];
  return declared.endsWith('range') && subtype ? { key: subtype } : type;
}
