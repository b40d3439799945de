import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ResilientConnection } from 'sequelize-resilient';

/**
 * Express middleware that runs each request as one unit of work, so that all its database calls go to one database.
 *
 * Not for responses that stay open (event streams, WebSockets): those would hold a database that is to be left.
 */
export function requestUnit(connection: ResilientConnection) {
  return (_req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void => {
    connection
      .unit(
        () =>
          new Promise<void>((done) => {
            res.once('close', done);
            next();
          }),
      )
      .catch(next);
  };
}
