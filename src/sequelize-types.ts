/*
 * Options of this library on Sequelize's own calls. Sequelize hands options that it doesn't know on to `sequelize.query`, where
 * they are read.
 */
declare module 'sequelize' {
  interface Transactionable {
    /**
     * Says that the call's statement may be done twice. One whose answer is lost is then given again, on the same database, when
     * that is back within `maxWait`; otherwise it ends with `OutcomeUnknownError`, as without this.
     *
     * @default false
     */
    idempotent?: boolean | undefined;
  }

  interface TransactionOptions {
    /**
     * How often the whole callback of a managed transaction is run again, at most, while the transaction is lost before its COMMIT
     * or found to be rolled back (`TransactionLostError`): a whole number from 0 to 100.
     *
     * @default 0
     */
    retries?: number | undefined;
  }
}

export {};
