import type { QueryInterface } from 'sequelize';
import { ConfigurationError } from '../index.js';
import { checkName, checkQueryInterface, shownValue } from './arguments.js';
import type { Expression } from './defaults.js';
import { engineOf } from './engine-of.js';
import { type LocationNames, locationNames } from './location-columns.js';
import { quotedName } from './quoted-table.js';

/** A place on earth, in degrees (WGS 84). */
export interface Place {
  /** From -90 to 90. */
  latitude: number;
  /** From -180 to 180. */
  longitude: number;
}

/** What lies between two latitudes and two longitudes, its edges included; it crosses the 180th meridian where `west` is greater than `east`. */
export interface Box {
  south: number;
  west: number;
  north: number;
  east: number;
}

/** Which location is searched. */
export interface LocationSearchOptions extends LocationNames {
  /** How the query names the table, where columns of several could be meant. */
  alias?: string;
}

/** What can be said of a search by distance. */
export interface DistanceSearchOptions extends LocationSearchOptions {
  /** On PostgreSQL PostGIS's column and its index answer; without, latitude and longitude do, on every database. @default false */
  postgis?: boolean;
}

/** Metres: the mean radius of WGS 84, which PostGIS takes for spheres too. */
const EARTH_RADIUS = 6_371_008.771415059;
const DEGREE = Math.PI / 180;
/** Degrees: what rounding could take from the edges of a box. */
const MARGIN = 1e-9;

/**
 * A condition for `where`: at most so many metres from a place, along the surface of a sphere, on every database. (The earth is flattened: along
 * its real surface it may be up to 0.5 % more or less.)
 *
 * `Shop.findAll({ where: withinDistance(queryInterface, { latitude: 52.52, longitude: 13.405 }, 2_000) })`
 *
 * @throws ConfigurationError for bad arguments
 */
export function withinDistance(
  queryInterface: QueryInterface,
  place: Place,
  metres: number,
  options: DistanceSearchOptions = {},
): Expression {
  checkQueryInterface(queryInterface);
  const { latitude, longitude } = place;
  checkNumber('latitude', latitude, -90, 90);
  checkNumber('longitude', longitude, -180, 180);
  checkNumber('metres', metres, 0, Number.MAX_VALUE);
  const { sequelize } = queryInterface;
  if (options.postgis === true && engineOf(queryInterface) === 'postgres') {
    const point = `ST_SetSRID(ST_MakePoint(${number(longitude)}, ${number(latitude)}), 4326)::geography`;
    return sequelize.literal(`ST_DWithin(${columnsOf(options).point}, ${point}, ${number(metres)}, false)`);
  }
  const columns = columnsOf(options);
  return sequelize.literal(
    `(${boxSql(boxAround(place, metres), columns)} AND ${haversineSql(place, columns)} <= ${number(haversineOf(metres))})`,
  );
}

/**
 * A condition for `where`: within a box of latitudes and longitudes.
 *
 * @throws ConfigurationError for bad arguments
 */
export function withinBox(queryInterface: QueryInterface, box: Box, options: LocationSearchOptions = {}): Expression {
  checkQueryInterface(queryInterface);
  checkNumber('south', box.south, -90, 90);
  checkNumber('north', box.north, box.south, 90);
  checkNumber('west', box.west, -180, 180);
  checkNumber('east', box.east, -180, 180);
  return queryInterface.sequelize.literal(`(${boxSql(box, columnsOf(options))})`);
}

interface Columns {
  readonly latitude: string;
  readonly longitude: string;
  readonly point: string;
}

function columnsOf(options: LocationSearchOptions): Columns {
  if (options.alias !== undefined) checkName('alias', options.alias);
  const names = locationNames(options);
  const column = (name: string) => `${options.alias === undefined ? '' : `${quotedName(options.alias)}.`}${quotedName(name)}`;
  return { latitude: column(names.latitude), longitude: column(names.longitude), point: column(names.name) };
}

function boxSql({ south, west, north, east }: Box, { latitude, longitude }: Columns): string {
  const between = west <= east ? 'AND' : 'OR';
  return (
    `${latitude} >= ${number(south)} AND ${latitude} <= ${number(north)} ` +
    `AND (${longitude} >= ${number(west)} ${between} ${longitude} <= ${number(east)})`
  );
}

/** The smallest box around a circle; around a pole it has all longitudes. */
function boxAround({ latitude, longitude }: Place, metres: number): Box {
  const angle = metres / EARTH_RADIUS;
  const [south, north] = [latitude - angle / DEGREE - MARGIN, latitude + angle / DEGREE + MARGIN];
  if (south <= -90 || north >= 90) return { south: Math.max(south, -90), west: -180, north: Math.min(north, 90), east: 180 };
  const side = Math.asin(Math.min(1, Math.sin(angle) / Math.cos(latitude * DEGREE))) / DEGREE + MARGIN;
  return side >= 180
    ? { south, west: -180, north, east: 180 }
    : { south, west: wrapped(longitude - side), north, east: wrapped(longitude + side) };
}

const wrapped = (degrees: number): number => (degrees < -180 ? degrees + 360 : degrees > 180 ? degrees - 360 : degrees);

/** The square of the sine of half the angle between two places, which grows with their distance. */
function haversineSql(place: Place, { latitude, longitude }: Columns): string {
  const half = (column: string, degrees: number) => `sin(radians(${column} - ${number(degrees)}) / 2)`;
  const [up, across] = [half(latitude, place.latitude), half(longitude, place.longitude)];
  return `(${up} * ${up} + ${number(Math.cos(place.latitude * DEGREE))} * cos(radians(${latitude})) * ${across} * ${across})`;
}

/** The same of a distance; from half around the earth on there is nothing farther. */
const haversineOf = (metres: number): number => Math.sin(Math.min(metres / EARTH_RADIUS, Math.PI) / 2) ** 2;

const number = (value: number): string => `CAST('${value}' AS double precision)`;

function checkNumber(name: string, value: unknown, from: number, to: number): void {
  if (typeof value === 'number' && value >= from && value <= to) return;
  throw new ConfigurationError(name, `must be a number from ${from} to ${to}`, shownValue(value));
}
