import type { Entry } from './ledger.js';
import { joined, type Outage, outageClass } from './outages.js';

/** How often each effect is there. */
export type Counts = ReadonlyMap<string, number>;

/** What was found in both databases after the run; `sqlite` is empty where there is no fallback. */
export interface Contents {
  readonly postgres: Counts;
  readonly sqlite: Counts;
}

/** What is judged. */
export interface Evidence {
  readonly entries: readonly Entry[];
  readonly contents: Contents;
  /** How often each hook ran for each write call. */
  readonly hooks: ReadonlyMap<string, number>;
  readonly outages: readonly Outage[];
  /** The library's own account of transactions that had been in doubt and were found committed: when it was said. */
  readonly foundCommittedAtMs: readonly number[];
  readonly unhandled: readonly string[];
  readonly leaks: readonly string[];
  readonly maxWaitMs: number;
  readonly hasFallback: boolean;
}

/** The promises, each by what breaks it. */
export const VIOLATIONS = {
  failedReads: 'failed reads',
  lost: 'acknowledged, but not there',
  doubled: 'there more often than once',
  spread: 'units spread over two databases',
  wrongVerdicts: 'wrong verdicts',
  torn: 'transactions of which a part is there',
  withoutOutcome: 'failures without an outcome',
  repeatedCode: 'hooks or callbacks that ran too often',
  anomalies: 'other wrong answers',
  unanswered: 'calls never answered',
  unhandled: 'unhandled rejections',
  leaks: 'leaks',
} as const;

export type Violation = keyof typeof VIOLATIONS;

/** One breach of a promise. */
export interface Finding {
  readonly what: string;
  readonly entry?: Entry;
}

/** Commits whose reply was lost, and how many of them the library told the fate of. */
export interface InDoubt {
  readonly decided: number;
  readonly undecided: number;
}

export interface Judgement {
  readonly violations: Readonly<Record<Violation, readonly Finding[]>>;
  /** Reads that failed in an outage about as long as `maxWait`, or longer: no promise is broken. */
  readonly excusedReads: { readonly border: number; readonly long: number };
  readonly inDoubt: { readonly short: InDoubt; readonly longer: InDoubt };
  /** Calls that were rejected without an outcome, or with `unknown`, and something of them is there. */
  readonly failedButThere: { readonly withoutOutcome: number; readonly unknown: number };
}

/** PostgreSQL's refusals, which are outcomes themselves: read-only transaction, too many connections. */
const REFUSALS = new Set(['25006', '53300']);

/** Holds what was answered against what is there. */
export function judge(evidence: Evidence): Judgement {
  const findings = Object.fromEntries(Object.keys(VIOLATIONS).map((name) => [name, [] as Finding[]])) as Record<Violation, Finding[]>;
  const blame = (violation: Violation, what: string, entry?: Entry): void => {
    findings[violation].push(entry === undefined ? { what } : { what, entry });
  };
  const outages = joined(evidence.outages);
  const classOf = (span: Outage) => outageClass(outages, span, evidence.maxWaitMs);
  const excusedReads = { short: 0, border: 0, long: 0 };
  for (const entry of evidence.entries) {
    judgeAnswer(entry, blame);
    judgeEffects(entry, evidence.contents, blame);
    if (entry.work !== 'read' || entry.answer.said !== 'rejected' || entry.answer.className === 'StaleRowError') continue;
    const met = evidence.hasFallback ? 'short' : classOf(entry);
    if (met === 'short') blame('failedReads', `${entry.answer.className}: ${entry.answer.message}`, entry);
    else excusedReads[met] += 1;
  }
  judgeStrays(evidence, blame);
  judgeHooks(evidence, blame);
  for (const what of evidence.unhandled) blame('unhandled', what);
  for (const what of evidence.leaks) blame('leaks', what);
  return {
    violations: findings,
    excusedReads: { border: excusedReads.border, long: excusedReads.long },
    inDoubt: countInDoubt(evidence, classOf),
    failedButThere: { withoutOutcome: countThere(evidence, undefined), unknown: countThere(evidence, 'unknown') },
  };
}

type Blame = (violation: Violation, what: string, entry?: Entry) => void;

/** What the answer alone shows. */
function judgeAnswer(entry: Entry, blame: Blame): void {
  const { answer, callbacks } = entry;
  for (const what of entry.anomalies) blame('anomalies', what, entry);
  if (callbacks.begun > callbacks.allowed) blame('repeatedCode', `its callback ran ${callbacks.begun} times`, entry);
  if (answer.said === 'nothing') blame('unanswered', 'no answer', entry);
  if (answer.said !== 'rejected') return;
  const { className, outcome, retryAfterMs } = answer;
  if (entry.work !== 'read' && outcome === undefined && !isRefusal(entry) && className !== 'StaleRowError') {
    blame('withoutOutcome', `${className} (${answer.sqlState ?? answer.code ?? '-'}): ${answer.message}`, entry);
  }
  const due = { OutcomeUnknownError: 'unknown', TransactionLostError: 'rolled-back', DatabaseUnavailableError: 'not-sent' }[className];
  if (due !== undefined && outcome !== due) blame('wrongVerdicts', `${className} with the outcome '${outcome}'`, entry);
  if (className === 'DatabaseUnavailableError' && !((retryAfterMs ?? 0) > 0)) blame('anomalies', `retryAfterMs is ${retryAfterMs}`, entry);
}

const isRefusal = ({ answer }: Entry): boolean => answer.said === 'rejected' && REFUSALS.has(answer.sqlState ?? '');

/** What must be there: `any` is at most once. */
function expectation(entry: Entry, effect: string): 'once' | 'never' | 'any' {
  const { answer } = entry;
  if (answer.said === 'nothing') return 'any';
  if (answer.said === 'done') return entry.denied.includes(effect) ? 'never' : 'once';
  // What a unit's own function threw may speak of one of its statements only, and each of those is judged by itself.
  if (entry.work === 'unit' && answer.className !== 'UnitLostError') return 'any';
  if (answer.outcome === 'committed') return 'once';
  return answer.outcome === 'rolled-back' || answer.outcome === 'not-sent' || (isRefusal(entry) && entry.atomic) ? 'never' : 'any';
}

/** What the databases show. */
function judgeEffects(entry: Entry, { postgres, sqlite }: Contents, blame: Blame): void {
  const found = entry.effects.map((effect) => ({ effect, inPostgres: postgres.get(effect) ?? 0, inSqlite: sqlite.get(effect) ?? 0 }));
  for (const { effect, inPostgres, inSqlite } of found) {
    const count = inPostgres + inSqlite;
    const where = `${effect} is there ${count} times (PostgreSQL ${inPostgres}, SQLite ${inSqlite})`;
    const due = expectation(entry, effect);
    if (count > 1) blame('doubled', where, entry);
    if (count === 0 && due === 'once') blame('lost', `${effect} is not there`, entry);
    if (count > 0 && due === 'never') blame('wrongVerdicts', `${where}, after '${outcomeOf(entry)}'`, entry);
  }
  const present = found.filter(({ inPostgres, inSqlite }) => inPostgres + inSqlite > 0);
  const wanted = entry.effects.length - entry.denied.length;
  if (entry.atomic && present.length > 0 && present.length < wanted)
    blame('torn', `${present.length} of ${wanted} effects are there`, entry);
  const onBoth = present.some(({ inPostgres }) => inPostgres > 0) && present.some(({ inSqlite }) => inSqlite > 0);
  if (onBoth)
    blame('spread', present.map(({ effect, inPostgres }) => `${effect}: ${inPostgres > 0 ? 'PostgreSQL' : 'SQLite'}`).join(', '), entry);
}

const outcomeOf = ({ answer }: Entry): string => (answer.said === 'rejected' ? (answer.outcome ?? answer.sqlState ?? '-') : answer.said);

/** What is there that no call ever meant to write. */
function judgeStrays({ entries, contents }: Evidence, blame: Blame): void {
  const intended = new Set(entries.flatMap(({ effects }) => effects));
  for (const effect of new Set([...contents.postgres.keys(), ...contents.sqlite.keys()])) {
    if (!intended.has(effect)) blame('anomalies', `${effect} is there, and no call wrote it`);
  }
}

function judgeHooks({ hooks }: Evidence, blame: Blame): void {
  for (const [hook, count] of hooks) if (count > 1) blame('repeatedCode', `${hook} ran ${count} times`);
}

function countThere({ entries, contents: { postgres, sqlite } }: Evidence, outcome: string | undefined): number {
  const isThere = (effect: string): boolean => postgres.has(effect) || sqlite.has(effect);
  const failed = ({ work, answer }: Entry): boolean => work !== 'statement' && answer.said === 'rejected' && answer.outcome === outcome;
  return entries.filter((entry) => failed(entry) && entry.effects.some(isThere)).length;
}

function countInDoubt({ entries, foundCommittedAtMs }: Evidence, classOf: (span: Outage) => string): Judgement['inDoubt'] {
  const counts = { short: { decided: 0, undecided: 0 }, longer: { decided: 0, undecided: 0 } };
  const of = (span: Outage) => (classOf(span) === 'short' ? counts.short : counts.longer);
  for (const atMs of foundCommittedAtMs) of({ startedMs: atMs, endedMs: atMs }).decided += 1;
  for (const entry of entries) {
    if (entry.work !== 'transaction') continue;
    const undecided = isUndecided(entry) ? 1 : 0;
    const committed = entry.answer.said === 'done' ? 1 : 0;
    of(entry).undecided += undecided;
    // Each of its callbacks that had done its work was followed by a COMMIT.
    of(entry).decided += Math.max(0, entry.callbacks.done - undecided - committed);
  }
  return counts;
}

/** True for a transaction that ended in `unknown`, or, without the library, in an error that says nothing of its COMMIT. */
function isUndecided({ answer, callbacks }: Entry): boolean {
  if (answer.said !== 'rejected') return false;
  return answer.outcome === 'unknown' || (answer.outcome === undefined && callbacks.done > 0 && callbacks.done === callbacks.begun);
}
