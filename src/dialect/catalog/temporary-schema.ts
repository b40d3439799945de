/** PostgreSQL's name of the schema that a session's temporary tables are in; it is looked into first. */
export const TEMPORARY = 'pg_temp';

export const isTemporary = ({ schema }: { readonly schema: string }): boolean => schema === TEMPORARY;
