import type { AutoCommit } from '../../dialect/client/auto-commit.js';
import { FallbackClient } from '../../dialect/client/fallback-client.js';
import type { PgResult } from '../../dialect/client/pg-result.js';
import type { Request } from '../../dialect/client/session.js';

/** The connection of everything that is outside a transaction: each statement commits by itself, and all share it. */
export class AutoCommitClient extends FallbackClient {
  constructor(private readonly autoCommit: AutoCommit) {
    super();
  }

  protected override run(request: Request): Promise<PgResult[]> {
    return this.autoCommit.run(request);
  }
}
