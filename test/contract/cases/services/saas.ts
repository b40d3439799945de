import { DataTypes, literal, Op } from 'sequelize';
import type { Site } from '../../contract-case.js';
import { newDiary, rowsOf, shapeOf, synced } from './diary.js';

/** Tenants in schemas of their own, beside shared tables; underscored, with associations across schemas. */
export async function tenants(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const queryInterface = sequelize.getQueryInterface();
  const shared = site.name('shared');
  await note('schema', () => queryInterface.createSchema(shared));
  await note('schema twice', () => sequelize.query(`CREATE SCHEMA "${shared}"`));
  const plan = sequelize.define(
    'plan',
    { code: { type: DataTypes.STRING(20), primaryKey: true }, seats: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1 } },
    { schema: shared, underscored: true, timestamps: false },
  );
  const account = sequelize.define(
    'account',
    {
      id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
      displayName: { type: DataTypes.STRING, allowNull: false },
      settings: { type: DataTypes.JSONB, allowNull: false, defaultValue: { theme: 'light' } },
      features: { type: DataTypes.ARRAY(DataTypes.ENUM('sso', 'audit', 'export')), defaultValue: ['audit'] },
    },
    {
      schema: shared,
      underscored: true,
      paranoid: true,
      indexes: [{ unique: true, fields: [sequelize.fn('lower', sequelize.col('display_name'))], name: site.name('account_name') }],
    },
  );
  account.belongsTo(plan, {
    foreignKey: { name: 'planCode', field: 'plan_code', allowNull: false },
    onDelete: 'RESTRICT',
    onUpdate: 'CASCADE',
  });
  for (const model of [plan, account]) await note(`sync ${model.name}`, () => synced(model));
  await note('plans', () => plan.bulkCreate([{ code: 'free' }, { code: 'team', seats: 10 }]));
  const ids = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
  await note('accounts', async () =>
    (
      await account.bulkCreate([
        { id: ids[0], displayName: 'Acme', planCode: 'team', features: ['sso', 'export'] },
        { id: ids[1], displayName: 'Bolt', planCode: 'free' },
      ])
    ).map((row) => [row.get('displayName'), row.get('features'), row.get('settings')]),
  );
  await note('a name that differs in case', () => account.create({ displayName: 'ACME', planCode: 'free' }));
  await note('no such plan', () => account.create({ displayName: 'Nope', planCode: 'gold' }));
  await note('a plan that is used', () => plan.destroy({ where: { code: 'team' } }));
  await note('a plan renamed', () => sequelize.query(`UPDATE "${shared}"."plans" SET code = 'teams' WHERE code = 'team'`));
  await note('accounts of it', () => account.count({ where: { planCode: 'teams' } }));
  for (const tenant of ['a', 'b']) {
    const schema = site.name(`tenant_${tenant}`);
    await note(`tenant ${tenant}`, () => queryInterface.createSchema(schema));
    const project = sequelize.define(
      'project',
      {
        name: { type: DataTypes.STRING, allowNull: false, unique: true },
        state: { type: DataTypes.ENUM('open', 'closed'), defaultValue: 'open' },
      },
      { schema, underscored: true, createdAt: false, updatedAt: false },
    );
    const task = sequelize.define(
      'task',
      {
        title: DataTypes.STRING,
        points: { type: DataTypes.SMALLINT, validate: { max: 100 } },
        parentId: { type: DataTypes.INTEGER, references: { model: { tableName: 'tasks', schema }, key: 'id' }, onDelete: 'CASCADE' },
      },
      { schema, underscored: true, timestamps: false, indexes: [{ fields: ['project_id', 'title'] }] },
    );
    project.belongsTo(account, { foreignKey: { name: 'accountId', allowNull: false }, onDelete: 'CASCADE' });
    project.hasMany(task, { foreignKey: { name: 'projectId', allowNull: false }, onDelete: 'CASCADE' });
    task.belongsTo(project, { foreignKey: 'projectId' });
    for (const model of [project, task]) await note(`sync ${model.name}`, () => synced(model));
    for (const model of ['projects', 'tasks']) await note(`shape of ${model}`, () => shapeOf(queryInterface, { tableName: model, schema }));
    await note('create with include', async () => {
      const made = await project.create(
        {
          name: 'one',
          accountId: ids[tenant === 'a' ? 0 : 1],
          // One alone: Sequelize creates included rows side by side, so that a pool decides which of two gets the first id.
          tasks: [{ title: 'x', points: 1 }],
        },
        { include: [task] },
      );
      await task.create({ title: 'y', points: 2, projectId: made.get('id') as number });
      return made.get({ plain: true });
    });
    await note('name twice', () => project.create({ name: 'one', accountId: ids[0] }));
    await note('of nobody', () => project.create({ name: 'two', accountId: '00000000-0000-4000-8000-00000000000f' }));
    await note('a child', () => task.create({ title: 'z', projectId: 1, parentId: 1 }));
    await note('across schemas', async () =>
      (
        await project.findAll({
          include: [{ model: account, required: true }, task],
          order: [
            ['id', 'ASC'],
            [task, 'id', 'ASC'],
          ],
        })
      ).map((row) => {
        const { account: owner, ...rest } = row.get({ plain: true }) as { account: Record<string, unknown> };
        return [owner['displayName'], owner['planCode'], rest];
      }),
    );
    await note('the parent goes', () => task.destroy({ where: { id: 1 } }));
    await note('what is left', () => task.findAll({ order: ['id'], raw: true }));
    await note('sync alter', () => synced(project, { alter: true }));
    await note('sync alter', () => synced(task, { alter: true }));
    await note('shape after', () => shapeOf(queryInterface, { tableName: 'tasks', schema }));
  }
  await note('an account goes softly', () => account.destroy({ where: { id: ids[0] } }));
  await note('it is not found', () => account.count({ where: { displayName: { [Op.iLike]: 'acme' } } }));
  await note('for good', () => account.destroy({ where: { id: ids[0] }, force: true }));
  await note('its projects', () =>
    rowsOf(
      sequelize,
      `SELECT (SELECT count(*) FROM "${site.name('tenant_a')}".projects) AS a, (SELECT count(*) FROM "${site.name('tenant_b')}".projects) AS b`,
    ),
  );
  await note('a tenant by search path', () =>
    sequelize.transaction(async (transaction) => {
      await sequelize.query(`SET LOCAL search_path TO "${site.name('tenant_b')}"`, { transaction });
      return (await sequelize.query('SELECT id, name, state FROM projects', { transaction }))[0];
    }),
  );
  await note('drop a schema that is needed', () => sequelize.query(`DROP SCHEMA "${shared}"`));
  await note('drop a tenant', () => queryInterface.dropSchema(site.name('tenant_a')));
  await note('drop the shared one', () => queryInterface.dropSchema(shared));
  await note('without its account', () => rowsOf(sequelize, `SELECT * FROM "${site.name('tenant_b')}".projects`));
  await note('shape', () => shapeOf(queryInterface, { tableName: 'projects', schema: site.name('tenant_b') }));
  return entries;
}

/** Jobs that workers take one by one. */
export async function jobQueue(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const queryInterface = sequelize.getQueryInterface();
  const table = site.name('jobs');
  const raw = (text: string, replacements?: Record<string, unknown>) =>
    sequelize.query(text, { ...(replacements && { replacements }) }).then(([rows]) => rows);
  await note('create', () =>
    raw(`CREATE TYPE "${site.name('state')}" AS ENUM ('ready', 'active', 'done', 'failed');
      CREATE TABLE IF NOT EXISTS "${table}" (
        id BIGSERIAL PRIMARY KEY,
        queue TEXT NOT NULL DEFAULT 'default' CHECK (length(queue) > 0),
        payload JSONB NOT NULL DEFAULT '{}'::jsonb,
        state "${site.name('state')}" NOT NULL DEFAULT 'ready',
        priority SMALLINT NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        max_attempts INTEGER NOT NULL DEFAULT 3,
        run_at TIMESTAMPTZ NOT NULL DEFAULT now(),
        locked_at TIMESTAMPTZ,
        locked_by TEXT,
        last_error TEXT,
        dedup_key TEXT,
        CONSTRAINT "${site.name('tries')}" CHECK (attempts <= max_attempts),
        CONSTRAINT "${site.name('locked')}" CHECK ((locked_at IS NULL) = (locked_by IS NULL))
      );
      CREATE INDEX ON "${table}" (queue, priority DESC, run_at) WHERE state = 'ready';
      CREATE UNIQUE INDEX IF NOT EXISTS "${site.name('dedup')}" ON "${table}" (queue, dedup_key) WHERE state IN ('ready', 'active');
      COMMENT ON TABLE "${table}" IS 'what is to be done';
      COMMENT ON COLUMN "${table}".run_at IS 'not before'`),
  );
  await note('shape', () => shapeOf(queryInterface, table));
  await note('enqueue', () =>
    raw(
      `INSERT INTO "${table}" (queue, payload, priority, run_at, dedup_key) VALUES ('mail', :mail, 1, '2020-01-01T00:00:00Z', 'm1'), ` +
        `('mail', '{"to": "b"}', 5, '2020-01-02T00:00:00+02:00', NULL), (DEFAULT, DEFAULT, DEFAULT, now() + interval '1 day', NULL) RETURNING id, queue, payload, state, priority`,
      { mail: JSON.stringify({ to: 'a', n: [1, 2] }) },
    ),
  );
  await note('a duplicate is left out', () =>
    raw(
      `INSERT INTO "${table}" (queue, dedup_key) VALUES ('mail', 'm1') ON CONFLICT (queue, dedup_key) WHERE state IN ('ready', 'active') DO NOTHING RETURNING id`,
    ),
  );
  await note('a duplicate', () => raw(`INSERT INTO "${table}" (queue, dedup_key) VALUES ('mail', 'm1')`));
  const take = () =>
    raw(
      `UPDATE "${table}" SET state = 'active', locked_at = now(), locked_by = :worker, attempts = attempts + 1 WHERE id = ` +
        `(SELECT id FROM "${table}" WHERE state = 'ready' AND run_at <= now() ORDER BY priority DESC, run_at, id FOR UPDATE SKIP LOCKED LIMIT 1) ` +
        'RETURNING id, queue, payload, attempts, state',
      { worker: 'w1' },
    );
  await note('take', take);
  await note('take', take);
  await note('nothing to take', take);
  await note('fail', () =>
    raw(
      `UPDATE "${table}" SET state = (CASE WHEN attempts >= max_attempts THEN 'failed' ELSE 'ready' END)::"${site.name('state')}", last_error = :error, locked_at = NULL, locked_by = NULL, ` +
        `run_at = now() + interval '30 seconds' WHERE id = 2 RETURNING id, state, last_error`,
      { error: "can't" },
    ),
  );
  await note('half a lock', () => raw(`UPDATE "${table}" SET locked_by = 'x' WHERE id = 3`));
  await note('too many attempts', () => raw(`UPDATE "${table}" SET attempts = 4 WHERE id = 3`));
  await note('no queue', () => raw(`INSERT INTO "${table}" (queue) VALUES ('')`));
  await note('a state that is none', () => raw(`UPDATE "${table}" SET state = 'gone'`));
  await note('payload is changed', () =>
    raw(`UPDATE "${table}" SET payload = jsonb_set(payload, '{done}', 'true') || '{"by": "w1"}' WHERE id = 1 RETURNING payload`),
  );
  await note('counts', () => raw(`SELECT queue, state, count(*)::int AS n FROM "${table}" GROUP BY 1, 2 ORDER BY 1, 2`));
  await note('clean up', () => raw(`DELETE FROM "${table}" WHERE state = 'active' RETURNING id`));
  await note('pause', () => raw(`ALTER TYPE "${site.name('state')}" RENAME VALUE 'failed' TO 'dead'`));
  await note('states', () => raw(`SELECT id, state FROM "${table}" ORDER BY id`));
  await note('alter', () =>
    raw(
      `ALTER TABLE "${table}" ALTER COLUMN priority TYPE INTEGER, ALTER COLUMN priority SET DEFAULT 10, ALTER COLUMN last_error SET NOT NULL`,
    ),
  );
  await note('alter', () =>
    raw(
      `ALTER TABLE "${table}" ALTER COLUMN priority TYPE INTEGER, ALTER COLUMN priority SET DEFAULT 10, DROP CONSTRAINT "${site.name('tries')}", ADD COLUMN tags TEXT[] NOT NULL DEFAULT '{}', ADD CONSTRAINT "${site.name('p')}" CHECK (priority BETWEEN 0 AND 100)`,
    ),
  );
  await note('shape', () => shapeOf(queryInterface, table));
  await note('by default', () => raw(`INSERT INTO "${table}" DEFAULT VALUES RETURNING queue, priority, tags, state`));
  await note('literal order', () =>
    queryInterface.select(null, table, {
      attributes: ['queue', [literal('priority * 2'), 'double']],
      order: [
        ['priority', 'DESC'],
        ['id', 'ASC'],
      ],
    } as never),
  );
  return entries;
}
