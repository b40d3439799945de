import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { PgType } from '../../types/pg-type.js';
import { INFINITY } from '../casts/date-times.js';
import { refuseOverRows } from '../casts/key-parts.js';
import { coerce, refuseResult } from '../coerce.js';
import { layers, partsQuery } from '../operators/interval-sql.js';
import { raiseAboutSql } from '../raise.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { knownWord } from './known-word.js';

const TIMESTAMPTZ: PgType = { key: 'timestamptz' };

/** Zones in which all is as in UTC. */
const UTC: ReadonlySet<string> = new Set(['utc', 'gmt', 'z', 'zulu', 'uct', 'etc/utc', 'etc/gmt', 'etc/zulu', 'etc/uct']);
/** As POSIX has it: `+02` and `UTC+2` are two hours west of Greenwich. */
const OFFSET = /^(?:utc|gmt)?([+-]?)(\d{1,2})(?::([0-5]\d))?(?::([0-5]\d))?$/;

/** How far a zone is from UTC in microseconds, east of it positive. @throws UnsupportedOnFallbackError for zones that have a history */
export function microsOfZone(name: string): number {
  const zone = name.toLowerCase();
  if (UTC.has(zone)) return 0;
  const [, sign, hours = '', minutes = '0', seconds = '0'] = OFFSET.exec(zone) ?? [];
  if (hours === '' || Number(hours) > 15) throw unknownZone(name);
  const micros = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000_000;
  return sign === '-' ? micros : -micros;
}

function unknownZone(name: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `The time zone '${name}'`,
    "SQLite knows no time zones: use 'UTC' or an offset such as '+02', and convert in the program.",
  );
}

/** SQL: the microseconds that clocks in the zone are ahead of UTC. */
export function shiftOfZone(zone: Typed, name: string, context: Translation): string {
  if (zone.type.key === 'interval') return shiftOfInterval(zone.sql);
  return `(${microsOfZone(knownWord(zone, name, context))})`;
}

function shiftOfInterval(interval: string): string {
  refuseOverRows(interval);
  const wrong = raiseAboutSql('22023', 'interval time zone "', 'x', '" must not include months or days');
  const parts = `SELECT p.*, q.x AS x FROM (${partsQuery(interval)} LIMIT 1) AS p, (SELECT ${interval} AS x LIMIT 1) AS q`;
  return `(${layers(parts, `iif(m <> 0 OR d <> 0, ${wrong}, u / 1000000 * 1000000)`)})`;
}

/** `x AT TIME ZONE zone`: takes the zone away, or puts it on. */
const timezone: FunctionRule = ([zone, value, ...more], context) => {
  if (!zone || !value || more.length > 0) return undefined;
  refuseResult(value);
  if (value.type.key === 'time')
    throw new UnsupportedOnFallbackError('AT TIME ZONE of a time', 'Use a timestamp, or convert in the program.');
  const isPlain = value.type.key === 'timestamp';
  if (!isPlain && !['timestamptz', 'date', 'unknown'].includes(value.type.key)) return undefined;
  const { sql } = isPlain ? value : coerce(value, TIMESTAMPTZ, context);
  return { sql: shifted(sql, zone, isPlain, context), type: isPlain ? TIMESTAMPTZ : { key: 'timestamp' } };
};

/** Infinity has no zone. */
function shifted(sql: string, zone: Typed, isPlain: boolean, context: Translation): string {
  const shift = shiftOfZone(zone, 'AT TIME ZONE', context);
  if (shift === '(0)') return sql;
  refuseOverRows(sql);
  return `(${layers(`SELECT ${sql} AS x`, `iif(abs(x) = ${INFINITY}, x, x ${isPlain ? '-' : '+'} ${shift})`)})`;
}

export const rules: Rules = { functions: { timezone: [timezone] } };
