import { PgError } from '../../pg-error.js';
import type { Codec } from '../codec.js';
import type { PgType } from '../pg-type.js';

/** A row without a name, which PostgreSQL only writes: no column can have the type. */
export function recordCodec(type: PgType): Codec {
  return {
    type,
    affinity: 'TEXT',
    input: () => {
      throw new PgError('0A000', 'input of anonymous composite types is not implemented');
    },
    output: String,
    toJs: String,
  };
}
