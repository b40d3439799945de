import { checkName } from './arguments.js';

/** How the columns of a location are called. */
export interface LocationNames {
  /** The location's name, and that of PostGIS's column. @default 'location' */
  name?: string;
  /** @default 'latitude', or `<name>_latitude` where a name is given */
  latitude?: string;
  /** @default 'longitude', or `<name>_longitude` where a name is given */
  longitude?: string;
}

/** The same with the defaults. @throws ConfigurationError */
export function locationNames({ name, latitude, longitude }: LocationNames): Required<LocationNames> {
  const prefix = name === undefined ? '' : `${name}_`;
  const names = { name: name ?? 'location', latitude: latitude ?? `${prefix}latitude`, longitude: longitude ?? `${prefix}longitude` };
  for (const [what, value] of Object.entries(names)) checkName(what, value);
  return names;
}
