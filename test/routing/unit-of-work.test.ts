import { setTimeout as sleep } from 'node:timers/promises';
import { DataTypes, Model, type CreationOptional, type InferAttributes, type InferCreationAttributes, type Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gate, switchableForTest, type Switchable } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

interface NoteRow extends Model<InferAttributes<NoteRow>, InferCreationAttributes<NoteRow>> {
  id: CreationOptional<number>;
  text: string;
}

const defineNote = (sequelize: Sequelize) =>
  sequelize.define<NoteRow>('Note', {
    id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
    text: { type: DataTypes.STRING, allowNull: false },
  });

/** A connection with one model, and what each of its databases holds. */
async function notebook() {
  const switchable = await switchableForTest(server);
  const Note = defineNote(switchable.sequelize);
  await Note.count();
  return { ...switchable, Note, notes: () => notesOf(switchable) };
}

async function notesOf({ postgres, sqlite }: Switchable): Promise<{ postgres: unknown[]; sqlite: unknown[] }> {
  const texts = (rows: readonly Record<string, unknown>[]) => rows.map((row) => row['text']);
  return {
    postgres: texts(await postgres('SELECT text FROM "Notes" ORDER BY text')),
    sqlite: texts(await sqlite('SELECT text FROM Notes ORDER BY text')),
  };
}

/** Holds the next call of a model that creates a row between its first and its last statement. */
function holdNextCreate(Note: ReturnType<typeof defineNote>): { begun: Promise<void>; goOn: () => void } {
  const begun = new Gate();
  const goOn = new Gate();
  let held = false;
  Note.addHook('beforeCreate', async () => {
    if (held) return;
    held = true;
    begun.open();
    await goOn.opened;
  });
  return { begun: begun.opened, goOn: goOn.open };
}

describe('a call that is under way at a switch', () => {
  it('ends on the database that it began on, while new work goes to the other', async () => {
    const { Note, notes, toSqlite } = await notebook();
    const { begun, goOn } = holdNextCreate(Note);
    const old = Note.create({ text: 'old' });
    await begun;
    await toSqlite();
    await Note.create({ text: 'new' });
    goOn();
    await old;
    expect(await notes()).toEqual({ postgres: ['old'], sqlite: ['new'] });
  });

  it('ends on SQLite when PostgreSQL comes back meanwhile', async () => {
    const { Note, notes, toSqlite, toPostgres } = await notebook();
    await toSqlite();
    const { begun, goOn } = holdNextCreate(Note);
    const old = Note.create({ text: 'old' });
    await begun;
    await toPostgres();
    await Note.create({ text: 'new' });
    goOn();
    await old;
    expect(await notes()).toEqual({ postgres: ['new'], sqlite: ['old'] });
  });

  it('keeps its dialect for everything that it asks the object', async () => {
    const { sequelize, Note, toSqlite } = await notebook();
    const seen: unknown[] = [];
    Note.addHook('beforeFind', async () => {
      seen.push(sequelize.getDialect());
      await toSqlite();
      seen.push(sequelize.getDialect(), sequelize.getQueryInterface().queryGenerator);
    });
    const generator = sequelize.getQueryInterface().queryGenerator;
    await Note.findAll();
    expect(seen.slice(0, 2)).toEqual(['postgres', 'postgres']);
    expect(seen[2]).toBe(generator);
    expect(sequelize.getDialect()).toBe('sqlite');
    expect(sequelize.getQueryInterface().queryGenerator).not.toBe(generator);
  });

  it('ends a slow statement on the server that has it', async () => {
    const { sequelize, toSqlite } = await notebook();
    const slow = sequelize.query('SELECT pg_sleep(0.4), current_database() AS name', { plain: true });
    await sleep(50);
    await toSqlite();
    expect(await sequelize.query('SELECT sqlite_version() IS NOT NULL AS here', { plain: true })).toEqual({ here: true });
    expect(await slow).toMatchObject({ name: expect.any(String) as string });
  });

  it('runs a whole findOrCreate, its transaction and its rows on one database', async () => {
    const { Note, notes, toSqlite } = await notebook();
    let switched = false;
    Note.addHook('beforeFind', async () => {
      if (!switched) {
        switched = true;
        await toSqlite();
      }
    });
    const [, created] = await Note.findOrCreate({ where: { text: 'old' } });
    expect(created).toBe(true);
    expect(await notes()).toEqual({ postgres: ['old'], sqlite: [] });
  });
});

describe('connection.unit(fn)', () => {
  it('keeps all its calls on one database', async () => {
    const { connection, Note, notes, toSqlite } = await notebook();
    const answer = await connection.unit(async () => {
      await Note.create({ text: 'first' });
      await toSqlite();
      await Note.create({ text: 'second' });
      return await Note.count();
    });
    expect(answer).toBe(2);
    await Note.create({ text: 'after' });
    expect(await notes()).toEqual({ postgres: ['first', 'second'], sqlite: ['after'] });
  });

  it('takes a function that is not async, and rejects with what it throws', async () => {
    const { connection, sequelize } = await notebook();
    expect(await connection.unit(() => sequelize.getDialect())).toBe('postgres');
    const error = new Error('mine');
    await expect(
      connection.unit(() => {
        throw error;
      }),
    ).rejects.toBe(error);
  });

  it('within another one joins it', async () => {
    const { connection, Note, notes, toSqlite } = await notebook();
    await connection.unit(async () => {
      await toSqlite();
      await connection.unit(() => Note.create({ text: 'inner' }));
      await Note.create({ text: 'outer' });
    });
    expect(await notes()).toEqual({ postgres: ['inner', 'outer'], sqlite: [] });
  });

  it('beside another one has a database of its own', async () => {
    const { connection, Note, notes, toSqlite } = await notebook();
    const first = new Gate();
    const old = connection.unit(async () => {
      await first.opened;
      await Note.create({ text: 'old' });
    });
    await toSqlite();
    await connection.unit(async () => {
      first.open();
      await old;
      await Note.create({ text: 'new' });
    });
    expect(await notes()).toEqual({ postgres: ['old'], sqlite: ['new'] });
  });

  it('that has ended pins nothing: work that it started and did not await goes to the active database', async () => {
    const { connection, Note, notes, toSqlite } = await notebook();
    const goOn = new Gate();
    let left: Promise<unknown> = Promise.resolve();
    await connection.unit(async () => {
      await Note.create({ text: 'in the unit' });
      left = goOn.opened.then(() => Note.create({ text: 'left over' }));
    });
    await toSqlite();
    goOn.open();
    await left;
    expect(await notes()).toEqual({ postgres: ['in the unit'], sqlite: ['left over'] });
  });

  it('that has ended leaves its left-over work in units of their own, each on one database', async () => {
    const { connection, Note, notes, toSqlite } = await notebook();
    const goOn = new Gate();
    const { begun, goOn: endCreate } = holdNextCreate(Note);
    let left: Promise<unknown> = Promise.resolve();
    await connection.unit(() => {
      left = goOn.opened.then(() => Note.create({ text: 'left over' }));
    });
    goOn.open();
    await begun;
    await toSqlite();
    endCreate();
    await left;
    expect(await notes()).toEqual({ postgres: ['left over'], sqlite: [] });
  });

  it('lets a call that was begun in it and not awaited end on one database', async () => {
    const { connection, Note, notes, toSqlite } = await notebook();
    const { begun, goOn } = holdNextCreate(Note);
    let left: Promise<NoteRow> | undefined;
    await connection.unit(async () => {
      left = Note.create({ text: 'left over' });
      await begun;
    });
    await toSqlite();
    goOn();
    const row = await left;
    const { postgres } = await notes();
    // Wherever it is, the row must know: on the other database its id belongs to nobody or to a stranger.
    const owner = postgres.length === 1 ? 'primary' : 'fallback';
    if (owner === 'primary') await expect(row?.update({ text: 'changed' })).rejects.toMatchObject({ code: 'STALE_ROW', origin: owner });
    else await row?.update({ text: 'changed' });
    const after = await notes();
    expect([...after.postgres, ...after.sqlite]).toEqual([owner === 'primary' ? 'left over' : 'changed']);
  });

  it('keeps its old database open until it ends', async () => {
    const { connection, Note, postgres, toSqlite } = await notebook();
    const sessions = async () =>
      (await postgres(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%"Notes"%'
        AND pid <> pg_backend_pid()`)) as { n: number }[];
    await connection.unit(async () => {
      await Note.count();
      await toSqlite();
      await sleep(300);
      expect((await sessions())[0]?.n).toBe(1);
      expect(await Note.count()).toBe(0);
    });
    await expect.poll(async () => (await sessions())[0]?.n, { timeout: 3000 }).toBe(0);
  });
});

describe('outside units of work', () => {
  it('event listeners run, and what they start, also where a unit causes the event', async () => {
    const { connection, sequelize, Note, notes, toSqlite } = await notebook();
    const inListener: string[] = [];
    const done = new Gate();
    connection.on('connected', ({ dialect }) => {
      if (dialect !== 'sqlite') return;
      inListener.push(sequelize.getDialect());
      void Note.create({ text: 'by the listener' }).then(() => {
        setTimeout(() => {
          inListener.push(sequelize.getDialect());
          done.open();
        }, 1);
      });
    });
    await connection.unit(async () => {
      await Note.create({ text: 'by the unit' });
      await toSqlite();
      await done.opened;
      await Note.create({ text: 'by the unit, later' });
    });
    expect(inListener).toEqual(['sqlite', 'sqlite']);
    expect(await notes()).toEqual({ postgres: ['by the unit', 'by the unit, later'], sqlite: ['by the listener'] });
  });

  it('a listener that is added in a unit is told the current activation outside of it', async () => {
    const { connection, sequelize, toSqlite } = await notebook();
    const told = new Promise<string>((resolve) => {
      void connection.unit(async () => {
        await toSqlite();
        connection.on('connected', () => resolve(sequelize.getDialect()));
        await sleep(20);
      });
    });
    expect(await told).toBe('sqlite');
  });

  it('a timer that a unit set goes to the active database once the unit has ended', async () => {
    const { connection, sequelize, toSqlite } = await notebook();
    const inTimer = new Promise<string>((resolve) => {
      void connection.unit(() => {
        setTimeout(() => resolve(sequelize.getDialect()), 400);
      });
    });
    await toSqlite();
    expect(await inTimer).toBe('sqlite');
  });
});
