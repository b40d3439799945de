import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';

export type Position = readonly number[];
export type Coordinates = Position | readonly Coordinates[];

export type Shape =
  | { readonly type: Exclude<ShapeType, 'GeometryCollection'>; readonly coordinates: Coordinates }
  | { readonly type: 'GeometryCollection'; readonly geometries: readonly Shape[] };

/** In the order of their numbers in WKB, from 1. */
export const SHAPE_TYPES = [
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
] as const;
export type ShapeType = (typeof SHAPE_TYPES)[number];

export interface Geometry {
  readonly srid: number;
  readonly shape: Shape;
}

/** How many arrays the positions of a type lie in. */
export const NESTING: Readonly<Record<Exclude<ShapeType, 'GeometryCollection'>, number>> = {
  Point: 0,
  LineString: 1,
  MultiPoint: 1,
  Polygon: 2,
  MultiLineString: 2,
  MultiPolygon: 3,
};

export const WGS84 = 4326;

/** PostGIS's ST_GeomFromGeoJSON. */
export function geometryOfGeoJson(text: string): Geometry {
  const json = parsed(text);
  return { srid: sridOf(json), shape: withEqualDimensions(shapeOf(json)) };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new PgError('XX000', `invalid GeoJSON representation`);
  }
  if (typeof json !== 'object' || json === null) throw new PgError('XX000', 'invalid GeoJSON representation');
  return json as Readonly<Record<string, unknown>>;
}

function sridOf(json: Readonly<Record<string, unknown>>): number {
  const { crs } = json as { crs?: { properties?: { name?: unknown } } | null };
  if (crs === undefined || crs === null) return WGS84;
  const name = String(crs.properties?.name);
  const srid = /^(?:EPSG:|urn:ogc:def:crs:EPSG:[\d.]*:)(\d+)$/.exec(name)?.[1];
  if (srid !== undefined) return Number(srid);
  throw new UnsupportedOnFallbackError(`The coordinate system ${name}`, 'Name it by its EPSG number, as in EPSG:4326.');
}

function shapeOf(json: Readonly<Record<string, unknown>>): Shape {
  const type = SHAPE_TYPES.find((known) => known.toLowerCase() === String(json['type']).toLowerCase());
  if (type === undefined) throw new PgError('XX000', 'invalid GeoJson representation');
  if (type === 'GeometryCollection') {
    const { geometries } = json;
    if (!Array.isArray(geometries)) throw new PgError('XX000', "Unable to find 'geometries' in GeoJSON string");
    return { type, geometries: geometries.map((inner) => shapeOf(inner as Readonly<Record<string, unknown>>)) };
  }
  const { coordinates } = json;
  if (!Array.isArray(coordinates)) throw new PgError('XX000', "Unable to find 'coordinates' in GeoJSON string");
  return { type, coordinates: coordinatesOf(coordinates, NESTING[type]) };
}

function coordinatesOf(value: unknown, nesting: number): Coordinates {
  if (!Array.isArray(value)) throw new PgError('XX000', "The 'coordinates' in GeoJSON are not sufficiently nested");
  if (nesting > 0) return value.map((inner) => coordinatesOf(inner, nesting - 1));
  if (!value.every((number) => typeof number === 'number'))
    throw new PgError('XX000', "The 'coordinates' in GeoJSON are not sufficiently nested");
  if (value.length === 1) throw new PgError('XX000', 'Too few ordinates in GeoJSON');
  if (value.length > 3) throw new UnsupportedOnFallbackError('A position of more than three numbers', 'Leave out the measure.');
  return value;
}

/** One position with a height gives all of them one, as in PostGIS. */
function withEqualDimensions(shape: Shape): Shape {
  if (!hasHeight(shape)) return shape;
  const deepened = (coordinates: Coordinates): Coordinates =>
    isPosition(coordinates) ? (coordinates.length === 2 ? [...coordinates, 0] : coordinates) : coordinates.map(deepened);
  const mapped = (inner: Shape): Shape =>
    inner.type === 'GeometryCollection'
      ? { ...inner, geometries: inner.geometries.map(mapped) }
      : { ...inner, coordinates: deepened(inner.coordinates) };
  return mapped(shape);
}

export function isPosition(coordinates: Coordinates): coordinates is Position {
  return typeof coordinates[0] === 'number';
}

export function hasHeight(shape: Shape): boolean {
  const anyHeight = (coordinates: Coordinates): boolean =>
    isPosition(coordinates) ? coordinates.length > 2 : coordinates.some((inner) => anyHeight(inner));
  return shape.type === 'GeometryCollection' ? shape.geometries.some(hasHeight) : anyHeight(shape.coordinates);
}

export function storedGeometry({ srid, shape }: Geometry): string {
  const crs = srid === 0 ? {} : { crs: { type: 'name', properties: { name: `EPSG:${srid}` } } };
  return JSON.stringify({ ...crs, ...shape });
}
