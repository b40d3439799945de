import type { FunctionRule, Rules } from '../typed.js';

/** The labels of an enum's type, whatever the value is. */
const enumRange: FunctionRule = ([value, ...others], context) => {
  const type = value?.type;
  if (type?.enum === undefined || others.length > 0) return undefined;
  return { sql: context.constant(JSON.stringify(type.enum.labels)), type: { key: 'array', element: type } };
};

export const rules: Rules = { functions: { enum_range: [enumRange] } };
