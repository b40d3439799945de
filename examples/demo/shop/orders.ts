import { setTimeout as sleep } from 'node:timers/promises';
import { Customer } from './models/customer.js';
import { sequelize } from './models/index.js';
import { Order } from './models/order.js';

/** What a customer sends. */
export interface NewOrder {
  readonly id: string;
  readonly customer: string;
  readonly tags: string[];
  readonly details: object;
  readonly lines: readonly { article: string; quantity: number }[];
  /** How long the payment takes that is waited for within the transaction. */
  readonly paymentMs?: number;
}

/** Stores an order with its customer and its lines, all or nothing. */
export async function placeOrder({ id, customer, tags, details, lines, paymentMs = 0 }: NewOrder): Promise<void> {
  await sequelize.transaction(async (transaction) => {
    const [buyer] = await Customer.findOrCreate({ where: { name: customer }, transaction });
    const order = await Order.create({ id, customerId: buyer.id, tags, details }, { transaction });
    await sleep(paymentMs);
    for (const line of lines) await order.createLine(line, { transaction });
  });
}

/** An order with all that belongs to it. */
export const findOrder = (id: string): Promise<Order | null> => Order.findByPk(id, { include: ['customer', 'lines'] });

let remembered: Order | null = null;

/** Keeps an order in memory, as many programs do. */
export async function rememberOrder(id: string): Promise<void> {
  remembered = await Order.findByPk(id, { rejectOnEmpty: true });
}

/** Changes the order that is kept in memory, however old it is by now. */
export async function changeRememberedOrder(details: object): Promise<void> {
  await remembered?.update({ details });
}
