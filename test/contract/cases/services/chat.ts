import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { DataTypes, Op, type Sequelize } from 'sequelize';
import type { Site } from '../../contract-case.js';
import { newDiary, rowsOf, shapeOf, synced } from './diary.js';

/** Channels with members and messages, in raw migrations. */
export async function chat(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const [channels, messages, members] = [site.name('channels'), site.name('msgs'), site.name('members')];
  const raw = (text: string) => rowsOf(sequelize, text);
  await note('concurrently, beside another statement', () => raw(`SELECT 1; CREATE INDEX CONCURRENTLY ON "${channels}" (id)`));
  const create = [
    `CREATE TABLE "${channels}" (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), slug VARCHAR(40) NOT NULL UNIQUE, topic TEXT, settings JSONB NOT NULL DEFAULT '{"private": false, "limits": {"size": 100}}', pinned INTEGER[] NOT NULL DEFAULT '{}', last_message_id BIGINT)`,
    `CREATE TABLE "${messages}" (id BIGSERIAL PRIMARY KEY, channel_id UUID NOT NULL REFERENCES "${channels}" ON DELETE CASCADE, reply_to BIGINT REFERENCES "${messages}" (id) ON DELETE SET NULL, body TEXT NOT NULL CHECK (char_length(body) BETWEEN 1 AND 20), reactions JSONB NOT NULL DEFAULT '[]'::jsonb, labels TEXT[] DEFAULT ARRAY['new','unread']::text[], matrix INTEGER[][], created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP)`,
    `ALTER TABLE "${channels}" ADD CONSTRAINT "${site.name('last')}" FOREIGN KEY (last_message_id) REFERENCES "${messages}" (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED`,
    `CREATE TABLE "${members}" (channel_id UUID REFERENCES "${channels}" (id) ON DELETE CASCADE ON UPDATE CASCADE, user_name VARCHAR(20), role VARCHAR(10) DEFAULT 'member' CHECK (role IN ('member', 'owner')), PRIMARY KEY (channel_id, user_name))`,
    `CREATE INDEX "${site.name('settings')}" ON "${channels}" USING GIN (settings jsonb_path_ops)`,
    `CREATE INDEX "${site.name('labels')}" ON "${messages}" USING gin (labels)`,
    `CREATE UNIQUE INDEX "${site.name('owner')}" ON "${members}" (channel_id) WHERE role = 'owner'`,
    `CREATE INDEX CONCURRENTLY "${site.name('latest')}" ON "${messages}" (channel_id, id DESC NULLS LAST)`,
  ];
  for (const text of create) await note(text.slice(0, 30), () => raw(text));
  for (const table of [channels, messages, members]) await note('shape', () => shapeOf(sequelize.getQueryInterface(), table));
  await note('concurrently, in a transaction', () =>
    sequelize.transaction((transaction) => sequelize.query(`DROP INDEX CONCURRENTLY "${site.name('latest')}"`, { transaction })),
  );
  await note('concurrently, by itself', () => raw(`DROP INDEX CONCURRENTLY IF EXISTS "${site.name('latest')}"`));
  const channel = '11111111-1111-4111-8111-111111111111';
  await note('a channel', () =>
    raw(`INSERT INTO "${channels}" (id, slug, pinned) VALUES ('${channel}', 'general', ARRAY[1,2]) RETURNING *`),
  );
  await note('messages', () =>
    raw(
      `INSERT INTO "${messages}" (channel_id, reply_to, body, reactions, labels, matrix) VALUES ('${channel}', NULL, 'hello', '[{"by": "a", "emoji": "👍"}]', DEFAULT, '{{1,2},{3,4}}'), ` +
        `('${channel}', 1, 'wörld', DEFAULT, '{"a b", "c,d", NULL, ""}', NULL) RETURNING id, reply_to, body, reactions, labels, matrix`,
    ),
  );
  await note('last message', () => raw(`UPDATE "${channels}" SET last_message_id = 2 RETURNING last_message_id`));
  await note('a last message that is none, at once', () => raw(`UPDATE "${channels}" SET last_message_id = 77`));
  await note('a last message that comes later', () =>
    sequelize.transaction(async (transaction) => {
      await sequelize.query(`UPDATE "${channels}" SET last_message_id = 50`, { transaction });
      await sequelize.query(`INSERT INTO "${messages}" (id, channel_id, body) VALUES (50, '${channel}', 'late')`, { transaction });
    }),
  );
  await note('a message to no channel', () =>
    raw(`INSERT INTO "${messages}" (channel_id, body) VALUES ('22222222-2222-4222-8222-222222222222', 'x')`),
  );
  await note('a reply to nothing', () =>
    raw(`INSERT INTO "${messages}" (id, channel_id, body, reply_to) VALUES (60, '${channel}', 'x', 1234)`),
  );
  await note('an empty body', () => raw(`INSERT INTO "${messages}" (id, channel_id, body) VALUES (61, '${channel}', '')`));
  await note('too long a body', () => raw(`UPDATE "${messages}" SET body = repeat('x', 21) WHERE id = 1`));
  await note('members', () =>
    raw(`INSERT INTO "${members}" VALUES ('${channel}', 'ada', 'owner'), ('${channel}', 'bob', DEFAULT) RETURNING *`),
  );
  await note('two owners', () => raw(`UPDATE "${members}" SET role = 'owner' WHERE user_name = 'bob'`));
  await note('a role that is none', () => raw(`UPDATE "${members}" SET role = 'king' WHERE user_name = 'bob'`));
  await note('a member twice', () => raw(`INSERT INTO "${members}" VALUES ('${channel}', 'bob')`));
  await note('a member of nothing', () => raw(`INSERT INTO "${members}" (user_name) VALUES ('x')`));
  await note('the channel gets another id', () => raw(`UPDATE "${channels}" SET id = '33333333-3333-4333-8333-333333333333'`));
  await note('label', () =>
    raw(`UPDATE "${messages}" SET labels = array_append(labels, 'seen') WHERE 'new' = ANY(labels) RETURNING labels`),
  );
  await note('unlabel', () =>
    raw(`UPDATE "${messages}" SET labels = array_remove(labels, 'unread') WHERE labels @> '{unread}' RETURNING id, labels`),
  );
  await note('react', () =>
    raw(
      `UPDATE "${messages}" SET reactions = reactions || jsonb_build_array(jsonb_build_object('by', 'b', 'emoji', '!')) WHERE id = 1 RETURNING reactions`,
    ),
  );
  await note('who reacted', () =>
    raw(`SELECT m.id, r->>'by' AS by FROM "${messages}" m CROSS JOIN LATERAL jsonb_array_elements(m.reactions) r ORDER BY 1, 2`),
  );
  await note('by settings', () =>
    raw(`SELECT slug FROM "${channels}" WHERE settings @> '{"private": false}' AND (settings->'limits'->>'size')::int >= 100`),
  );
  await note('a message goes', () => raw(`DELETE FROM "${messages}" WHERE id IN (1, 50)`));
  await note('what pointed to them', () => raw(`SELECT m.id, m.reply_to, c.last_message_id FROM "${messages}" m, "${channels}" c`));
  await note('drop, with others resting on it', () => raw(`DROP TABLE "${messages}"`));
  await note('drop, cascading', () => raw(`DROP TABLE "${messages}" CASCADE`));
  await note('shape', () => shapeOf(sequelize.getQueryInterface(), channels));
  await note('the channel goes', () => raw(`DELETE FROM "${channels}"`));
  await note('its members', () => raw(`SELECT count(*) FROM "${members}"`));
  return entries;
}

/** What express-session gives: a class of event emitters. */
class Store extends EventEmitter {}

type SessionStore = Record<'get' | 'destroy', (id: string) => Promise<object | null>> &
  Record<'set' | 'touch', (id: string, data: object) => Promise<unknown>> & {
    sync(): Promise<unknown>;
    length(): Promise<number>;
    stopExpiringSessions(): void;
  };

const storeOf = (db: Sequelize, options: object): SessionStore => {
  const make = createRequire(import.meta.url)('connect-session-sequelize') as (base: typeof Store) => new (given: object) => SessionStore;
  return new (make(Store))({ db, checkExpirationInterval: 0, ...options });
};

/** Users by their mail address in any case, with keys, tokens and sessions. */
export async function auth(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const queryInterface = sequelize.getQueryInterface();
  const users = sequelize.define(
    name('user'),
    {
      id: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4, primaryKey: true },
      email: { type: DataTypes.CITEXT, allowNull: false, unique: true, validate: { isEmail: true } },
      passwordHash: { type: DataTypes.BLOB, allowNull: false, field: 'password_hash' },
      loginCount: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false, defaultValue: 0, field: 'login_count' },
      lastIp: { type: DataTypes.INET, field: 'last_ip' },
      locale: { type: DataTypes.STRING(5), defaultValue: 'en' },
      verified: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: false },
    },
    { tableName: name('user'), underscored: true },
  );
  const tokens = sequelize.define(
    name('token'),
    {
      hash: { type: DataTypes.STRING(64), primaryKey: true },
      scopes: { type: DataTypes.ARRAY(DataTypes.STRING(10)), allowNull: false, defaultValue: [] },
      expiresAt: { type: DataTypes.DATE, allowNull: false },
    },
    { tableName: name('token'), underscored: true, timestamps: false },
  );
  users.hasMany(tokens, { foreignKey: { name: 'userId', allowNull: false }, onDelete: 'CASCADE', as: 'tokens' });
  tokens.belongsTo(users, { foreignKey: 'userId', as: 'user' });
  for (const model of [users, tokens]) {
    await note('sync', () => synced(model, { force: true }));
    await note('shape', () => shapeOf(queryInterface, model.tableName));
  }
  const id = 'a0000000-0000-4000-8000-000000000001';
  await note('sign up', async () =>
    (await users.create({ id, email: 'Ada@Example.org', passwordHash: Buffer.from([0, 1, 255]) })).get('email'),
  );
  await note('again, in another case', () => users.create({ email: 'ADA@example.ORG', passwordHash: Buffer.alloc(1) }));
  await note('many, one of them known', () =>
    users.bulkCreate([
      { email: 'b@x.org', passwordHash: Buffer.alloc(1) },
      { email: 'aDa@example.org', passwordHash: Buffer.alloc(1) },
    ]),
  );
  await note('without a password', () => users.create({ email: 'c@x.org' }));
  await note('past validation', () => users.create({ email: 'c@x.org' }, { validate: false }));
  await note('sign in', async () => {
    const user = await users.findOne({ where: { email: 'ada@example.org' } });
    await user?.increment('loginCount');
    await user?.update({ lastIp: '10.0.0.1' });
    return (
      (await users.findByPk(id))?.get({ plain: true }) && [
        user?.get('passwordHash'),
        user?.get('lastIp'),
        (await users.findByPk(id))?.get('loginCount'),
      ]
    );
  });
  await note('an address that is none', () => users.update({ lastIp: '10.0.0.256' }, { where: { id }, validate: false }));
  await note('found by a list', () => users.count({ where: { email: { [Op.in]: ['ADA@EXAMPLE.ORG', 'x'] } } }));
  await note('found by a part', () => users.count({ where: { email: { [Op.like]: 'ada@%' } } }));
  await note('a token', () => tokens.create({ hash: 'h1', userId: id, scopes: ['read', 'write'], expiresAt: new Date(1e12) }));
  await note('a scope too long', () => tokens.create({ hash: 'h2', userId: id, scopes: ['administrator'], expiresAt: new Date(1e12) }));
  await note('a token of nobody', () =>
    tokens.create({ hash: 'h2', userId: 'a0000000-0000-4000-8000-00000000000f', expiresAt: new Date(1e12) }),
  );
  await note('a key that is none', () => tokens.findOne({ where: { userId: 'nobody' } }));
  await note('with its user', async () => {
    const found = await tokens.findOne({ include: ['user'], where: { hash: 'h1' } });
    return [found?.get('scopes'), (found?.get('user') as { get(key: string): unknown }).get('email')];
  });
  const store = storeOf(sequelize, { tableName: name('session'), modelKey: name('session') });
  await note('session store', async () => {
    sequelize.define(name('Session'), {});
    await store.sync();
    await store.set('sid', { cookie: { expires: new Date(Date.now() + 1e6) }, user: id });
    await store.set('sid', { cookie: { expires: new Date(Date.now() + 1e6) }, user: id, n: 2 });
    await store.touch('sid', { cookie: { expires: new Date(Date.now() + 2e6) } });
    const { cookie: _, ...found } = (await store.get('sid')) as Record<string, unknown>;
    await store.destroy('gone');
    return [found, await store.length()];
  });
  await note('user goes with tokens', async () => [await users.destroy({ where: { id } }), await tokens.count()]);
  return entries;
}
