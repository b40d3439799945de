import { version } from '../package.json';

/** This package's version, e.g. '1.4.0'. Of package.json, bundlers take over this one name. */
export const VERSION: string = version;
