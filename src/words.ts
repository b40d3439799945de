/** What a database is for: the primary is wanted, the fallback bridges the time without it. */
export type Role = 'primary' | 'fallback';

/** What a database is made of. */
export type Engine = 'postgres' | 'sqlite';

/** What is known of work that was in flight when its database was lost. */
export type Outcome = 'not-sent' | 'unknown' | 'rolled-back' | 'committed';

/** What an error says about the database's reachability. `statement` is everything that is not about reaching it. */
export type FailureKind =
  | 'server-down'
  | 'black-hole'
  | 'starting-up'
  | 'not-primary'
  | 'authentication'
  | 'password-unavailable'
  | 'tls'
  | 'missing-database'
  | 'too-many-connections'
  | 'pool-exhausted'
  | 'statement';

/** The library's judgement of one error. */
export interface FailureVerdict {
  readonly kind: FailureKind;
  /** True where the statement was certainly not sent. */
  readonly notSent: boolean;
}

/** Why the state is what it is. A closed list: it labels metrics. */
export type Reason =
  | FailureKind
  | 'manual'
  | 'fallback-failed'
  | 'primary-schema-missing'
  | 'primary-migration-failed'
  | 'primary-not-ready';
