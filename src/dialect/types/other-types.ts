/** Types that PostgreSQL has and the fallback has not: they are refused, where an unknown name is PostgreSQL's own error. */
const OTHERS = new Set(
  (
    'int2vector regproc tid xid cid oidvector xml xid8 point lseg path box polygon line circle money aclitem bit varbit refcursor regprocedure regoper ' +
    'regoperator regcollation regtype regrole regnamespace regconfig regdictionary jsonpath txid_snapshot pg_lsn pg_snapshot int4multirange nummultirange ' +
    'tsmultirange tstzmultirange datemultirange int8multirange cstring ltree cube'
  ).split(' '),
);

export function isTypeOnlyOfPostgres(name: string): boolean {
  return OTHERS.has(name) || name === 'bit varying';
}
