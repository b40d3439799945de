import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { FunctionRule, Rules } from '../typed.js';

/** A literal or parameter stays one, so that the column that it goes into can check its shape. */
const fromGeoJson: FunctionRule = ([text, ...others]) => {
  if (!text || others.length > 0) return undefined;
  if (text.pending === 'null') return text;
  if (typeof text.pending === 'object') return { ...text, type: { key: 'geometry' } };
  throw new UnsupportedOnFallbackError('ST_GeomFromGeoJSON of a computed text', 'Give it a literal or a parameter.');
};

const REFUSED = (
  'st_asgeojson st_astext st_asewkt st_asbinary st_geomfromtext st_geomfromewkt st_geomfromwkb st_geogfromtext st_point st_makepoint st_pointfromtext st_setsrid st_srid st_transform ' +
  'st_distance st_distancesphere st_dwithin st_within st_contains st_covers st_coveredby st_intersects st_intersection st_union st_buffer st_area st_length st_perimeter ' +
  'st_x st_y st_z st_centroid st_envelope st_makeenvelope st_isvalid st_equals st_touches st_crosses st_overlaps st_disjoint st_geometrytype st_npoints st_simplify st_convexhull st_collect st_extent st_makeline st_makepolygon st_dump st_azimuth st_closestpoint st_startpoint st_endpoint st_numpoints st_pointn'
).split(' ');

export const rules: Rules = {
  functions: {
    st_geomfromgeojson: [fromGeoJson],
    ...Object.fromEntries(
      REFUSED.map((name) => [
        name,
        [
          () => {
            throw new UnsupportedOnFallbackError(
              `The function ${name}`,
              'Geometries can be stored and read here: reckon with them in the program.',
            );
          },
        ],
      ]),
    ),
  },
};
