import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { connection, sequelize } from './models/index.js';
import { changeRememberedOrder, findOrder, type NewOrder, placeOrder, rememberOrder } from './orders.js';

/** What a route answers; it is sent as JSON. */
type Route = (request: IncomingMessage, id: string) => unknown;

const routes: Record<string, Route> = {
  'POST /orders': async (request) => {
    const order = (await json(request)) as NewOrder;
    await placeOrder(order);
    // Asked within the request's unit of work, so it is the database that took the order.
    return { id: order.id, database: sequelize.getDialect() };
  },
  'GET /orders': (_request, id) => findOrder(id),
  'POST /remembered': (_request, id) => rememberOrder(id),
  'PUT /remembered': async (request) => changeRememberedOrder((await json(request)) as object),
  'GET /health': () => connection.getStatus(),
};

/** Finds the route for `POST /orders`, `GET /orders/<id>` and so on, and runs it. */
export async function answerTo(request: IncomingMessage): Promise<unknown> {
  const [, first = '', id = ''] = (request.url ?? '').split('/');
  const route = routes[`${request.method} /${first}`];
  if (route === undefined) throw new Error(`there is no ${request.method} /${first}`);
  return (await route(request, id)) ?? {};
}
