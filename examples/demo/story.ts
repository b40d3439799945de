import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresServer } from '../../test/support/postgres-server.js';
import { compareBooks } from './books.js';
import { expect, inTime, until } from './bounds.js';
import type { Customer, Receipt } from './customer.js';
import { nowMs, result, seconds, step, tell } from './narrator.js';
import { startShop } from './shop-process.js';
import type { Stage } from './stage.js';

/** How long each database is used before the next thing happens. */
const CALM_MS = 1_000;

/** What happens, in order. Each step waits for what it promises and fails where that does not happen. */
export async function playStory(stage: Stage): Promise<void> {
  const customer = await openWithoutPostgres(stage);
  const postgres = await postgresAppears(stage, customer);
  await keepARow(customer);
  await postgresIsKilled(postgres, customer);
  await changeTheKeptRow(customer);
  await postgresReturns('4. PostgreSQL is started again', 'the start', () => postgres.start(), customer);
  await postgresFreezes(postgres, customer);
  await postgresReturns('6. PostgreSQL thaws', 'the thaw', () => postgres.thaw(), customer);
  await postgresStops(postgres, customer);
  await closeShop(stage, customer);
  await refuseInProduction(stage);
  await compareBooks(customer.receipts, postgres, stage.sqliteFile);
}

async function openWithoutPostgres(stage: Stage): Promise<Customer> {
  step('1. The shop opens, and there is no PostgreSQL');
  const sinceMs = nowMs();
  tell(`Its settings say ${stage.postgresAddress}; nothing listens there.`);
  const customer = await inTime('the shop opens', stage.openShop());
  customer.start();
  const first = await orderTakenBy('sqlite', customer, sinceMs);
  result(`Open. The first order was taken ${seconds(first.answeredAtMs - sinceMs)} after the start, and is kept in SQLite.`);
  await readBack(first, customer);
  await sleep(CALM_MS);
  return customer;
}

async function postgresAppears(stage: Stage, customer: Customer): Promise<PostgresServer> {
  step('2. PostgreSQL appears');
  tell('Setting up a new, empty PostgreSQL and starting it ...');
  const postgres = await inTime('PostgreSQL starts', stage.startPostgres());
  const first = await cameOver('PostgreSQL answered', nowMs(), customer);
  await readBack(first, customer);
  tell('The shop was not restarted. Its tables were made on PostgreSQL before the first order went there.');
  await sleep(CALM_MS);
  return postgres;
}

async function keepARow(customer: Customer): Promise<void> {
  const [order] = customer.receipts.filter(({ database }) => database === 'postgres');
  if (order === undefined) throw new Error('There is no order on PostgreSQL yet.');
  await customer.ask('POST', `/remembered/${order.id}`);
}

async function postgresIsKilled(postgres: PostgresServer, customer: Customer): Promise<void> {
  step('3. PostgreSQL is killed (SIGKILL), with an order half done');
  const halfDone = customer.order({ paymentMs: 1_200 });
  await sleep(300);
  tell('An order has begun: its transaction is open and waits for the payment. Killing PostgreSQL now.');
  const sinceMs = nowMs();
  await postgres.kill();
  await wentToSqlite('the kill', sinceMs, customer);
  const { refusal = 'nothing' } = await inTime('the half-done order is answered', halfDone);
  expect('the half-done order is refused with TransactionLostError', refusal.startsWith('TransactionLostError'));
  result('The half-done order was refused with TransactionLostError: nothing of it is stored, it can be placed again.');
  await sleep(CALM_MS);
}

async function changeTheKeptRow(customer: Customer): Promise<void> {
  tell('The shop still holds a row in memory that it read from PostgreSQL. It is told to change and save it now.');
  const { error } = (await customer.ask('PUT', '/remembered', { wrapping: 'red' })) as { error?: string };
  expect('saving the row is refused with StaleRowError', error === 'StaleRowError');
  result('Refused with StaleRowError: in SQLite this id could belong to another row.');
}

async function postgresFreezes(postgres: PostgresServer, customer: Customer): Promise<void> {
  step('5. PostgreSQL freezes (SIGSTOP): connections stay open, nothing is answered');
  const sinceMs = nowMs();
  await postgres.freeze();
  await wentToSqlite('the freeze', sinceMs, customer);
  await sleep(CALM_MS);
}

async function postgresStops(postgres: PostgresServer, customer: Customer): Promise<void> {
  step('7. PostgreSQL is shut down in an orderly way');
  const sinceMs = nowMs();
  await postgres.stop('fast');
  await wentToSqlite('the shutdown', sinceMs, customer);
}

async function closeShop(stage: Stage, customer: Customer): Promise<void> {
  step('8. The shop closes');
  await customer.stop();
  const sinceMs = nowMs();
  await inTime('the shop ends', stage.closeShop());
  result(`Ended ${nowMs() - sinceMs} ms after SIGTERM, with PostgreSQL still down.`);
}

async function refuseInProduction(stage: Stage): Promise<void> {
  step('9. The same shop in production, told to use SQLite all the same');
  const env = { NODE_ENV: 'production', SQLITE_FALLBACK: 'true' };
  const shop = await inTime('the shop ends by itself', startShop({ ...stage.surroundings, env }));
  await shop?.stop();
  expect('the shop does not open', shop === undefined);
  result('It refused to open. In production there is no SQLite, only PostgreSQL or a clear error.');
}

/** Includes the order's lines, found through the association. */
async function readBack({ id }: Receipt, customer: Customer): Promise<void> {
  const order = (await customer.ask('GET', `/orders/${id}`)) as { tags: unknown; details: unknown; lines?: unknown[] };
  tell(
    `Read back: tags (ARRAY) ${JSON.stringify(order.tags)}, details (JSONB) ${JSON.stringify(order.details)}, ${order.lines?.length} lines.`,
  );
  expect('the order reads as it was written', JSON.stringify([order.tags, order.details]) === '[["web","gift"],{"wrapping":"blue"}]');
}

async function postgresReturns(title: string, what: string, act: () => Promise<void>, customer: Customer): Promise<void> {
  step(title);
  await act();
  await cameOver(what, nowMs(), customer);
  await sleep(CALM_MS);
}

async function cameOver(what: string, sinceMs: number, customer: Customer): Promise<Receipt> {
  const first = await orderTakenBy('postgres', customer, sinceMs);
  const refused = refusedSince(sinceMs, customer).length;
  result(`Over to PostgreSQL ${seconds(first.answeredAtMs - sinceMs)} after ${what}; ${refused} orders refused.`);
  return first;
}

async function wentToSqlite(what: string, sinceMs: number, customer: Customer): Promise<void> {
  const first = await orderTakenBy('sqlite', customer, sinceMs);
  result(`Orders go to SQLite: the next one was taken ${first.answeredAtMs - sinceMs} ms after ${what}.`);
  for (const { refusal } of refusedSince(sinceMs, customer)) tell(`The order in flight at that moment was refused: ${refusal}`);
}

function orderTakenBy(database: 'postgres' | 'sqlite', customer: Customer, sinceMs: number): Promise<Receipt> {
  const { receipts } = customer;
  return until(
    () => `an order is taken by ${database} (the last answer was: ${receipts.at(-1)?.refusal ?? 'taken'})`,
    () => receipts.find((receipt) => receipt.database === database && receipt.answeredAtMs > sinceMs),
  );
}

const refusedSince = (sinceMs: number, customer: Customer): Receipt[] =>
  customer.receipts.filter(({ refusal, answeredAtMs }) => refusal !== undefined && answeredAtMs >= sinceMs);
