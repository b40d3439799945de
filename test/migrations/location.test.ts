import { DataTypes, type ModelStatic, type Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addLocationColumns, type LocationOptions, removeLocationColumns } from '../../src/migrations/location.js';
import { withinBox, withinDistance } from '../../src/migrations/location-search.js';
import { Random } from '../chaos/random.js';
import { type ArticleRow, articlesOn, type Kind, KINDS, openSite, type Site } from './full-text-site.js';

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 120_000);
afterAll(() => site.dispose());

const PLACES = {
  berlin: { latitude: 52.52, longitude: 13.405 },
  potsdam: { latitude: 52.3906, longitude: 13.0645 },
  paris: { latitude: 48.8566, longitude: 2.3522 },
  suva: { latitude: -18.1248, longitude: 178.4501 },
  apia: { latitude: -13.8333, longitude: -171.7667 },
  pole: { latitude: 90, longitude: 0 },
  alert: { latitude: 82.5018, longitude: -62.3481 },
};
/** The embedded PostgreSQL has no PostGIS. */
const PLAIN: LocationOptions = { withoutPostgis: 'columns' };

let made = 0;

async function placesOn(kind: Kind, rows: Readonly<Record<string, { latitude: number; longitude: number }>> = PLACES) {
  const sequelize = site.sequelizeOf(kind);
  made += 1;
  const table = `places_${made}`;
  await articlesOn(sequelize, table);
  const change = await addLocationColumns(sequelize.getQueryInterface(), table, PLAIN);
  const Place = located(sequelize, table);
  await Place.bulkCreate(Object.entries(rows).map(([title, place]) => ({ title, ...place })));
  const found = async (where: ReturnType<typeof withinBox>) => (await Place.findAll({ where, order: ['id'] })).map(({ title }) => title);
  return { sequelize, queryInterface: sequelize.getQueryInterface(), table, Place, change, found };
}

const located = (sequelize: Sequelize, tableName: string): ModelStatic<ArticleRow> =>
  sequelize.define<ArticleRow>(
    `L_${tableName}`,
    {
      id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true },
      title: DataTypes.STRING,
      latitude: DataTypes.DOUBLE,
      longitude: DataTypes.DOUBLE,
    },
    { tableName, timestamps: false },
  );

describe.each(KINDS)('a location: %s', (kind) => {
  it('is made once, completed, and removed', async () => {
    const { queryInterface, table, change, Place } = await placesOn(kind);
    const index = `${table}_latitude_longitude`;
    expect(change).toMatchObject({
      did: 'created',
      details: ['added column "latitude"', 'added column "longitude"', `added index "${index}"`],
    });
    expect((await addLocationColumns(queryInterface, table, PLAIN)).did).toBe('exists');
    await queryInterface.removeIndex(table, index);
    expect(await addLocationColumns(queryInterface, table, PLAIN)).toMatchObject({ did: 'changed', details: [`added index "${index}"`] });
    expect((await addLocationColumns(queryInterface, table, { ...PLAIN, name: 'home' })).did).toBe('created');
    expect((await removeLocationColumns(queryInterface, table, { name: 'home' })).did).toBe('removed');
    expect(await Place.count()).toBe(Object.keys(PLACES).length);
    expect((await removeLocationColumns(queryInterface, table)).did).toBe('removed');
    expect((await removeLocationColumns(queryInterface, table)).did).toBe('absent');
    expect(Object.keys(await queryInterface.describeTable(table)).sort()).toEqual(['body', 'id', 'position', 'title']);
  });

  it('takes places on earth and no others', async () => {
    const { Place } = await placesOn(kind);
    await Place.create({ title: 'nowhere', latitude: null, longitude: null });
    const exact = { latitude: 12.345678901234567, longitude: -0.1 };
    expect((await Place.create({ title: 'exact', ...exact })).get()).toMatchObject(exact);
    for (const [latitude, longitude] of [
      [90.5, 0],
      [-91, 0],
      [0, 181],
      [0, -180.1],
      [1, null],
      [null, 1],
      [Infinity, 0],
    ] as const)
      await expect(Place.create({ latitude, longitude }), `${latitude}, ${longitude}`).rejects.toThrow();
  });

  it('is found by distance', async () => {
    const { queryInterface, found } = await placesOn(kind);
    expect(await found(withinDistance(queryInterface, PLACES.berlin, 20_000))).toEqual(['berlin']);
    expect(await found(withinDistance(queryInterface, PLACES.berlin, 30_000))).toEqual(['berlin', 'potsdam']);
    expect(await found(withinDistance(queryInterface, PLACES.berlin, 900_000))).toEqual(['berlin', 'potsdam', 'paris']);
    expect(await found(withinDistance(queryInterface, PLACES.berlin, 0))).toEqual(['berlin']);
    expect(await found(withinDistance(queryInterface, PLACES.suva, 1_200_000))).toEqual(['suva', 'apia']);
    expect(await found(withinDistance(queryInterface, { latitude: 88, longitude: 120 }, 1_100_000))).toEqual(['pole', 'alert']);
    expect(await found(withinDistance(queryInterface, PLACES.berlin, 30_000_000))).toEqual(Object.keys(PLACES));
  });

  it('is found by a box, also across the 180th meridian', async () => {
    const { queryInterface, found } = await placesOn(kind);
    expect(await found(withinBox(queryInterface, { south: 48.8566, west: 2.3522, north: 52.52, east: 13.405 }))).toEqual([
      'berlin',
      'potsdam',
      'paris',
    ]);
    expect(await found(withinBox(queryInterface, { south: 48.8567, west: 2.3522, north: 52.52, east: 13.404 }))).toEqual(['potsdam']);
    expect(await found(withinBox(queryInterface, { south: -20, west: 170, north: -10, east: -170 }))).toEqual(['suva', 'apia']);
  });

  it('can be named by an alias', async () => {
    const { Place, queryInterface } = await placesOn(kind);
    Place.hasOne(Place, { as: 'twin', foreignKey: 'id', constraints: false });
    const where = withinDistance(queryInterface, PLACES.paris, 10, { alias: Place.name });
    expect((await Place.findAll({ where, include: 'twin' })).map(({ title }) => title)).toEqual(['paris']);
  });

  it('refuses what it can not have', async () => {
    const { queryInterface, table, sequelize } = await placesOn(kind);
    await expect(addLocationColumns(queryInterface, 'nowhere', PLAIN)).rejects.toThrow('there is no table');
    await sequelize.query(`ALTER TABLE ${table} ADD COLUMN home_latitude text`);
    await expect(addLocationColumns(queryInterface, table, { ...PLAIN, name: 'home' })).rejects.toThrow(
      '"home_latitude" is there and of type',
    );
    expect(() => withinDistance(queryInterface, { latitude: 91, longitude: 0 }, 1)).toThrow(
      'latitude: must be a number from -90 to 90; received 91',
    );
    expect(() => withinDistance(queryInterface, { latitude: '1); --' as never, longitude: 0 }, 1)).toThrow('latitude');
    expect(() => withinDistance(queryInterface, { latitude: 0, longitude: Number.NaN }, 1)).toThrow('longitude');
    expect(() => withinBox(queryInterface, { south: 2, north: 1, west: 0, east: 0 })).toThrow('north');
  });
});

describe('the distance of places', () => {
  it('is the same on PostgreSQL, on the fallback and on plain SQLite', async () => {
    const random = new Random(7, 'places');
    const degrees = (limit: number) => Math.round((random.next() * 2 - 1) * limit * 1e6) / 1e6;
    const centers = [...Object.values(PLACES), ...Array.from({ length: 40 }, () => ({ latitude: degrees(90), longitude: degrees(180) }))];
    const rows = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => {
        const near = centers[index % centers.length] ?? PLACES.berlin;
        const place = { latitude: near.latitude + degrees(1), longitude: near.longitude + degrees(1) };
        return [`place ${index}`, Math.abs(place.latitude) <= 90 && Math.abs(place.longitude) <= 180 ? place : near];
      }),
    );
    const all = await Promise.all(KINDS.map((kind) => placesOn(kind, rows)));
    for (const center of centers) {
      for (const metres of [1, 5_000, 60_000, 3_000_000]) {
        const answers = await Promise.all(all.map(({ queryInterface, found }) => found(withinDistance(queryInterface, center, metres))));
        const expected = Object.entries(rows).filter(([, place]) => greatCircle(center, place) <= metres);
        for (const answer of answers)
          expect({ center, metres, answer }).toEqual({ center, metres, answer: expected.map(([title]) => title) });
      }
    }
  });
});

/** By the dot product of two vectors, another formula than the one that is tested. */
function greatCircle(a: { latitude: number; longitude: number }, b: { latitude: number; longitude: number }): number {
  const vector = ({ latitude, longitude }: typeof a) => {
    const [up, round] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
    return [Math.cos(up) * Math.cos(round), Math.cos(up) * Math.sin(round), Math.sin(up)] as const;
  };
  const [u, v] = [vector(a), vector(b)];
  const chord = Math.hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2]);
  return 6_371_008.771415059 * 2 * Math.asin(Math.min(1, chord / 2));
}

describe('a location on PostgreSQL', () => {
  it('is refused without PostGIS unless the caller says what to do then', async () => {
    const queryInterface = site.sequelizeOf('plain PostgreSQL').getQueryInterface();
    await articlesOn(site.sequelizeOf('plain PostgreSQL'), 'without');
    await expect(addLocationColumns(queryInterface, 'without')).rejects.toThrow("pass withoutPostgis: 'columns'");
    expect(Object.keys(await queryInterface.describeTable('without'))).not.toContain('latitude');
  });

  it('is searched through its index', async () => {
    const { sequelize, queryInterface, Place } = await placesOn('plain PostgreSQL');
    const sql: string[] = [];
    const where = withinDistance(queryInterface, PLACES.berlin, 1000);
    await Place.findAll({ where, logging: (text) => sql.push(text.replace(/^[^:]*: /, '')) });
    const plan = await sequelize.transaction(async (transaction) => {
      await sequelize.query('SET LOCAL enable_seqscan = off', { transaction });
      return await sequelize.query(`EXPLAIN ${sql[0]}`, { transaction });
    });
    expect(JSON.stringify(plan)).toMatch(/Index Scan.*_latitude_longitude.*Index Cond: \(\(latitude >=/);
  });

  /* PostGIS can't be installed beside the embedded server: what is sent to it is looked at, and run against functions of the same names. */
  it('has a column of PostGIS where the extension is there', async () => {
    const sequelize = site.sequelizeOf('plain PostgreSQL');
    const queryInterface = sequelize.getQueryInterface();
    await articlesOn(sequelize, 'with_postgis');
    const sql: string[] = [];
    const undone = sequelize.transaction(async (transaction) => {
      await sequelize.query('CREATE DOMAIN geography AS point', { transaction });
      await addLocationColumns(queryInterface, 'with_postgis', { transaction, logging: (text) => sql.push(text.replace(/^[^:]*: /, '')) });
    });
    await expect(undone).rejects.toThrow('type modifier is not allowed for type "geography"');
    expect(sql.filter((text) => text.startsWith('ALTER')).at(-1)).toBe(
      'ALTER TABLE "public"."with_postgis" ADD COLUMN "location" geography(Point, 4326) GENERATED ALWAYS AS ' +
        '(ST_SetSRID(ST_MakePoint("longitude", "latitude"), 4326)::geography) STORED',
    );
  });

  it('asks PostGIS where the caller says so', async () => {
    const { sequelize, queryInterface, table, found } = await placesOn('plain PostgreSQL');
    const planar = 'sqrt((a[0] - b[0]) ^ 2 + (a[1] - b[1]) ^ 2) * 111195 <= metres AND NOT spheroid';
    for (const text of [
      'CREATE DOMAIN geography AS point',
      'CREATE FUNCTION ST_MakePoint(x float8, y float8) RETURNS point LANGUAGE sql IMMUTABLE AS $$ SELECT point(x, y) $$',
      'CREATE FUNCTION ST_SetSRID(p point, srid int) RETURNS point LANGUAGE sql IMMUTABLE AS $$ SELECT p $$',
      `CREATE FUNCTION ST_DWithin(a geography, b geography, metres float8, spheroid boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT ${planar} $$`,
      `ALTER TABLE ${table} ADD COLUMN location geography GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geography) STORED`,
    ])
      await sequelize.query(text);
    expect(await found(withinDistance(queryInterface, PLACES.berlin, 60_000, { postgis: true }))).toEqual(['berlin', 'potsdam']);
  });
});
