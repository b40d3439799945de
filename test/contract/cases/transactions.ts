import { Transaction } from 'sequelize';
import { type ContractCase, feature } from '../contract-case.js';
import { outcomeOf } from '../../../src/testing/outcome.js';
import { filledShop } from './fixtures.js';

const chapter = 'Transactions and locks';

export const transactionCases: readonly ContractCase[] = [
  ...feature(
    chapter,
    'isolation levels',
    Object.fromEntries(
      Object.values(Transaction.ISOLATION_LEVELS).map((isolationLevel) => [
        isolationLevel,
        async (site: Parameters<ContractCase['run']>[0]) => {
          const { tags } = await filledShop(site);
          return site.sequelize.transaction({ isolationLevel }, async (transaction) => {
            await tags.create({ label: 'in' }, { transaction });
            return tags.count({ transaction });
          });
        },
      ]),
    ),
  ),
  ...feature(chapter, 'rollback', {
    'of a managed transaction': async (site) => {
      const { tags } = await filledShop(site);
      const outcome = await outcomeOf(() =>
        site.sequelize.transaction(async (transaction) => {
          await tags.create({ label: 'in' }, { transaction });
          throw new Error('no');
        }),
      );
      return [outcome, await tags.count()];
    },
    'to a savepoint': async (site) => {
      const { tags } = await filledShop(site);
      await site.sequelize.transaction(async (transaction) => {
        await tags.create({ label: 'outer' }, { transaction });
        await site.sequelize
          .transaction({ transaction }, async (inner) => {
            await tags.create({ label: 'inner' }, { transaction: inner });
            throw new Error('no');
          })
          .catch(() => undefined);
      });
      return tags.findAll({ raw: true, order: ['id'], attributes: ['label'] });
    },
    'a failed statement aborts the transaction': async (site) => {
      const { tags } = await filledShop(site);
      const transaction = await site.sequelize.transaction();
      const first = await outcomeOf(() => tags.create({ label: 'x' }, { transaction }));
      const second = await outcomeOf(() => tags.count({ transaction }));
      await transaction.rollback();
      return [first, second, await tags.count()];
    },
    'COMMIT of an aborted transaction': async (site) => {
      const { tags } = await filledShop(site);
      const transaction = await site.sequelize.transaction();
      await tags.create({ label: 'kept?' }, { transaction });
      await tags.create({ label: 'x' }, { transaction }).catch(() => undefined);
      await transaction.commit();
      return tags.count();
    },
    'a savepoint revives it': async (site) => {
      const { tags } = await filledShop(site);
      await site.sequelize.transaction(async (transaction) => {
        await tags.create({ label: 'a' }, { transaction });
        await site.sequelize
          .transaction({ transaction }, (inner) => tags.create({ label: 'x' }, { transaction: inner }))
          .catch(() => undefined);
        await tags.create({ label: 'b' }, { transaction });
      });
      return tags.findAll({ raw: true, order: ['id'], attributes: ['label'] });
    },
    'of a table that was made in it': async (site) => {
      const queryInterface = site.sequelize.getQueryInterface();
      const transaction = await site.sequelize.transaction();
      await queryInterface.createTable(site.name('temp'), { a: 'INTEGER' }, { transaction });
      await transaction.rollback();
      return queryInterface.tableExists(site.name('temp'));
    },
  }),
  ...feature(chapter, 'read-only transactions', {
    reads: async (site) => {
      const { tags } = await filledShop(site);
      return site.sequelize.transaction({ readOnly: true } as never, (transaction) => tags.count({ transaction }));
    },
  }),
  ...feature(
    chapter,
    'locks',
    Object.fromEntries(
      (
        [
          ['FOR UPDATE', 'UPDATE'],
          ['FOR SHARE', 'SHARE'],
          ['FOR NO KEY UPDATE', 'NO_KEY_UPDATE'],
          ['FOR KEY SHARE', 'KEY_SHARE'],
        ] as const
      ).map(([name, lock]) => [
        name,
        async (site: Parameters<ContractCase['run']>[0]) => {
          const { people } = await filledShop(site);
          return site.sequelize.transaction(async (transaction) => {
            const locked = await people.findAll({ transaction, lock: transaction.LOCK[lock], order: ['id'] });
            const skipping = await people.findAll({ transaction, lock: true, skipLocked: true, where: { age: 36 }, order: ['id'] });
            const of = await people.findAll({
              transaction,
              lock: { level: transaction.LOCK[lock], of: people } as never,
              include: 'orders',
              order: ['id', ['orders', 'id', 'ASC']],
            });
            return [locked, skipping, of];
          });
        },
      ]),
    ),
  ),
  ...feature(chapter, 'refused locks', {
    'FOR UPDATE with GROUP BY': async (site) => {
      const { people } = await filledShop(site);
      return site.sequelize.query(`SELECT age FROM "${people.tableName}" GROUP BY age FOR UPDATE`);
    },
  }),
];
