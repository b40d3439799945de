import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import {
  type Coordinates,
  type Geometry,
  hasHeight,
  isPosition,
  NESTING,
  type Position,
  type Shape,
  SHAPE_TYPES,
  WGS84,
} from './geojson.js';

const Z_FLAG = 0x80000000;
const M_FLAG = 0x40000000;
const SRID_FLAG = 0x20000000;

/** The hexadecimal bytes that PostGIS sends for a geometry. */
export function ewkbHex({ srid, shape }: Geometry): string {
  return Buffer.concat(shapeBytes(shape, srid, hasHeight(shape)))
    .toString('hex')
    .toUpperCase();
}

function shapeBytes(shape: Shape, srid: number, isHigh: boolean): Buffer[] {
  const flags = (isHigh ? Z_FLAG : 0) + (srid > 0 ? SRID_FLAG : 0);
  const head = [Buffer.of(1), uint32(SHAPE_TYPES.indexOf(shape.type) + 1 + flags), ...(srid > 0 ? [uint32(srid)] : [])];
  if (shape.type === 'GeometryCollection') {
    return [...head, uint32(shape.geometries.length), ...shape.geometries.flatMap((inner) => shapeBytes(inner, 0, isHigh))];
  }
  if (!shape.type.startsWith('Multi')) return [...head, ...coordinateBytes(shape.coordinates, NESTING[shape.type])];
  const parts = shape.coordinates as readonly Coordinates[];
  const type = shape.type.slice('Multi'.length) as 'Point' | 'LineString' | 'Polygon';
  return [...head, uint32(parts.length), ...parts.flatMap((coordinates) => shapeBytes({ type, coordinates }, 0, isHigh))];
}

function coordinateBytes(coordinates: Coordinates, nesting: number): Buffer[] {
  if (nesting === 0 || isPosition(coordinates)) return positionBytes(coordinates as Position);
  return [uint32(coordinates.length), ...coordinates.flatMap((inner) => coordinateBytes(inner, nesting - 1))];
}

function positionBytes(position: Position): Buffer[] {
  // An empty point is one of NaN.
  return (position.length === 0 ? [NaN, NaN] : position).map((number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(number);
    return bytes;
  });
}

function uint32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

export function readEwkb(hex: string): Geometry {
  return new EwkbReader(hex).read();
}

class EwkbReader {
  readonly #bytes: Buffer;
  #position = 0;
  #srid = WGS84;

  constructor(hex: string) {
    this.#bytes = Buffer.from(hex, 'hex');
  }

  read(): Geometry {
    this.#srid = 0;
    try {
      return { shape: this.#shape(), srid: this.#srid };
    } catch (error) {
      if (error instanceof RangeError) throw new PgError('XX000', 'WKB structure does not match expected size!', { cause: error });
      throw error;
    }
  }

  #shape(): Shape {
    if (this.#bytes.readUInt8(this.#position++) !== 1) throw unsupported('Big-endian bytes of a geometry');
    const head = this.#uint32();
    if ((head & M_FLAG) !== 0) throw unsupported('A geometry with measures');
    const type = SHAPE_TYPES[(head & 0xff) - 1];
    if (type === undefined) throw unsupported('A geometry that is no GeoJSON');
    if ((head & SRID_FLAG) !== 0) this.#srid = this.#uint32();
    const isHigh = (head & Z_FLAG) !== 0;
    if (type === 'GeometryCollection') return { type, geometries: this.#many(() => this.#shape()) };
    if (!type.startsWith('Multi')) return { type, coordinates: this.#coordinates(NESTING[type], isHigh) };
    return { type, coordinates: this.#many(() => (this.#shape() as { coordinates: Coordinates }).coordinates) };
  }

  #coordinates(nesting: number, isHigh: boolean): Coordinates {
    if (nesting > 0) return this.#many(() => this.#coordinates(nesting - 1, isHigh));
    const position = Array.from({ length: isHigh ? 3 : 2 }, () => this.#double());
    return position.every(Number.isNaN) ? [] : position;
  }

  #many<T>(read: () => T): T[] {
    return Array.from({ length: this.#uint32() }, read);
  }

  #uint32(): number {
    this.#position += 4;
    return this.#bytes.readUInt32LE(this.#position - 4);
  }

  #double(): number {
    this.#position += 8;
    return this.#bytes.readDoubleLE(this.#position - 8);
  }
}

function unsupported(feature: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(feature, 'Give it as GeoJSON, as Sequelize does.');
}
