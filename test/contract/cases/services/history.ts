import { DataTypes } from 'sequelize';
import type { Site } from '../../contract-case.js';
import { newDiary, rowsOf, shapeOf, synced } from './diary.js';

/** Events of streams, numbered for good, with what they say as JSONB. */
export async function eventStore(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const queryInterface = sequelize.getQueryInterface();
  const events = name('events');
  const raw = (text: string) => rowsOf(sequelize, text);
  await note('tables', () =>
    sequelize.transaction(async (transaction) => {
      await sequelize.query(
        `CREATE TABLE "${events}" (
          position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          stream_id TEXT NOT NULL,
          version BIGINT NOT NULL,
          type VARCHAR(100) NOT NULL,
          payload JSONB NOT NULL,
          metadata JSONB NOT NULL DEFAULT '{}',
          recorded_at TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
          UNIQUE (stream_id, version),
          CHECK (version > 0)
        )`,
        { transaction },
      );
      await sequelize.query(`CREATE INDEX ON "${events}" USING brin (recorded_at)`, { transaction });
      await sequelize.query(`CREATE INDEX ON "${events}" ((payload->>'customerId'))`, { transaction });
      await sequelize.query(
        `CREATE VIEW "${name('latest')}" AS SELECT stream_id, max(version) AS version, count(*)::int AS n FROM "${events}" GROUP BY stream_id`,
        { transaction },
      );
    }),
  );
  await note('shape', () => shapeOf(queryInterface, events));
  const event = sequelize.define(
    name('event'),
    {
      position: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true, autoIncrementIdentity: true },
      streamId: DataTypes.TEXT,
      version: DataTypes.BIGINT,
      type: DataTypes.STRING(100),
      payload: DataTypes.JSONB,
      metadata: DataTypes.JSONB,
    },
    { tableName: events, underscored: true, timestamps: false },
  );
  await note('append', async () => {
    const made = await event.create({
      streamId: 'order-1',
      version: 1,
      type: 'Placed',
      payload: { customerId: 'c1', total: 12.5, items: [{ n: 1 }] },
      metadata: {},
    });
    return made.get({ plain: true });
  });
  await note('append many', async () =>
    (
      await event.bulkCreate([
        { streamId: 'order-1', version: '2', type: 'Paid', payload: { amount: '9007199254740993' }, metadata: { by: 'x' } },
        {
          streamId: 'order-2',
          version: '9007199254740993',
          type: 'Placed',
          payload: { customerId: 'c2', 'odd "key"': null },
          metadata: {},
        },
      ])
    ).map((row) => row.get({ plain: true })),
  );
  await note('a version that is taken', () => event.create({ streamId: 'order-1', version: 2, type: 'Paid', payload: {}, metadata: {} }));
  await note('two in one transaction, one taken', () =>
    sequelize.transaction((transaction) =>
      event.bulkCreate(
        [
          { streamId: 'order-3', version: 1, type: 'Placed', payload: {}, metadata: {} },
          { streamId: 'order-1', version: 1, type: 'Placed', payload: {}, metadata: {} },
        ],
        { transaction },
      ),
    ),
  );
  await note('version 0', () => event.create({ streamId: 'order-4', version: 0, type: 'Placed', payload: {}, metadata: {} }));
  await note('a position of its own', () =>
    raw(`INSERT INTO "${events}" (position, stream_id, version, type, payload) VALUES (99, 'a', 1, 'X', '{}')`),
  );
  await note('overriding', () =>
    raw(
      `INSERT INTO "${events}" (position, stream_id, version, type, payload) OVERRIDING SYSTEM VALUE VALUES (99, 'a', 1, 'X', '{}') RETURNING position`,
    ),
  );
  await note('no payload', () => raw(`INSERT INTO "${events}" (stream_id, version, type) VALUES ('a', 2, 'X')`));
  await note('broken payload', () => raw(`INSERT INTO "${events}" (stream_id, version, type, payload) VALUES ('a', 2, 'X', '{"a":')`));
  await note('read', () =>
    event.findAll({ where: { streamId: 'order-1' }, order: [['version', 'ASC']], attributes: ['version', 'type', 'payload'] }),
  );
  await note('by customer', () => raw(`SELECT stream_id FROM "${events}" WHERE payload->>'customerId' = 'c2'`));
  await note('latest', () => raw(`SELECT * FROM "${name('latest')}" ORDER BY stream_id`));
  await note('the view keeps its column', () => queryInterface.removeColumn(events, 'version'));
  await note('the view keeps its type', () => queryInterface.changeColumn(events, 'stream_id', { type: DataTypes.STRING(50) }));
  await note('drop the view', () => raw(`DROP VIEW "${name('latest')}"`));
  await note('type', () => queryInterface.changeColumn(events, 'stream_id', { type: DataTypes.STRING(50), allowNull: false }));
  await note('snapshot table', () =>
    raw(
      `CREATE TABLE "${name('snapshots')}" (stream_id VARCHAR(50), version BIGINT, state JSONB, PRIMARY KEY (stream_id, version), FOREIGN KEY (stream_id, version) REFERENCES "${events}" (stream_id, version) ON DELETE CASCADE ON UPDATE CASCADE)`,
    ),
  );
  await note('a snapshot', () =>
    raw(
      `INSERT INTO "${name('snapshots')}" SELECT stream_id, version, payload FROM "${events}" WHERE type = 'Placed' AND stream_id LIKE 'order%' RETURNING *`,
    ),
  );
  await note('a snapshot of nothing', () => raw(`INSERT INTO "${name('snapshots')}" VALUES ('order-1', 77, '{}')`));
  await note('half a key', () => raw(`INSERT INTO "${name('snapshots')}" VALUES ('order-1', NULL, '{}')`));
  await note('renumbered', () => raw(`UPDATE "${events}" SET version = 5 WHERE stream_id = 'order-1' AND version = 1`));
  await note('snapshots', () => raw(`SELECT * FROM "${name('snapshots')}" ORDER BY 1, 2`));
  await note('drop the key they rest on', () => queryInterface.removeConstraint(events, `${events}_stream_id_version_key`));
  await note('shape', () => shapeOf(queryInterface, events));
  await note('shape', () => shapeOf(queryInterface, name('snapshots')));
  await note('truncate', () => raw(`TRUNCATE "${events}" RESTART IDENTITY`));
  await note('truncate', () => raw(`TRUNCATE "${events}" RESTART IDENTITY CASCADE`));
  await note('from the beginning', () =>
    raw(`INSERT INTO "${events}" (stream_id, version, type, payload) VALUES ('z', 1, 'X', '[]') RETURNING position`),
  );
  return entries;
}

/** Bookings of rooms: ranges of times. */
export async function calendar(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const queryInterface = sequelize.getQueryInterface();
  const table = name('bookings');
  const raw = (text: string) => rowsOf(sequelize, text);
  const booking = sequelize.define(
    name('booking'),
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      room: { type: DataTypes.STRING(20), allowNull: false },
      during: { type: DataTypes.RANGE(DataTypes.DATE), allowNull: false },
      days: DataTypes.RANGE(DataTypes.DATEONLY),
      seats: { type: DataTypes.RANGE(DataTypes.INTEGER), defaultValue: [1, 5] },
      startsAt: DataTypes.TIME,
      day: { type: DataTypes.DATEONLY, allowNull: false, defaultValue: '2024-02-29' },
    },
    {
      tableName: table,
      timestamps: false,
      indexes: [
        { fields: ['during'], using: 'gist' },
        { unique: true, fields: ['room', 'during'] },
      ],
    },
  );
  await note('sync', () => synced(booking));
  await note('shape', () => shapeOf(queryInterface, table));
  const hour = (h: number) => new Date(Date.UTC(2024, 1, 29, h));
  await note('book', () =>
    booking
      .create({ room: 'red', during: [hour(9), hour(10)], days: ['2024-02-29', '2024-03-02'], startsAt: '09:00' })
      .then((row) => row.reload()),
  );
  await note('book', () =>
    queryInterface.bulkInsert(table, [{ room: 'blue', during: `[2024-02-29 09:30+00,2024-02-29 11:00+00)`, seats: '[2,3]' }]),
  );
  await note('the same again', () => booking.create({ room: 'red', during: [hour(9), hour(10)] }));
  await note('backwards', () => raw(`INSERT INTO "${table}" (room, during) VALUES ('red', '[2024-02-29 10:00+00,2024-02-29 09:00+00)')`));
  await note('overlapping', () =>
    raw(`SELECT room, seats FROM "${table}" WHERE during && tstzrange('2024-02-29T09:45:00Z', '2024-02-29T09:50:00Z') ORDER BY room`),
  );
  await note('at a time', () => raw(`SELECT room FROM "${table}" WHERE during @> '2024-02-29T10:15:00Z'::timestamptz`));
  await note('bounds', () =>
    raw(`SELECT room, lower(during), upper(during), lower_inc(seats), isempty(days) FROM "${table}" ORDER BY room`),
  );
  await note('by day', () => raw(`SELECT to_char(day, 'YYYY-MM-DD') AS d, count(*) FROM "${table}" GROUP BY 1`));
  await note('next year', () => raw(`UPDATE "${table}" SET day = day + interval '1 year' WHERE room = 'red' RETURNING day`));
  await note('a column more', () =>
    queryInterface.addColumn(table, 'zone', { type: DataTypes.STRING, allowNull: false, defaultValue: 'Europe/Berlin' }),
  );
  await note('alter', () => synced(booking, { alter: { drop: false } }));
  await note('shape', () => shapeOf(queryInterface, table));
  return entries;
}
