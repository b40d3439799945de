interface PgErrorFields {
  readonly detail?: string;
  readonly hint?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly dataType?: string;
  readonly cause?: unknown;
}

/** An error as PostgreSQL's server reports it and `pg` throws it (its DatabaseError): Sequelize makes its own classes of these fields. */
export class PgError extends Error {
  readonly severity = 'ERROR';
  /** SQLSTATE. */
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly dataType?: string;

  constructor(code: string, message: string, { cause, ...fields }: PgErrorFields = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'error';
    this.code = code;
    Object.assign(this, fields);
  }
}
