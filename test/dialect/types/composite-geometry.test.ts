import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { rules } from '../../../src/dialect/translate/functions/geometry.js';
import { codecFor } from '../../../src/dialect/types/codecs.js';
import type { PgType } from '../../../src/dialect/types/pg-type.js';

/** What Sequelize reads PostGIS's bytes with. */
const { Geometry } = createRequire(createRequire(import.meta.url).resolve('sequelize'))('wkx') as {
  Geometry: { parse(bytes: Buffer): { toGeoJSON(options: { shortCrs: boolean }): unknown } };
};

const SHAPES = [
  { type: 'Point', coordinates: [39.807222, -76.984722] },
  { type: 'Point', coordinates: [1, 2, 3] },
  {
    type: 'LineString',
    coordinates: [
      [100, 0],
      [101, 1],
    ],
  },
  {
    type: 'Polygon',
    coordinates: [
      [
        [100, 0],
        [101, 0],
        [101, 1],
        [100, 0],
      ],
      [
        [100.2, 0.2],
        [100.8, 0.2],
        [100.8, 0.8],
        [100.2, 0.2],
      ],
    ],
  },
  {
    type: 'MultiPoint',
    coordinates: [
      [1, 2],
      [3, 4],
    ],
  },
  {
    type: 'MultiLineString',
    coordinates: [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ],
  },
  {
    type: 'MultiPolygon',
    coordinates: [
      [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ],
      [
        [
          [5, 5],
          [6, 5],
          [6, 6],
          [5, 5],
        ],
      ],
    ],
  },
  {
    type: 'GeometryCollection',
    geometries: [
      { type: 'Point', coordinates: [1, 2] },
      {
        type: 'LineString',
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
  },
  { type: 'Point', coordinates: [1, 2], crs: { type: 'name', properties: { name: 'EPSG:3857' } } },
]; // prettier-ignore

const GEOMETRY: PgType = { key: 'geometry' };

describe('geometries', () => {
  it.each(SHAPES)('are read as Sequelize reads them: $type', (shape) => {
    const codec = codecFor(GEOMETRY);
    const stored = codec.input(JSON.stringify(shape));
    expect(JSON.stringify(codec.toJs(stored))).toBe(
      JSON.stringify(Geometry.parse(Buffer.from(codec.output(stored), 'hex')).toGeoJSON({ shortCrs: true })),
    );
    expect(codec.input(codec.output(stored))).toBe(stored);
  });

  it('have the coordinate system of degrees unless they name one', () => {
    const codec = codecFor(GEOMETRY);
    const crs = (text: string): unknown => (codec.toJs(codec.input(text)) as { crs: { properties: { name: string } } }).crs.properties.name;
    expect(crs('{"type":"Point","coordinates":[1,2]}')).toBe('EPSG:4326');
    expect(crs(JSON.stringify(SHAPES[8]))).toBe('EPSG:3857');
  });

  it('are checked by the column', () => {
    const of = (...modifiers: (string | number)[]) => codecFor({ key: 'geometry', modifiers });
    const point = '{"type":"Point","coordinates":[1,2]}';
    expect(() => of('POINT', 4326).input(point)).not.toThrow();
    expect(() => of('POINT').input(point)).not.toThrow();
    expect(() => of('GEOMETRY', 4326).input(point)).not.toThrow();
    expect(() => of('POLYGON', 4326).input(point)).toThrow('Geometry type (Point) does not match column type (Polygon)');
    expect(() => of('POINT', 3857).input(point)).toThrow('Geometry SRID (4326) does not match column SRID (3857)');
    expect(() => of('POINTZ', 4326).input(point)).toThrow('Column has Z dimension but geometry does not');
    expect(() => of('POINT', 4326).input('{"type":"Point","coordinates":[1,2,3]}')).toThrow('Geometry has Z dimension but column does not');
  });

  it('of other texts are refused', () => {
    const codec = codecFor(GEOMETRY);
    expect(() => codec.input('POINT(1 2)')).toThrow('not available on the SQLite fallback');
    expect(() => codec.input('{"type":"Nothing"}')).toThrow('invalid GeoJson representation');
    expect(() => rules.functions?.['st_distance']?.[0]?.([], {} as never, {} as never, {} as never)).toThrow(
      'The function st_distance is not available',
    );
  });
});
