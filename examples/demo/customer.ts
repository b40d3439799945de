import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from './narrator.js';

/** What the shop answered to one order. */
export interface Receipt {
  readonly id: string;
  readonly orderedAtMs: number;
  readonly answeredAtMs: number;
  /** The database that took the order, or why none did. */
  readonly database?: 'postgres' | 'sqlite';
  readonly refusal?: string;
}

type Answer = { database?: 'postgres' | 'sqlite'; error?: string; message?: string };

const PAUSE_MS = 25;

const noAnswer = (reason: unknown): Answer => ({ error: 'no answer from the shop', message: String(reason) });

/** Orders without a break and keeps every receipt. */
export class Customer {
  readonly receipts: Receipt[] = [];
  #ordering = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly shopUrl: string) {}

  start(): void {
    this.#ordering = true;
    this.#loop = this.#orderOnAndOn();
  }

  /** Resolves when the last order has its answer. */
  async stop(): Promise<void> {
    this.#ordering = false;
    await this.#loop;
  }

  /** Places one order; `paymentMs` keeps its transaction open for that long. */
  async order({ paymentMs = 0 } = {}): Promise<Receipt> {
    const id = randomUUID();
    const orderedAtMs = nowMs();
    const order = {
      ...{ id, paymentMs, customer: 'Ada', tags: ['web', 'gift'], details: { wrapping: 'blue' } },
      lines: [
        { article: 'tea', quantity: 2 },
        { article: 'cup', quantity: 1 },
      ],
    };
    const { database, error, message } = (await this.ask('POST', '/orders', order).catch(noAnswer)) as Answer;
    const receipt = { id, orderedAtMs, answeredAtMs: nowMs(), ...(database ? { database } : { refusal: `${error}: ${message}` }) };
    this.receipts.push(receipt);
    return receipt;
  }

  /** Sends any request to the shop and resolves to what it answered. */
  async ask(method: string, path: string, body?: object): Promise<unknown> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return await (await fetch(this.shopUrl + path, { method, ...sent })).json();
  }

  async #orderOnAndOn(): Promise<void> {
    while (this.#ordering) {
      await this.order();
      await sleep(PAUSE_MS);
    }
  }
}
