import { DataTypes, type QueryInterface, QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { type ContractCase, feature, type Site } from '../contract-case.js';
import { outcomeOf } from '../../../src/testing/outcome.js';
import { id } from './fixtures.js';

const chapter = "What Sequelize's own tests ask for";

const reference = (table: string, words: string): string => `integer CONSTRAINT "${table}_fk" REFERENCES "${table}_parent" (id) ${words}`;

/** Two tables, the second with a key to the first that is made with these words. */
async function family(site: Site, words: string, table = site.name('child')): Promise<string> {
  await site.sequelize.query(`CREATE TABLE "${table}_parent" (id integer PRIMARY KEY)`);
  await site.sequelize.query(`CREATE TABLE "${table}" (id integer PRIMARY KEY, parent ${reference(table, words)})`);
  return table;
}

/** What each text answers, in one transaction. */
const inTransaction = (sequelize: Sequelize, texts: readonly string[]): Promise<unknown> =>
  outcomeOf(() =>
    sequelize.transaction(async (transaction) => {
      const outcomes: unknown[] = [];
      for (const text of texts) outcomes.push(await sequelize.query(text, { transaction }));
      return outcomes;
    }),
  );

const orphanFirst = (table: string): string[] => [
  `INSERT INTO "${table}" VALUES (1, 5)`,
  `INSERT INTO "${table}_parent" VALUES (5)`,
  `SELECT * FROM "${table}"`,
];

const constraintCases = feature(chapter, 'SET CONSTRAINTS', {
  'ALL DEFERRED leaves a key that is not deferrable': async (site) =>
    inTransaction(site.sequelize, ['SET CONSTRAINTS ALL DEFERRED', ...orphanFirst(await family(site, ''))]),
  'ALL DEFERRED lets a deferrable key wait': async (site) =>
    inTransaction(site.sequelize, ['SET CONSTRAINTS ALL DEFERRED', ...orphanFirst(await family(site, 'DEFERRABLE'))]),
  'defers the named key alone': async (site) => {
    const [named, other] = [await family(site, 'DEFERRABLE', site.name('a')), await family(site, 'DEFERRABLE', site.name('b'))];
    const defer = `SET CONSTRAINTS "${named}_fk" DEFERRED`;
    return [
      await inTransaction(site.sequelize, [defer, ...orphanFirst(named)]),
      await inTransaction(site.sequelize, [defer, ...orphanFirst(other)]),
    ];
  },
  'IMMEDIATE holds for a key that is deferred from the start': async (site) => {
    const table = await family(site, 'DEFERRABLE INITIALLY DEFERRED');
    return [
      await inTransaction(site.sequelize, [`SET CONSTRAINTS "${table}_fk" IMMEDIATE`, ...orphanFirst(table)]),
      await inTransaction(site.sequelize, orphanFirst(table)),
    ];
  },
  'IMMEDIATE looks at what was written before': async (site) => {
    const table = await family(site, 'DEFERRABLE INITIALLY DEFERRED');
    const [orphan = ''] = orphanFirst(table);
    return inTransaction(site.sequelize, [orphan, 'SET CONSTRAINTS ALL IMMEDIATE', 'SELECT 1']);
  },
  'DEFERRED, and the parent never comes': async (site) => {
    const table = await family(site, 'DEFERRABLE');
    return inTransaction(site.sequelize, ['SET CONSTRAINTS ALL DEFERRED', `INSERT INTO "${table}" VALUES (1, 5)`]);
  },
  'a cascade reaches a key that is not deferrable': async (site) => {
    const table = await family(site, 'ON DELETE CASCADE');
    await site.sequelize.query(`CREATE TABLE "${table}_grand" (child integer REFERENCES "${table}" (id))`);
    await site.sequelize.query(`INSERT INTO "${table}_parent" VALUES (5)`);
    await site.sequelize.query(`INSERT INTO "${table}" VALUES (1, 5)`);
    await site.sequelize.query(`INSERT INTO "${table}_grand" VALUES (1)`);
    return inTransaction(site.sequelize, ['SET CONSTRAINTS ALL DEFERRED', `DELETE FROM "${table}_parent"`]);
  },
  'a key that is not deferrable': async (site) => {
    const table = await family(site, '');
    return inTransaction(site.sequelize, [`SET CONSTRAINTS "${table}_fk" DEFERRED`]);
  },
  'a key that is not there': (site) => inTransaction(site.sequelize, ['SET CONSTRAINTS no_such_key DEFERRED']),
});

/** lib/dialects/abstract/query-interface.js */
interface ShowsConstraints {
  showConstraint(table: string, name: string): Promise<{ constraintType: string }[]>;
}

async function contacts(site: Site) {
  const model = await site.model('contact', {
    id,
    name: { type: DataTypes.STRING, unique: true },
    mail: { type: DataTypes.STRING, unique: true },
  });
  await model.create({ name: 'Ada', mail: 'ada@example.org' });
  return model;
}

const finderCases = feature(chapter, 'findCreateFind in a transaction', {
  'another unique column is taken': async (site) => {
    const model = await contacts(site);
    const find = (transaction: Transaction) =>
      model.findCreateFind({ where: { name: 'Bob' }, defaults: { mail: 'ada@example.org' }, transaction } as never);
    return site.sequelize.transaction(async (transaction) => [
      await outcomeOf(() => find(transaction)),
      await model.count({ transaction }),
    ]);
  },
  'there is none': async (site) => {
    const model = await contacts(site);
    return site.sequelize.transaction(async (transaction) => {
      const [row, isNew] = await model.findCreateFind({ where: { name: 'Bob' }, transaction } as never);
      return [row['name'], isNew];
    });
  },
});

const sessionCases = feature(chapter, 'what a session says of itself', {
  'the database and the user are those of the configuration': async ({ sequelize }) => {
    const { config } = sequelize as unknown as { config: { database: string; username: string } };
    const [row] = await sequelize.query('SELECT current_database() AS database, current_catalog AS catalog, current_user AS "user"', {
      type: QueryTypes.SELECT,
    });
    const { database, catalog, user } = row as Record<string, string>;
    return [database === config.database, catalog === config.database, user === config.username];
  },
  'constraints and foreign keys are told with the database that the configuration names': async (site) => {
    const table = await family(site, '');
    const { config } = site.sequelize as unknown as { config: { database: string } };
    const queryInterface = site.sequelize.getQueryInterface() as QueryInterface & ShowsConstraints;
    const named = JSON.stringify([
      (await queryInterface.showConstraint(table, `${table}_fk`)).filter(({ constraintType }) => constraintType === 'FOREIGN KEY'),
      await queryInterface.getForeignKeyReferencesForTable(table),
      await site.sequelize.query(
        `SELECT * FROM information_schema.table_constraints WHERE table_name = '${table}' AND constraint_type <> 'CHECK' ORDER BY constraint_name`,
        { type: QueryTypes.SELECT },
      ),
    ]);
    return named.replaceAll(`"${config.database}"`, '"the database"');
  },
});

const searchPathCases = feature(chapter, 'search_path', {
  'says where tables are, are made, and asked for': async (site) => {
    const schema = site.name('schema');
    const { sequelize } = site;
    await sequelize.query(`CREATE SCHEMA "${schema}"`);
    return sequelize.transaction(async (transaction) => {
      const run = (text: string) => sequelize.query(text, { transaction, type: QueryTypes.SELECT });
      await run(`SET LOCAL search_path TO "${schema}", public`);
      await run('CREATE TABLE in_path (id integer PRIMARY KEY, a text)');
      await run('CREATE INDEX in_path_a ON in_path (a)');
      const indexes = (await sequelize.getQueryInterface().showIndex('in_path', { transaction })) as { name: string }[];
      return [
        await run('SELECT current_schema() = \'public\' AS "isPublic"'),
        await run('SHOW search_path'),
        indexes.map(({ name }) => name),
        await run(`SELECT table_name FROM information_schema.tables WHERE table_schema = '${schema}'`),
      ];
    });
  },
  'before a question to the catalogs, in one text': async (site) => {
    const model = await site.model('m', { id, a: { type: DataTypes.INTEGER, unique: true } });
    return site.sequelize.transaction((transaction) =>
      site.sequelize.query(
        `SET LOCAL search_path TO public; SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = '${model.tableName}'`,
        { transaction, type: QueryTypes.SELECT },
      ),
    );
  },
});

const serverCases = feature(chapter, 'what only a server has', {
  createFunction: {
    refused: 'functions in plpgsql',
    run: (site) =>
      site.sequelize
        .getQueryInterface()
        .createFunction(site.name('fn'), [{ type: 'varchar', name: 'test' }], 'varchar', 'plpgsql', 'return test;'),
  },
  'DROP FUNCTION': {
    refused: 'functions in plpgsql',
    run: (site) => site.sequelize.query(`DROP FUNCTION IF EXISTS "${site.name('gone')}"()`),
  },
  'an EXCLUDE constraint': {
    refused: 'EXCLUDE constraints',
    run: (site) => site.sequelize.query(`CREATE TABLE "${site.name('t')}" (r int4range, EXCLUDE USING gist (r WITH &&))`),
  },
  pg_sleep: { refused: 'pg_sleep', run: ({ sequelize }) => sequelize.query('SELECT pg_sleep(0)') },
  'a view of the catalogs that is not emulated': {
    refused: "the server's own catalogs but the usual ones",
    run: ({ sequelize }) => sequelize.query('SELECT count(*) FROM pg_stat_activity'),
  },
});

/** What the remaining failures of Sequelize's own integration tests have shown. */
export const suiteCases: readonly ContractCase[] = [
  ...constraintCases,
  ...finderCases,
  ...sessionCases,
  ...searchPathCases,
  ...serverCases,
];
