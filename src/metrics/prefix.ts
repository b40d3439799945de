/** Of what may stand before the name of each metric. */
export const PREFIX_RULE = 'must begin like a name of Prometheus: letters, digits and _, no digit first';

/** Whether a text may stand there; an empty one may. */
export const isPrefix = (text: string): boolean => /^(?:[A-Za-z_:][A-Za-z0-9_:]*)?$/.test(text);
