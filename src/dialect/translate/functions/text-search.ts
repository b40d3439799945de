import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Rules } from '../typed.js';

const NAMES = (
  'to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline setweight strip numnode querytree ' +
  'tsvector_to_array array_to_tsvector ts_delete ts_filter tsquery_phrase ts_rewrite'
).split(' ');

/** PostgreSQL's parser and dictionaries are not there: `to_tsvector('fat cats')` would be other lexemes. */
export const rules: Rules = {
  functions: Object.fromEntries(
    NAMES.map((name) => [
      name,
      [
        () => {
          throw new UnsupportedOnFallbackError(
            `The function ${name}`,
            'Search with LIKE or ILIKE, or write the lexemes as literals of tsvector and tsquery.',
          );
        },
      ],
    ]),
  ),
};
