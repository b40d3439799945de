import { hush, nowMs, plain, seconds } from './narrator.js';
import { Stage } from './stage.js';
import { playStory } from './story.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

plain('A small web shop takes orders without a break. Its database is PostgreSQL, through Sequelize.');
plain('Now PostgreSQL comes late, is killed, freezes and stops. The shop goes on, in a local SQLite file.');
plain('Lines that begin with | are the log of the shop.');

const stage = await Stage.build();
const interrupted = new Promise<number>((resolve) => {
  for (const signal of SIGNALS) process.once(signal, () => resolve(130));
});
const played = playStory(stage).then(
  () => 0,
  (error: unknown) => {
    plain(`\nThe demo failed. ${String(error)}`);
    return 1;
  },
);
const exitCode = await Promise.race([played, interrupted]);
if (exitCode === 130) {
  plain('\nInterrupted; taking everything away.');
  hush();
}
await stage.strike();
plain(`\nThe end, after ${seconds(nowMs())}. No process and no file is left.`);
process.exit(exitCode);
