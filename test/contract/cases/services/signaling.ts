import { type CreationOptional, DataTypes, type Model, type ModelStatic, Op, QueryTypes, type Sequelize } from 'sequelize';
import type { Site } from '../../contract-case.js';
import { newDiary, rowsOf, shapeOf, synced } from './diary.js';

type Any = ModelStatic<Model & Record<string, CreationOptional<unknown>>>;

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const at = (seconds: number): Date => new Date(Date.UTC(2024, 0, 1, 12, 0, seconds));

/** The models of examples/signaling. */
function modelsOf(site: Site): Record<'user' | 'room' | 'message' | 'session' | 'activity' | 'statMinute', Any> {
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const define = (suffix: string, attributes: Parameters<Sequelize['define']>[1], options: Parameters<Sequelize['define']>[2] = {}) =>
    sequelize.define(name(suffix), attributes, { freezeTableName: true, timestamps: false, ...options }) as unknown as Any;
  const id = { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 };
  return {
    user: define('users', {
      id,
      username: { type: DataTypes.STRING(32), allowNull: false, unique: true },
      displayName: DataTypes.STRING,
      passwordHash: DataTypes.STRING,
      roles: { type: DataTypes.ARRAY(DataTypes.STRING), allowNull: false, defaultValue: ['guest'] },
      prefs: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
      disabledAt: DataTypes.DATE,
      lastSeenAt: DataTypes.DATE,
    }),
    room: define('rooms', {
      id,
      code: { type: DataTypes.STRING(12), allowNull: false, unique: true },
      name: DataTypes.STRING,
      kind: { type: DataTypes.ENUM('festival', 'meeting'), allowNull: false },
      tags: { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: [] },
      settings: { type: DataTypes.JSONB, defaultValue: { maxPeers: 6, locked: false } },
      passcodeHash: DataTypes.STRING,
      ownerId: DataTypes.UUID,
      closedAt: DataTypes.DATE,
    }),
    message: define(
      'messages',
      {
        id,
        roomId: { type: DataTypes.UUID, allowNull: false, references: { model: name('rooms'), key: 'id' } },
        authorId: DataTypes.UUID,
        authorName: DataTypes.STRING,
        kind: { type: DataTypes.STRING(16), defaultValue: 'text' },
        body: { type: DataTypes.TEXT, allowNull: false },
        meta: DataTypes.JSONB,
        mentions: DataTypes.ARRAY(DataTypes.UUID),
        sentAt: { type: DataTypes.DATE(3), allowNull: false },
      },
      { indexes: [{ fields: ['roomId', 'sentAt', 'id'] }] },
    ),
    session: define('sessions', {
      id,
      userId: DataTypes.UUID,
      roomId: DataTypes.UUID,
      resumeHash: DataTypes.STRING,
      device: DataTypes.JSONB,
      state: DataTypes.JSONB,
      connectedAt: DataTypes.DATE,
      disconnectedAt: DataTypes.DATE,
      lastSeenAt: DataTypes.DATE,
      reconnects: { type: DataTypes.INTEGER, defaultValue: 0 },
      closeReason: DataTypes.STRING,
    }),
    activity: define(
      'activity',
      {
        id,
        at: { type: DataTypes.DATE(3), allowNull: false, defaultValue: DataTypes.NOW },
        level: DataTypes.STRING(8),
        type: DataTypes.STRING(64),
        actorId: DataTypes.UUID,
        roomId: DataTypes.UUID,
        data: DataTypes.JSONB,
        tags: DataTypes.ARRAY(DataTypes.STRING),
      },
      { indexes: [{ fields: ['at'] }, { fields: ['tags'], using: 'gin' }] },
    ),
    statMinute: define('stats', {
      id: { type: DataTypes.STRING, primaryKey: true },
      at: DataTypes.DATE,
      counters: { type: DataTypes.JSONB, defaultValue: {} },
    }),
  };
}

const keysAndMore = (model: Any, options: object) => model.findAll({ raw: true, ...options });

export async function signaling(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const models = modelsOf(site);
  const { user, room, message, session, activity, statMinute } = models;
  for (const [key, model] of Object.entries(models)) {
    await note(`sync ${key}`, () => synced(model));
    await note(`shape of ${key}`, () => shapeOf(sequelize.getQueryInterface(), model.tableName));
  }
  await note('users', () =>
    user.bulkCreate([
      { id: uuid(1), username: 'ada', roles: ['admin', 'host'], prefs: { lang: 'de', sound: { on: true } } },
      { id: uuid(2), username: 'bob', displayName: 'Bob "the" {builder}' },
    ]),
  );
  await note('the name is taken', () => user.create({ id: uuid(3), username: 'ada' }));
  await note('a room, its session and activity in one transaction', () =>
    sequelize.transaction(async (transaction) => {
      await room.create(
        { id: uuid(10), code: 'abc-defg-hjk', kind: 'festival', tags: ['main', 'a,b', 'with "quotes"'], ownerId: uuid(1) },
        { transaction },
      );
      await session.create({ id: uuid(20), userId: uuid(1), roomId: uuid(10), device: { ua: 'x' }, connectedAt: at(0) }, { transaction });
      await activity.create({ id: uuid(30), at: at(1), type: 'room:created', data: { code: 'abc' }, tags: ['room'] }, { transaction });
    }),
  );
  await note('a transaction that fails', () =>
    sequelize.transaction(async (transaction) => {
      await room.create({ id: uuid(11), code: 'xyz', kind: 'meeting' }, { transaction });
      await room.create({ id: uuid(12), code: 'xyz', kind: 'meeting' }, { transaction });
    }),
  );
  await note('rooms by tag', () => keysAndMore(room, { where: { tags: { [Op.contains]: ['main'] } } }));
  await note('rooms by any tag', () => room.count({ where: { tags: { [Op.overlap]: ['x', 'a,b'] } } }));
  await note('unlocked rooms', () => keysAndMore(room, { where: { 'settings.locked': false }, attributes: ['code', 'settings'] }));
  await note('rooms of few', () => room.count({ where: { settings: { maxPeers: { [Op.lte]: 6 } } } }));
  await note('lock', () =>
    room.update({ settings: sequelize.literal(`settings || '{"locked": true}'`) as never }, { where: { id: uuid(10) } }),
  );
  await note('locked', () => keysAndMore(room, { where: { settings: { locked: true } }, attributes: ['settings'] }));
  const messages = Array.from({ length: 130 }, (_, n) => ({
    id: uuid(1000 + n),
    roomId: uuid(10),
    authorId: uuid(1 + (n % 2)),
    body: `message ${n}`,
    meta: { n },
    mentions: n % 10 === 0 ? [uuid(2)] : [],
    sentAt: at(Math.floor(n / 2)),
  }));
  await note('messages', async () => (await message.bulkCreate(messages)).length);
  await note('sent again', async () => (await message.bulkCreate(messages.slice(0, 3), { ignoreDuplicates: true })).length);
  await note('sent twice', () => message.create({ id: uuid(1000), roomId: uuid(10), body: 'x', sentAt: at(0) }));
  await note('sent twice, nothing done', () =>
    sequelize.query(
      `INSERT INTO "${message.tableName}" (id, "roomId", body, "sentAt") VALUES (:id, :room, 'again', now()) ON CONFLICT (id) DO NOTHING RETURNING id`,
      { replacements: { id: uuid(1001), room: uuid(10) }, type: QueryTypes.SELECT },
    ),
  );
  await note('in no room', () => message.create({ id: uuid(3000), roomId: uuid(99), body: 'x', sentAt: at(0) }));
  await note('the last of them', () =>
    keysAndMore(message, {
      where: { roomId: uuid(10) },
      order: [
        ['sentAt', 'DESC'],
        ['id', 'DESC'],
      ],
      limit: 5,
      attributes: ['id', 'body', 'sentAt', 'meta'],
    }),
  );
  await note('prune', () =>
    sequelize.query(
      `DELETE FROM "${message.tableName}" WHERE "roomId" = ? AND id NOT IN (SELECT id FROM "${message.tableName}" WHERE "roomId" = ? ORDER BY "sentAt" DESC, id DESC LIMIT 100)`,
      { replacements: [uuid(10), uuid(10)], type: QueryTypes.BULKDELETE },
    ),
  );
  await note('old ones', () => message.destroy({ where: { sentAt: { [Op.lt]: at(20) } } }));
  await note('mentioned', () => message.count({ where: { mentions: { [Op.contains]: [uuid(2)] } } }));
  await note('left', () => message.count());
  await note('a reconnect', async () => {
    await session.increment('reconnects', { where: { id: uuid(20) } });
    return session.findByPk(uuid(20), { attributes: ['reconnects', 'device', 'state', 'connectedAt', 'disconnectedAt'] });
  });
  await note('counters', () => statMinute.upsert({ id: 'n:1', at: at(0), counters: { relay: 1 } }));
  await note('counters added', () =>
    rowsOf(
      sequelize,
      `INSERT INTO "${statMinute.tableName}" AS s (id, at, counters) VALUES ('n:1', '2024-01-01', '{"relay": 4}') ON CONFLICT (id) DO UPDATE ` +
        `SET counters = jsonb_set(s.counters, '{relay}', to_jsonb((s.counters->>'relay')::int + (EXCLUDED.counters->>'relay')::int)) RETURNING counters`,
    ),
  );
  await note('activity by tag', () => keysAndMore(activity, { where: { tags: { [Op.contains]: ['room'] } } }));
  await note('last seen wins', () =>
    user
      .upsert({ id: uuid(2), username: 'bob', lastSeenAt: at(7) })
      .then(() => user.findByPk(uuid(2), { attributes: ['username', 'roles', 'lastSeenAt', 'prefs'] })),
  );
  for (const [key, model] of Object.entries(models)) {
    await note(`alter ${key}`, () => synced(model, { alter: true }));
    await note(`shape of ${key}`, () => shapeOf(sequelize.getQueryInterface(), model.tableName));
  }
  return entries;
}
