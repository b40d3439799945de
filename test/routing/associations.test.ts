import {
  DataTypes,
  Model,
  Op,
  type BelongsToCreateAssociationMixin,
  type BelongsToGetAssociationMixin,
  type BelongsToManyAddAssociationMixin,
  type BelongsToManyAddAssociationsMixin,
  type BelongsToManyCountAssociationsMixin,
  type BelongsToManyCreateAssociationMixin,
  type BelongsToManyGetAssociationsMixin,
  type BelongsToManyHasAssociationMixin,
  type BelongsToManyHasAssociationsMixin,
  type BelongsToManyRemoveAssociationMixin,
  type BelongsToManyRemoveAssociationsMixin,
  type BelongsToManySetAssociationsMixin,
  type BelongsToSetAssociationMixin,
  type CreationOptional,
  type ForeignKey,
  type HasManyAddAssociationMixin,
  type HasManyAddAssociationsMixin,
  type HasManyCountAssociationsMixin,
  type HasManyCreateAssociationMixin,
  type HasManyGetAssociationsMixin,
  type HasManyHasAssociationMixin,
  type HasManyHasAssociationsMixin,
  type HasManyRemoveAssociationMixin,
  type HasManyRemoveAssociationsMixin,
  type HasManySetAssociationsMixin,
  type HasOneCreateAssociationMixin,
  type HasOneGetAssociationMixin,
  type HasOneSetAssociationMixin,
  type InferAttributes,
  type InferCreationAttributes,
  type NonAttribute,
  type Sequelize,
} from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onEachDatabase, switchableForTest } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

/** Class models and models by `define`, with an association of each kind. */
function defineForum(sequelize: Sequelize) {
  class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
    declare id: CreationOptional<number>;
    declare name: string;
    declare posts?: NonAttribute<Post[]>;
    declare profile?: NonAttribute<Profile | null>;
    declare groups?: NonAttribute<Group[]>;
    declare getPosts: HasManyGetAssociationsMixin<Post>;
    declare countPosts: HasManyCountAssociationsMixin;
    declare hasPost: HasManyHasAssociationMixin<Post, number>;
    declare hasPosts: HasManyHasAssociationsMixin<Post, number>;
    declare setPosts: HasManySetAssociationsMixin<Post, number>;
    declare addPost: HasManyAddAssociationMixin<Post, number>;
    declare addPosts: HasManyAddAssociationsMixin<Post, number>;
    declare removePost: HasManyRemoveAssociationMixin<Post, number>;
    declare removePosts: HasManyRemoveAssociationsMixin<Post, number>;
    declare createPost: HasManyCreateAssociationMixin<Post, 'UserId'>;
    declare getProfile: HasOneGetAssociationMixin<Profile | null>;
    declare setProfile: HasOneSetAssociationMixin<Profile, number>;
    declare createProfile: HasOneCreateAssociationMixin<Profile>;
    declare getGroups: BelongsToManyGetAssociationsMixin<Group>;
    declare countGroups: BelongsToManyCountAssociationsMixin;
    declare hasGroup: BelongsToManyHasAssociationMixin<Group, number>;
    declare hasGroups: BelongsToManyHasAssociationsMixin<Group, number>;
    declare setGroups: BelongsToManySetAssociationsMixin<Group, number>;
    declare addGroup: BelongsToManyAddAssociationMixin<Group, number>;
    declare addGroups: BelongsToManyAddAssociationsMixin<Group, number>;
    declare removeGroup: BelongsToManyRemoveAssociationMixin<Group, number>;
    declare removeGroups: BelongsToManyRemoveAssociationsMixin<Group, number>;
    declare createGroup: BelongsToManyCreateAssociationMixin<Group>;
  }
  class Post extends Model<InferAttributes<Post>, InferCreationAttributes<Post>> {
    declare id: CreationOptional<number>;
    declare title: string;
    declare UserId: ForeignKey<number | null>;
    declare user?: NonAttribute<User>;
    declare getUser: BelongsToGetAssociationMixin<User | null>;
    declare setUser: BelongsToSetAssociationMixin<User, number>;
    declare createUser: BelongsToCreateAssociationMixin<User>;
  }
  interface Profile extends Model<InferAttributes<Profile>, InferCreationAttributes<Profile>> {
    id: CreationOptional<number>;
    motto: string;
  }
  interface Group extends Model<InferAttributes<Group>, InferCreationAttributes<Group>> {
    id: CreationOptional<number>;
    name: string;
    membership?: NonAttribute<Membership>;
  }
  interface Membership extends Model<InferAttributes<Membership>, InferCreationAttributes<Membership>> {
    rank: CreationOptional<string>;
  }

  const id = () => ({ type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true });
  User.init({ id: id(), name: DataTypes.STRING }, { sequelize });
  Post.init({ id: id(), title: DataTypes.STRING }, { sequelize });
  const Profile = sequelize.define<Profile>('Profile', { id: id(), motto: DataTypes.STRING });
  const Group = sequelize.define<Group>('Group', { id: id(), name: DataTypes.STRING });
  const Membership = sequelize.define<Membership>('membership', { rank: { type: DataTypes.STRING, defaultValue: 'member' } });
  User.hasMany(Post, { as: 'posts' });
  Post.belongsTo(User, { as: 'user', foreignKey: 'UserId' });
  User.hasOne(Profile, { as: 'profile', foreignKey: 'UserId' });
  Profile.belongsTo(User);
  User.belongsToMany(Group, { through: Membership, as: 'groups' });
  Group.belongsToMany(User, { through: Membership, as: 'users' });
  return { User, Post, Profile, Group, Membership };
}

const titles = (posts: readonly { title: string }[]) => posts.map(({ title }) => title).sort();
const names = (rows: readonly { name: string }[]) => rows.map(({ name }) => name).sort();

describe('an association', () => {
  it('has many: every mixin goes to the active database', async () => {
    const switchable = await switchableForTest(server);
    const { User, Post } = defineForum(switchable.sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      const user = await User.create({ name: `Ada ${round}` });
      const a = await user.createPost({ title: 'a' });
      const [b, c] = await Post.bulkCreate([{ title: 'b' }, { title: 'c' }]);
      if (b === undefined || c === undefined) throw new Error('bulkCreate gave less than two rows');
      await user.addPost(b);
      expect(titles(await user.getPosts())).toEqual(['a', 'b']);
      await user.addPosts([c]);
      expect(await user.countPosts()).toBe(3);
      expect(await user.countPosts({ where: { title: { [Op.gt]: 'a' } } })).toBe(2);
      expect(await user.hasPost(a)).toBe(true);
      expect(await user.hasPosts([a, b])).toBe(true);
      await user.removePost(a);
      expect(await user.hasPost(a.id)).toBe(false);
      await user.removePosts([b]);
      expect(titles(await user.getPosts())).toEqual(['c']);
      await user.setPosts([a, b]);
      expect(titles(await user.getPosts())).toEqual(['a', 'b']);
      expect((await c.reload()).UserId).toBeNull();
    });
    expect(await switchable.postgres('SELECT count(*)::int AS n FROM "Posts" WHERE "UserId" IS NOT NULL')).toEqual([{ n: 4 }]);
    expect(await switchable.sqlite('SELECT count(*) AS n FROM Posts WHERE UserId IS NOT NULL')).toEqual([{ n: 2 }]);
  });

  it('belongs to: every mixin goes to the active database', async () => {
    const switchable = await switchableForTest(server);
    const { User, Post } = defineForum(switchable.sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      const user = await User.create({ name: `Ada ${round}` });
      const post = await Post.create({ title: 'a' });
      expect(await post.getUser()).toBeNull();
      await post.setUser(user);
      expect((await post.getUser())?.name).toBe(`Ada ${round}`);
      await post.createUser({ name: `Bob ${round}` });
      expect((await post.getUser())?.name).toBe(`Bob ${round}`);
    });
    expect(await switchable.sqlite('SELECT name FROM Users ORDER BY id')).toEqual([{ name: 'Ada 2' }, { name: 'Bob 2' }]);
  });

  it('has one: every mixin goes to the active database', async () => {
    const switchable = await switchableForTest(server);
    const { User, Profile } = defineForum(switchable.sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      const user = await User.create({ name: `Ada ${round}` });
      expect(await user.getProfile()).toBeNull();
      await user.createProfile({ motto: 'old' });
      expect((await user.getProfile())?.motto).toBe('old');
      await user.setProfile(await Profile.create({ motto: `new ${round}` }));
      expect((await user.getProfile())?.motto).toBe(`new ${round}`);
    });
    expect(await switchable.sqlite('SELECT motto FROM Profiles WHERE UserId IS NOT NULL')).toEqual([{ motto: 'new 2' }]);
  });

  it('belongs to many: every mixin goes to the active database', async () => {
    const switchable = await switchableForTest(server);
    const { User, Group } = defineForum(switchable.sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      const user = await User.create({ name: `Ada ${round}` });
      const admins = await user.createGroup({ name: 'admins' }, { through: { rank: 'founder' } });
      const [b, c] = await Group.bulkCreate([{ name: 'b' }, { name: 'c' }]);
      if (b === undefined || c === undefined) throw new Error('bulkCreate gave less than two rows');
      await user.addGroup(b, { through: { rank: 'guest' } });
      await user.addGroups([c]);
      const groups = await user.getGroups({ order: ['name'] });
      expect(groups.map((group) => [group.name, group.membership?.rank])).toEqual([
        ['admins', 'founder'],
        ['b', 'guest'],
        ['c', 'member'],
      ]);
      expect(await user.countGroups()).toBe(3);
      expect(await user.hasGroup(admins)).toBe(true);
      expect(await user.hasGroups([admins, b])).toBe(true);
      await user.removeGroup(admins);
      expect(names(await user.getGroups())).toEqual(['b', 'c']);
      await user.removeGroups([b]);
      expect(names(await user.getGroups())).toEqual(['c']);
      await user.setGroups([admins, b]);
      expect(names(await user.getGroups())).toEqual(['admins', 'b']);
    });
    expect(await switchable.postgres('SELECT count(*)::int AS n FROM memberships')).toEqual([{ n: 4 }]);
    expect(await switchable.sqlite('SELECT count(*) AS n FROM memberships')).toEqual([{ n: 2 }]);
  });

  it('that is added after a switch is there on both databases', async () => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const Tree = sequelize.define('Tree', { name: DataTypes.STRING });
    await Tree.create({ name: 'oak' });
    await switchable.toSqlite();
    const Leaf = sequelize.define('Leaf', { colour: DataTypes.STRING });
    Tree.hasMany(Leaf, { as: 'leaves' });
    for (const round of [2, 3]) {
      await Tree.create({ name: `elm ${round}`, leaves: [{ colour: 'green' }, { colour: 'red' }] }, { include: ['leaves'] });
      const tree = await Tree.findOne({ where: { name: `elm ${round}` }, include: ['leaves'] });
      expect(tree?.get('leaves')).toHaveLength(2);
      if (round === 2) await switchable.toPostgres();
    }
    expect(await switchable.sqlite('SELECT count(*) AS n FROM Leafs')).toEqual([{ n: 2 }]);
    expect(await switchable.postgres('SELECT count(*)::int AS n FROM "Leafs"')).toEqual([{ n: 2 }]);
  });
});

describe('a call of an association that is under way at a switch', () => {
  it('ends on the database that it began on, with all its statements', async () => {
    const switchable = await switchableForTest(server);
    const { User, Post } = defineForum(switchable.sequelize);
    const user = await User.create({ name: 'Ada' });
    const old = await user.createPost({ title: 'old' });
    const next = await Post.create({ title: 'next' });
    let switched = false;
    Post.addHook('beforeFind', async () => {
      if (switched) return;
      switched = true;
      await switchable.toSqlite();
    });
    await user.setPosts([next]);
    expect(switched).toBe(true);
    expect(await switchable.postgres('SELECT id, "UserId" FROM "Posts" ORDER BY id')).toEqual([
      { id: old.id, UserId: null },
      { id: next.id, UserId: user.id },
    ]);
  });
});

describe('an include', () => {
  it('reads nested rows, separately or in one query, from the active database', async () => {
    const switchable = await switchableForTest(server);
    const { User, Post, Profile, Group } = defineForum(switchable.sequelize);
    await onEachDatabase(switchable, async (_engine, round) => {
      const name = `Ada ${round}`;
      await User.create(
        {
          name,
          posts: [{ title: 'a' }, { title: 'b' }],
          profile: { motto: 'short' },
          groups: [{ name: 'admins' }],
        } as never,
        { include: ['posts', 'profile', 'groups'] },
      );
      const user = await User.findOne({
        where: { name },
        include: [
          { model: Post, as: 'posts', include: ['user'] },
          { model: Profile, as: 'profile', required: true },
          { model: Group, as: 'groups', through: { attributes: ['rank'] } },
        ],
        order: [[{ model: Post, as: 'posts' }, 'title', 'DESC']],
      });
      expect(user?.posts?.map((post) => [post.title, post.user?.name])).toEqual([
        ['b', name],
        ['a', name],
      ]);
      expect(user?.profile?.motto).toBe('short');
      expect(user?.groups?.map((group) => [group.name, group.membership?.rank])).toEqual([['admins', 'member']]);

      const separate = await User.findAll({
        where: { name },
        include: [{ model: Post, as: 'posts', separate: true, order: [['title', 'ASC']], limit: 1 }],
      });
      expect(separate.map((one) => one.posts?.map((post) => post.title))).toEqual([['a']]);
      expect(await User.count({ where: { name }, include: [{ model: Post, as: 'posts', where: { title: 'b' } }] })).toBe(1);
    });
  });

  it('of a unit that began before a switch is read from its own database, separate queries too', async () => {
    const switchable = await switchableForTest(server);
    const { User, Post } = defineForum(switchable.sequelize);
    await User.create({ name: 'Ada', posts: [{ title: 'on postgres' }] } as never, { include: ['posts'] });
    Post.addHook('beforeFind', async () => {
      if (switchable.connection.getStatus().dialect === 'postgres') await switchable.toSqlite();
    });
    const users = await User.findAll({ include: [{ model: Post, as: 'posts', separate: true }] });
    expect(switchable.connection.getStatus().dialect).toBe('sqlite');
    expect(users.map((user) => user.posts?.map((post) => post.title))).toEqual([['on postgres']]);
    expect(await User.count()).toBe(0);
  });
});
