// A service that logs as it comes, to its standard output and error. It does what it is told over IPC and answers with what came of it.
import { DataTypes } from 'sequelize';
import { createResilientConnection } from '../../src/index.js';

const connection = await createResilientConnection({
  serviceName: 'shop',
  schema: 'sync',
  primary: { url: process.env['DATABASE_URL'], logging: false },
  fallback: { storageDir: process.env['SQLITE_DIR'] },
  options: { maxWait: 500, connectTimeout: 2_000 },
});
const orders = connection.sequelize.define('orders', { name: DataTypes.STRING });
await connection.sequelize.sync();

const answer = (text: string): void => void process.send?.(text);

const DOES: Record<string, () => Promise<string>> = {
  state: () => Promise.resolve(connection.getStatus().state),
  calls: async () => {
    const calls = Array.from({ length: 500 }, (_, n) => (n % 2 === 0 ? orders.count() : orders.create({ name: `${n}` })));
    const settled = await Promise.allSettled(calls);
    return `${settled.filter(({ status }) => status === 'rejected').length} rejected`;
  },
  close: async () => {
    await connection.close();
    return 'closed';
  },
};

process.on('message', (what: string) => {
  const does = DOES[what] ?? (() => Promise.reject(new Error(`Nothing is known of ${what}.`)));
  does().then(answer, (error: unknown) => answer(String(error)));
});
answer('ready');
