/** A part of an interval's text: a time, a number with a sign (which may hold a time or years and months), another number, or a word. */
export interface IntervalField {
  readonly kind: 'time' | 'signed' | 'number' | 'word';
  readonly text: string;
}

const MOST_FIELDS = 25;
const SPACE = /[ \t\n\v\f\r]+/y;
const PUNCTUATION = /[!-/:-@[-`{-~]/y;

/** PostgreSQL's own words of dates: a digit may follow them at once, as in `1h30m`. */
const WORDS =
  'ad|allballs|am|apr(?:il)?|at|aug(?:ust)?|bc|d|dec(?:ember)?|dow|doy|dst|epoch|feb(?:ruary)?|fri(?:day)?|h|infinity|isodow|isoyear|j|jan(?:uary)?|jd|jul(?:y|ian)?|' +
  'june?|m|mar(?:ch)?|may|mm|mon(?:day)?|nov(?:ember)?|now|oct(?:ober)?|on|pm|s|sat(?:urday)?|sept?(?:ember)?|sun(?:day)?|t|thu(?:rs?(?:day)?)?|today|tomorrow|tue(?:s(?:day)?)?|' +
  'wed(?:s|nesday)?|y|yesterday';
/** Any other word with a digit behind it, or one with a point or a slash, is a date or a zone. */
const ZONE_OR_DATE = new RegExp(`(?:[A-Za-z]+[-/.]|(?!(?:${WORDS})(?![A-Za-z]))[A-Za-z]+[+\\d])[-+/_.:A-Za-z\\d]*`, 'iy');

/** In the order in which they are tried. */
const FORMS: readonly (readonly [kind: IntervalField['kind'], form: RegExp])[] = [
  ['time', /\d+:[\d:.]*/y],
  ['number', /\d+-\d+(?:-[\d-]*)?|\d+\/\d+(?:\/[\d/]*)?|\d+\.\d+(?:\.[\d.]*)?|\d+-[A-Za-z\d-]*|\d+\/[A-Za-z\d/]*|\d+\.[A-Za-z\d.]*|\d+/y],
  ['number', /\.\d*/y],
  ['number', ZONE_OR_DATE],
  ['word', /[A-Za-z]+/y],
  ['signed', /[+-][ \t\n\v\f\r]*\d[\d:.-]*/y],
  ['word', /[+-][ \t\n\v\f\r]*[A-Za-z]+/y],
];

/** The fields of an interval's text (ParseDateTime in src/backend/utils/adt/datetime.c); `undefined` where it has none such. */
export function intervalFields(text: string): readonly IntervalField[] | undefined {
  const fields: IntervalField[] = [];
  for (let at = 0; at < text.length; ) {
    const field = matchAt(SPACE, text, at) === undefined ? fieldAt(text, at) : undefined;
    const length = field?.length ?? matchAt(SPACE, text, at)?.length ?? separatorLength(text, at);
    if (length === undefined) return undefined;
    if (field) fields.push(field);
    at += length;
  }
  return fields.length > MOST_FIELDS ? undefined : fields;
}

/** Any other punctuation only divides; a sign must belong to something. */
function separatorLength(text: string, at: number): number | undefined {
  return /[+-]/.test(text.charAt(at)) ? undefined : matchAt(PUNCTUATION, text, at)?.length;
}

function fieldAt(text: string, at: number): (IntervalField & { readonly length: number }) | undefined {
  for (const [kind, form] of FORMS) {
    const found = matchAt(form, text, at);
    if (found !== undefined) return { kind, text: found.replace(/\s+/g, '').toLowerCase(), length: found.length };
  }
  return undefined;
}

function matchAt(form: RegExp, text: string, at: number): string | undefined {
  form.lastIndex = at;
  return form.exec(text)?.[0];
}
