import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { Codec } from '../codec.js';
import type { PgType } from '../pg-type.js';
import { ewkbHex, readEwkb } from './ewkb.js';
import { type Geometry, geometryOfGeoJson, hasHeight, SHAPE_TYPES, storedGeometry, WGS84 } from './geojson.js';

/** Stored as the GeoJSON that Sequelize makes of PostGIS's bytes, its `crs` first. Geography is geometry in degrees. */
export function geometryCodec(type: PgType): Codec {
  return {
    type,
    affinity: 'TEXT',
    input: (text) => storedGeometry(checked(readGeometry(text), type)),
    output: (stored) => ewkbHex(readGeometry(String(stored))),
    toJs: (stored) => JSON.parse(String(stored)) as unknown,
  };
}

function readGeometry(text: string): Geometry {
  if (text.trimStart().startsWith('{')) return geometryOfGeoJson(text);
  if (/^0[01][0-9a-f]{8,}$/i.test(text)) return readEwkb(text);
  throw new UnsupportedOnFallbackError(
    `A ${text.split('(')[0]?.trim() ?? ''} as text for a geometry`,
    'Give it as GeoJSON, as Sequelize does.',
  );
}

/** What a column's `geometry(POINT,4326)` demands. @throws PgError 22023 */
function checked(geometry: Geometry, { key, modifiers = [] }: PgType): Geometry {
  const [shapeText = 'GEOMETRY', sridText = key === 'geography' ? WGS84 : 0] = modifiers;
  const [, expected = '', height = ''] = /^(\w+?)(Z?)$/i.exec(String(shapeText)) ?? [];
  const { srid, shape } = geometry;
  if (Number(sridText) > 0 && Number(sridText) !== srid) throw mismatch(`Geometry SRID (${srid}) does not match column SRID (${sridText})`);
  const isAny = expected.toUpperCase() === 'GEOMETRY';
  const name = SHAPE_TYPES.find((type) => type.toUpperCase() === expected.toUpperCase());
  const isCollected = name === 'GeometryCollection' && shape.type.startsWith('Multi');
  if (!isAny && shape.type !== name && !isCollected)
    throw mismatch(`Geometry type (${shape.type}) does not match column type (${name ?? expected})`);
  // A column without a shape takes all dimensions.
  if (modifiers.length === 0) return geometry;
  if (height !== '' && !hasHeight(shape)) throw mismatch('Column has Z dimension but geometry does not');
  if (height === '' && hasHeight(shape)) throw mismatch('Geometry has Z dimension but column does not');
  return geometry;
}

function mismatch(message: string): PgError {
  return new PgError('22023', message);
}
