import { setTimeout as sleep } from 'node:timers/promises';
import { literal, QueryTypes, type Transaction } from 'sequelize';
import type { OpenCall, Work } from './ledger.js';
import type { Models } from './models.js';
import type { Random } from './random.js';
import type { Side } from './sides.js';

/** What an operation works with. */
export interface Context {
  readonly call: OpenCall;
  readonly models: Models;
  readonly random: Random;
  readonly side: Side;
  /** Tickets of rows that this worker was told are stored, the newest last. */
  readonly stored: string[];
}

/** One kind of call that workers make. */
export interface Operation {
  readonly name: string;
  readonly work: Exclude<Work, 'statement'>;
  /** How often it is chosen, next to the others. */
  readonly weight: number;
  /** Whether its effects are in one transaction or statement. */
  readonly atomic?: boolean;
  readonly run: (context: Context) => Promise<unknown>;
}

/** How often `transaction({ retries }, fn)` may run its function again. */
const RETRIES = 3;
const idempotent = { idempotent: true };

const newRow = (ticket: string, writtenBy = ticket) => ({ ticket, writtenBy });

async function create({ call, models, stored }: Context): Promise<void> {
  const ticket = call.name();
  call.intends(`row ${ticket}`);
  await models.rows.create(newRow(ticket));
  stored.push(ticket);
}

async function createWithNote({ call, models, stored }: Context): Promise<void> {
  const ticket = call.name();
  call.intends(`row ${ticket}`);
  call.intends(`note ${ticket}`);
  await models.rows.create({ ...newRow(ticket), notes: [{ ticket }] }, { include: [{ model: models.notes, as: 'notes' }] });
  stored.push(ticket);
}

async function bulkCreate({ call, models, random, stored }: Context): Promise<void> {
  const tickets = Array.from({ length: random.between(2, 8) }, () => call.name());
  for (const ticket of tickets) call.intends(`row ${ticket}`);
  await models.rows.bulkCreate(tickets.map((ticket) => newRow(ticket, call.id)));
  stored.push(...tickets);
}

async function insertRaw({ call, side, stored }: Context): Promise<void> {
  const ticket = call.name();
  call.intends(`row ${ticket}`);
  const replacements = { ticket };
  await side.sequelize.query("INSERT INTO chaos_rows (ticket, \"writtenBy\", marks, amount) VALUES (:ticket, 'raw', '', 0)", {
    replacements,
  });
  stored.push(ticket);
}

async function upsert({ call, models }: Context): Promise<void> {
  const key = call.name();
  call.intends(`setting ${key}`);
  await models.settings.upsert({ key, value: key }, { ...idempotent });
}

async function findOrCreate({ call, models, stored }: Context): Promise<void> {
  const ticket = call.name();
  call.intends(`row ${ticket}`);
  await models.rows.findOrCreate({ where: { ticket }, defaults: newRow(ticket) });
  stored.push(ticket);
}

/** Not to be repeated: each time that it reaches the row lengthens the row's list of marks. */
async function mark({ call, models, random, stored }: Context, transaction?: Transaction): Promise<void> {
  const ticket = random.oneOf(stored);
  if (ticket === undefined) return;
  const name = call.name();
  call.intends(`mark ${name}`);
  const options = { where: { ticket }, ...(transaction && { transaction }) };
  const [count] = await models.rows.update({ marks: literal(`marks || ',${name}'`) }, options);
  // The row may be in the other database.
  if (count === 0) call.denies(`mark ${name}`);
}

async function writeInTransaction(context: Context, transaction: Transaction, tickets: readonly string[]): Promise<void> {
  const { call, models, random } = context;
  for (const ticket of tickets) {
    await call.statement('create in a transaction', [], () =>
      models.rows.create(newRow(ticket, `${ticket}#${call.callbacks.begun}`), { transaction }),
    );
    if (random.chance(0.3)) await sleep(random.between(1, 25));
  }
  const read = () => models.rows.count({ where: { ticket: [...tickets] }, transaction });
  const seen = await call.statement('count in a transaction', [], read);
  if (seen !== tickets.length) call.wrong(`a transaction sees ${seen} of the ${tickets.length} rows that it wrote`);
}

const newTickets = ({ call, random }: Context): string[] => {
  const tickets = Array.from({ length: random.between(1, 4) }, () => call.name());
  for (const ticket of tickets) call.intends(`row ${ticket}`);
  return tickets;
};

async function managedTransaction(context: Context, retries = 0): Promise<void> {
  const { call, side, stored } = context;
  const tickets = newTickets(context);
  if (retries > 0 && side.resilient) call.callbacks.allowed += retries;
  const options = retries > 0 ? { retries } : {};
  let afterCommits = 0;
  const transacted = side.sequelize.transaction(options, async (transaction) => {
    call.callbacks.begun += 1;
    transaction.afterCommit(() => void (afterCommits += 1));
    await writeInTransaction(context, transaction, tickets);
    call.callbacks.done += 1;
  });
  const due = await transacted.then(
    () => 1,
    () => 0,
  );
  if (afterCommits !== due)
    call.wrong(`afterCommit ran ${afterCommits} times, and the transaction was ${due === 1 ? 'stored' : 'rejected'}`);
  await transacted;
  stored.push(...tickets);
}

async function readingTransaction({ call, models, side }: Context): Promise<void> {
  await side.sequelize.transaction(async (transaction) => {
    call.callbacks.begun += 1;
    await call.statement('findAll in a transaction', [], () => models.rows.findAll({ limit: 5, transaction }));
    await call.statement('count in a transaction', [], () => models.notes.count({ transaction }));
    call.callbacks.done += 1;
  });
}

async function unmanagedTransaction(context: Context): Promise<void> {
  const { call, side, stored } = context;
  const tickets = newTickets(context);
  const transaction = await side.sequelize.transaction();
  call.callbacks.begun += 1;
  try {
    await writeInTransaction(context, transaction, tickets);
  } catch (error) {
    await call.statement('rollback', [], () => transaction.rollback()).catch(() => undefined);
    throw error;
  }
  call.callbacks.done += 1;
  await transaction.commit();
  stored.push(...tickets);
}

async function unit(context: Context): Promise<void> {
  const { call, models, random, side } = context;
  const [first, second] = [call.name(), call.name()];
  await side.unit(async () => {
    call.callbacks.begun += 1;
    for (const ticket of [first, second]) {
      call.intends(`row ${ticket}`);
      await call.statement('create in a unit', [`row ${ticket}`], () => models.rows.create(newRow(ticket)));
      await sleep(random.between(0, 30));
      const seen = await call.statement('count in a unit', [], () => models.rows.count({ where: { ticket } }));
      if (seen !== 1) call.wrong(`a unit sees its row ${seen} times`);
    }
  });
}

async function findStored({ call, models, random, side, stored }: Context): Promise<void> {
  const ticket = random.oneOf(stored);
  const row = await models.rows.findOne({ where: { ticket: ticket ?? '' } });
  // With a fallback the row may be in the other database.
  if (ticket !== undefined && row === null && !side.hasFallback) call.wrong(`${ticket} was stored, and findOne does not find it`);
}

async function notesOfARow({ models, random }: Context): Promise<void> {
  const row = await models.rows.findByPk(random.between(1, 500));
  await (row as unknown as { getNotes(): Promise<unknown[]> } | null)?.getNotes();
}

/** What workers do. */
export const OPERATIONS: readonly Operation[] = [
  { name: 'findAll', work: 'read', weight: 3, run: ({ models }) => models.rows.findAll({ order: [['id', 'DESC']], limit: 10 }) },
  { name: 'findByPk', work: 'read', weight: 4, run: ({ models, random }) => models.rows.findByPk(random.between(1, 5000)) },
  { name: 'findOne', work: 'read', weight: 4, run: findStored },
  { name: 'count', work: 'read', weight: 1, run: ({ models }) => models.notes.count() },
  { name: 'findAndCountAll', work: 'read', weight: 1, run: ({ models }) => models.notes.findAndCountAll({ limit: 5 }) },
  { name: 'include', work: 'read', weight: 2, run: ({ models }) => models.rows.findAll({ include: ['notes'], limit: 10 }) },
  { name: 'max', work: 'read', weight: 1, run: ({ models }) => models.rows.max('id') },
  { name: 'association', work: 'read', weight: 2, run: notesOfARow },
  {
    ...{ name: 'raw SELECT', work: 'read', weight: 2 },
    run: ({ side }) => side.sequelize.query('SELECT id, ticket FROM chaos_rows ORDER BY id DESC LIMIT 10', { type: QueryTypes.SELECT }),
  },
  { name: 'create', work: 'write', weight: 6, atomic: true, run: create },
  { name: 'create with include', work: 'write', weight: 2, run: createWithNote },
  { name: 'bulkCreate', work: 'write', weight: 2, atomic: true, run: bulkCreate },
  { name: 'raw INSERT', work: 'write', weight: 3, atomic: true, run: insertRaw },
  { name: 'update', work: 'write', weight: 4, atomic: true, run: (context) => mark(context) },
  { name: 'upsert, idempotent', work: 'write', weight: 2, atomic: true, run: upsert },
  { name: 'findOrCreate', work: 'transaction', weight: 1, atomic: true, run: findOrCreate },
  { name: 'transaction', work: 'transaction', weight: 7, atomic: true, run: (context) => managedTransaction(context) },
  { name: 'transaction, retries', work: 'transaction', weight: 4, atomic: true, run: (context) => managedTransaction(context, RETRIES) },
  { name: 'transaction, reading', work: 'transaction', weight: 1, run: readingTransaction },
  { name: 'transaction, unmanaged', work: 'transaction', weight: 2, atomic: true, run: unmanagedTransaction },
  { name: 'unit', work: 'unit', weight: 3, run: unit },
];
