import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadPlan, LoadResult } from './http-load.js';

interface Sent {
  readonly url: string;
  readonly codes: Record<string, number>;
  readonly timesMs: number[];
  unanswered: number;
}

/** Answers that are on their way when the last request is sent get this long. */
const REST_MS = 500;

const plan = JSON.parse(process.argv[2] ?? '') as LoadPlan;
// Ends with whoever started it.
process.once('disconnect', () => process.exit(1));

const agent = new Agent({ keepAlive: true });
const sents = plan.routes.map(({ url, perSecond }) => ({ perSecond, sent: { url, codes: {}, timesMs: [], unanswered: 0 } satisfies Sent }));
process.send?.({ begun: true });
const timers = sents.map(({ perSecond, sent }) => setInterval(() => send(sent), 1000 / perSecond));
await sleep(plan.forMs);
for (const timer of timers) clearInterval(timer);
await sleep(REST_MS);
const results: readonly LoadResult[] = sents.map(({ sent }) => sent);
process.send?.({ results }, () => process.exit(0));

function send(sent: Sent): void {
  const startedAtMs = performance.now();
  sent.unanswered++;
  const asked = request(sent.url, { agent }, (response) => {
    response.resume();
    response.once('end', () => {
      sent.unanswered--;
      sent.timesMs.push(performance.now() - startedAtMs);
      const code = String(response.statusCode);
      sent.codes[code] = (sent.codes[code] ?? 0) + 1;
    });
    response.once('error', () => undefined);
  });
  // What has failed stays without an answer.
  asked.once('error', () => undefined);
  asked.end();
}
