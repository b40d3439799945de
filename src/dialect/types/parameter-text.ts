/** The text, or the bytes, that `pg` sends for a JavaScript value bound as `$1`. Null and undefined are SQL's NULL and never come here. */
export function textOfParameter(value: unknown): string | Buffer {
  const prepared = prepare(value, []);
  if (prepared === null) throw new TypeError('NULL has no text.');
  return prepared;
}

function prepare(value: unknown, seen: readonly object[]): string | Buffer | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return (value as string | number | bigint | boolean | symbol).toString();
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return bytesOf(value);
  if (value instanceof Date) return localIsoText(value);
  if (Array.isArray(value)) return arrayText(value);
  return objectText(value, seen);
}

function objectText(value: object, seen: readonly object[]): string | Buffer | null {
  const { toPostgres } = value as { toPostgres?: unknown };
  if (typeof toPostgres !== 'function') return JSON.stringify(value);
  if (seen.includes(value))
    throw new Error(`circular reference detected while preparing "${Object.prototype.toString.call(value)}" for query`);
  const prepareNested = (nested: unknown): string | Buffer | null => prepare(nested, []);
  return prepare((toPostgres as (prepare: unknown) => unknown).call(value, prepareNested), [...seen, value]);
}

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

function arrayText(values: readonly unknown[]): string {
  return `{${Array.from(values, elementText).join(',')}}`;
}

function elementText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return arrayText(value);
  if (ArrayBuffer.isView(value)) return `\\\\x${bytesOf(value).toString('hex')}`;
  return quotedElement(String(prepare(value, [])));
}

function quotedElement(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** As `pg` without `parseInputDatesAsUTC`: the process's local time with its offset. */
function localIsoText(date: Date): string {
  const fullYear = date.getFullYear();
  const isBeforeChrist = fullYear < 1;
  const year = isBeforeChrist ? 1 - fullYear : fullYear;
  const day = `${padded(year, 4)}-${padded(date.getMonth() + 1)}-${padded(date.getDate())}`;
  const time = `${padded(date.getHours())}:${padded(date.getMinutes())}:${padded(date.getSeconds())}.${padded(date.getMilliseconds(), 3)}`;
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${padded(Math.floor(Math.abs(offset) / 60))}:${padded(Math.abs(offset) % 60)}`;
  return `${day}T${time}${zone}${isBeforeChrist ? ' BC' : ''}`;
}

function padded(number: number, width = 2): string {
  return String(number).padStart(width, '0');
}
