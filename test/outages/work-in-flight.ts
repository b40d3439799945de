import type { Transaction } from 'sequelize';
import { expect } from 'vitest';
import { Gate } from '../support/connections.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { lockTable, type Service, type Settled, settledOf, sessionsWait } from './service.js';

/** Work of each kind that is under way when something happens. It fills a pool of five, so that one call waits for a connection. */
export interface WorkInFlight {
  /** Sent, unanswered. */
  readonly read: Promise<Settled>;
  /** Sent, unanswered. */
  readonly write: Promise<Settled>;
  /** A managed transaction whose statement is sent and unanswered. */
  readonly sending: Promise<Settled>;
  /** A managed transaction between two statements. */
  readonly pausing: Promise<Settled>;
  /** An unmanaged transaction that has written. */
  readonly unmanaged: Transaction;
  /** A write that waits for a connection. */
  readonly waiting: Promise<Settled>;
  /** Lets the pausing transaction go on. */
  readonly goOn: () => void;
  /** Lets the server answer what is sent. */
  readonly release: () => Promise<void>;
}

/** Begins work of each kind; on the server a lock keeps it from being answered. */
export async function beginWork(service: Service, server: PostgresServer): Promise<WorkInFlight> {
  const { orders, payments, sequelize, database } = service;
  const gate = new Gate();
  const begun = new Gate();
  const pausing = settledOf(
    sequelize.transaction(async (transaction) => {
      await payments.create({ name: 'pausing' }, { transaction });
      begun.open();
      await gate.opened;
      await payments.create({ name: 'pausing, again' }, { transaction });
    }),
  );
  await begun.opened;
  const unmanaged = await sequelize.transaction();
  await payments.create({ name: 'unmanaged' }, { transaction: unmanaged });
  const lock = await lockTable(server, database, 'orders');
  const sending = settledOf(
    sequelize.transaction(async (transaction) => {
      await payments.create({ name: 'sending' }, { transaction });
      await orders.create({ name: 'sending' }, { transaction });
    }),
  );
  const read = settledOf(orders.findAll({ order: [['name', 'ASC']] }).then((rows) => rows.map((row) => row.get('name'))));
  const write = settledOf(orders.create({ name: 'write' }));
  await sessionsWait(server, database, 3);
  const waiting = settledOf(orders.create({ name: 'waiting' }));
  return { read, write, sending, pausing, unmanaged, waiting, goOn: () => gate.open(), release: () => lock.release() };
}

/** Expects of what was sent and lost what section 6 of the design promises, wherever the service runs. */
export async function expectLost(service: Service, work: WorkInFlight): Promise<void> {
  expect((await work.write).error).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown', cause: expect.any(Error) as unknown });
  expect((await work.sending).error).toMatchObject({ code: 'TRANSACTION_LOST', outcome: 'rolled-back' });
  work.goOn();
  expect((await work.pausing).error).toMatchObject({ code: 'TRANSACTION_LOST', outcome: 'rolled-back' });
  const late = await settledOf(service.payments.create({ name: 'late' }, { transaction: work.unmanaged }));
  expect(late.error).toMatchObject({ code: 'TRANSACTION_LOST', outcome: 'rolled-back' });
  expect((await settledOf(work.unmanaged.commit())).error).toMatchObject({ code: 'TRANSACTION_LOST' });
}

/** Asks for one of each: a read, a write and a transaction. */
export function newCalls(
  service: Service,
  name: string,
): { read: Promise<Settled>; write: Promise<Settled>; transaction: Promise<Settled> } {
  const { orders, payments, sequelize } = service;
  return {
    read: settledOf(orders.count()),
    write: settledOf(orders.create({ name })),
    transaction: settledOf(sequelize.transaction((transaction) => payments.create({ name }, { transaction }))),
  };
}
