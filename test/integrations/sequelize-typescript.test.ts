import 'reflect-metadata';
import { Op, Sequelize, type CreationOptional, type InferAttributes, type InferCreationAttributes, type NonAttribute } from 'sequelize';
import {
  AutoIncrement,
  BeforeCreate,
  BelongsTo,
  BelongsToMany,
  Column,
  CreatedAt,
  DataType,
  Default,
  DefaultScope,
  ForeignKey,
  HasMany,
  HasOne,
  Model,
  PrimaryKey,
  Scopes,
  Sequelize as TypedSequelize,
  Table,
} from 'sequelize-typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resilientClassOf } from '../../src/routing/resilient-sequelize.js';
import { onEachDatabase, switchableForTest, type Switchable } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

/** Decorates a property. By hand, the lowest decorator first, because this project's TypeScript is not set to have decorators. */
function column(of: { prototype: object }, name: string, ...decorators: readonly unknown[]): void {
  for (const decorator of decorators) (decorator as (prototype: object, name: string) => void)(of.prototype, name);
}

function table(of: object, ...decorators: readonly unknown[]): void {
  for (const decorator of decorators) (decorator as (of: object) => void)(of);
}

/** The class as the option `Sequelize` takes it. */
const Typed = TypedSequelize as unknown as typeof Sequelize;

const typed = (sequelize: unknown): TypedSequelize => sequelize as TypedSequelize;

function defineTeam() {
  class Team extends Model<InferAttributes<Team>, InferCreationAttributes<Team>> {
    declare id: CreationOptional<number>;
    declare name: string;
    declare colours: CreationOptional<string[]>;
    declare settings: CreationOptional<Record<string, unknown>>;
    declare createdOn: CreationOptional<Date>;
    get loud(): NonAttribute<string> {
      return this.name.toUpperCase();
    }
    static shout(team: Team): void {
      team.name = `${team.name}!`;
    }
    static named(name: string): Promise<Team | null> {
      return this.findOne({ where: { name } });
    }
  }
  class Player extends Model<InferAttributes<Player>, InferCreationAttributes<Player>> {
    declare id: CreationOptional<number>;
    declare name: string;
    declare retired: CreationOptional<boolean>;
    declare teamId: CreationOptional<number | null>;
  }
  class Badge extends Model<InferAttributes<Badge>, InferCreationAttributes<Badge>> {
    declare id: CreationOptional<number>;
    declare motto: string;
    declare teamId: CreationOptional<number>;
  }
  class Cup extends Model<InferAttributes<Cup>, InferCreationAttributes<Cup>> {
    declare id: CreationOptional<number>;
    declare name: string;
  }
  class TeamCup extends Model<InferAttributes<TeamCup>, InferCreationAttributes<TeamCup>> {
    declare teamId: number;
    declare cupId: number;
  }

  const id = [Column(DataType.INTEGER), PrimaryKey, AutoIncrement];
  column(Team, 'id', ...id);
  column(Team, 'name', Column(DataType.STRING));
  column(Team, 'colours', Column(DataType.ARRAY(DataType.STRING)), Default([]));
  column(Team, 'settings', Column(DataType.JSONB), Default({}));
  column(Team, 'createdOn', Column(DataType.DATE), CreatedAt);
  column(
    Team,
    'players',
    HasMany(() => Player, 'teamId'),
  );
  column(
    Team,
    'badge',
    HasOne(() => Badge, 'teamId'),
  );
  column(
    Team,
    'cups',
    BelongsToMany(
      () => Cup,
      () => TeamCup,
    ),
  );
  BeforeCreate(Team, 'shout');
  table(Team, Table({ updatedAt: false }));

  column(Player, 'id', ...id);
  column(Player, 'name', Column(DataType.STRING));
  column(Player, 'retired', Column({ type: DataType.BOOLEAN, defaultValue: false }));
  column(Player, 'teamId', Column(DataType.INTEGER));
  column(
    Player,
    'team',
    BelongsTo(() => Team, 'teamId'),
  );
  table(
    Player,
    DefaultScope(() => ({ where: { retired: false } })),
    Scopes(() => ({ called: (name: string) => ({ where: { name: { [Op.like]: `${name}%` } } }) })),
    Table({ timestamps: false }),
  );

  column(Badge, 'id', ...id);
  column(Badge, 'motto', Column(DataType.STRING));
  column(
    Badge,
    'teamId',
    Column(DataType.INTEGER),
    ForeignKey(() => Team),
  );
  table(Badge, Table({ timestamps: false }));

  column(Cup, 'id', ...id);
  column(Cup, 'name', Column(DataType.STRING));
  table(Cup, Table({ timestamps: false }));
  column(
    TeamCup,
    'teamId',
    Column(DataType.INTEGER),
    ForeignKey(() => Team),
  );
  column(
    TeamCup,
    'cupId',
    Column(DataType.INTEGER),
    ForeignKey(() => Cup),
  );
  table(TeamCup, Table({ timestamps: false }));
  return { Team, Player, Badge, Cup, TeamCup };
}

async function openTeams(): Promise<Switchable & ReturnType<typeof defineTeam>> {
  const models = defineTeam();
  const switchable = await switchableForTest(server, {
    Sequelize: Typed,
    sequelize: { models: Object.values(models) } as object,
  });
  return { ...switchable, ...models };
}

describe('sequelize-typescript', () => {
  it('has its own class under the object', async () => {
    const { sequelize, Team } = await openTeams();
    expect(sequelize).toBeInstanceOf(TypedSequelize);
    expect(sequelize).toBeInstanceOf(Sequelize);
    expect(sequelize.constructor).toBe(resilientClassOf(Typed));
    expect(typed(sequelize).model(Team as never)).toBe(Team);
    expect(typed(sequelize).repositoryMode).toBe(false);
    expect(Team.sequelize).toBe(sequelize);
  });

  it('models work on PostgreSQL, then SQLite, then PostgreSQL', async () => {
    const teams = await openTeams();
    const { Team, Player } = teams;
    await onEachDatabase(teams, async (_engine, round) => {
      const team = await Team.create({ name: `reds ${round}`, colours: ['red', "a'b"], settings: { round } });
      expect(team).toBeInstanceOf(Team);
      expect(team.name).toBe(`reds ${round}!`);
      const read = await Team.named(`reds ${round}!`);
      expect(read?.loud).toBe(`REDS ${round}!`);
      expect(read?.get()).toMatchObject({ colours: ['red', "a'b"], settings: { round }, createdOn: expect.any(Date) as Date });
      expect((Team.getAttributes().colours.type as unknown as { toSql(): string }).toSql()).toBe('VARCHAR(255)[]');
      await Player.bulkCreate([
        { name: `ann ${round}`, teamId: team.id },
        { name: `abe ${round}`, teamId: team.id, retired: true },
      ]);
      expect(await Player.count({ where: { teamId: team.id } })).toBe(1);
      expect(await Player.unscoped().count({ where: { teamId: team.id } })).toBe(2);
      expect(await Player.scope({ method: ['called', 'ann'] }).count({ where: { teamId: team.id } })).toBe(1);
    });
    expect(await teams.postgres('SELECT name FROM "Teams" ORDER BY name')).toEqual([{ name: 'reds 1!' }, { name: 'reds 3!' }]);
    expect(await teams.sqlite('SELECT name FROM Teams')).toEqual([{ name: 'reds 2!' }]);
  });

  it('associations: $set, $get, $add, $count, $has, $create, $remove and includes go to the active database', async () => {
    const teams = await openTeams();
    const { Team, Player, Cup } = teams;
    await onEachDatabase(teams, async (_engine, round) => {
      const team = await Team.create({ name: `reds ${round}` });
      const ann = await Player.create({ name: 'ann' });
      await team.$add('players', ann);
      const bob = await team.$create<InstanceType<typeof Player>>('player', { name: 'bob' });
      expect(await team.$count('players')).toBe(2);
      expect(await team.$has('players', bob)).toBe(true);
      await team.$remove('players', ann);
      expect((await team.$get('players' as never)) as unknown[]).toHaveLength(1);
      await team.$create('badge', { motto: 'win' });
      await team.$set('cups' as never, [await Cup.create({ name: 'gold' })] as never);
      const found = await Team.findByPk(team.id, { include: ['players', 'badge', 'cups'], rejectOnEmpty: true });
      expect(found.get({ plain: true })).toMatchObject({
        players: [{ name: 'bob' }],
        badge: { motto: 'win' },
        cups: [{ name: 'gold' }],
      });
    });
  });

  it('rows of the other database are refused', async () => {
    const { Team, Player, toSqlite } = await openTeams();
    const old = await Team.create({ name: 'reds' });
    await toSqlite();
    const team = await Team.create({ name: 'blues' });
    const player = await Player.create({ name: 'ann' });
    const stale = { code: 'STALE_ROW', origin: 'primary', active: 'fallback' };
    await expect(old.update({ name: 'x' })).rejects.toMatchObject(stale);
    await expect(old.$get('players' as never)).rejects.toMatchObject(stale);
    await expect(player.$set('team' as never, old as never)).rejects.toMatchObject(stale);
    await expect(old.$add('players', player)).rejects.toMatchObject(stale);
    expect((await team.reload()).name).toBe('blues!');
  });

  it('a unit that a model call began ends on its database, whatever the class between has copied', async () => {
    const { Team, toSqlite, postgres, sqlite } = await openTeams();
    await Team.count();
    Team.addHook('beforeCreate', async () => {
      await toSqlite();
    });
    await Team.create({ name: 'reds' });
    expect(await postgres('SELECT name FROM "Teams"')).toEqual([{ name: 'reds!' }]);
    expect(await sqlite('SELECT name FROM Teams')).toEqual([]);
  });

  it('models that are added later are there on both databases', async () => {
    const switchable = await switchableForTest(server, { Sequelize: Typed });
    const { Team, Player, Badge, Cup, TeamCup } = defineTeam();
    await switchable.toSqlite();
    typed(switchable.sequelize).addModels([Team, Player, Badge, Cup, TeamCup] as never);
    await Team.create({ name: 'on sqlite', colours: ['x'] });
    await switchable.toPostgres();
    const team = await Team.create({ name: 'on postgres', colours: ['y'] });
    expect((await team.reload()).colours).toEqual(['y']);
    expect(await switchable.postgres('SELECT name, colours FROM "Teams"')).toEqual([{ name: 'on postgres!', colours: ['y'] }]);
  });
});
