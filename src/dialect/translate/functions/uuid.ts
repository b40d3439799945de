import { coerce } from '../coerce.js';
import { raiseSql } from '../raise.js';
import type { FunctionRule, Rules } from '../typed.js';

/** Version 4, variant 1; SQLite calls it anew for each row. */
const RANDOM_UUID =
  "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || " +
  "substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))";

const randomUuid: FunctionRule = (args) => (args.length === 0 ? { sql: RANDOM_UUID, type: { key: 'uuid' } } : undefined);

/** pgcrypto's; SQLite calls it anew for each row. */
const randomBytes: FunctionRule = ([count, ...more], context) => {
  if (!count || more.length > 0) return undefined;
  const { sql } = coerce(count, { key: 'int4' }, context, 'implicit');
  const checked = `CASE WHEN ${sql} BETWEEN 1 AND 1024 THEN ${sql} ELSE ${raiseSql('39000', 'Length not in range')} END`;
  return { sql: `randomblob(${checked})`, type: { key: 'bytea' } };
};

export const rules: Rules = {
  functions: {
    gen_random_uuid: [randomUuid],
    uuid_generate_v4: [randomUuid],
    gen_random_bytes: [randomBytes],
  },
};
