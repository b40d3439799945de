/**
 * All of PostgreSQL's own operators (pg_operator of version 17): the types that each takes, `left:right`, one where both are the same, `:right` before one operand.
 * What has no rule here is told by them: that it can't be calculated, that there is no such operator, or that several would do.
 */
export const OPERATORS_OF_POSTGRES: Readonly<Record<string, string>> = {
  '!!': ':tsquery',
  '!~': 'bpchar:text name:text text',
  '!~*': 'bpchar:text name:text text',
  '!~~': 'bpchar:text bytea name:text text',
  '!~~*': 'bpchar:text name:text text',
  '#': ':path :polygon bit box int2 int4 int8 line lseg',
  '##': 'line:lseg lseg:box lseg point:box point:line point:lseg',
  '#-': 'jsonb:_text',
  '#>': 'json:_text jsonb:_text',
  '#>>': 'json:_text jsonb:_text',
  '%': 'int2 int4 int8 numeric',
  '&': 'bit inet int2 int4 int8 macaddr macaddr8',
  '&&': 'anyarray anymultirange anymultirange:anyrange anyrange:anymultirange anyrange box circle inet polygon tsquery',
  '&<': 'anymultirange anymultirange:anyrange anyrange:anymultirange anyrange box circle polygon',
  '&<|': 'box circle polygon',
  '&>': 'anymultirange anymultirange:anyrange anyrange:anymultirange anyrange box circle polygon',
  '*':
    'anymultirange anyrange box:point circle:point float4 float4:float8 float4:money float8:float4 float8 float8:interval ' +
    'float8:money int2 int2:int4 int2:int8 int2:money int4:int2 int4 int4:int8 int4:money int8:int2 int8:int4 int8 ' +
    'int8:money interval:float8 money:float4 money:float8 money:int2 money:int4 money:int8 numeric path:point point',
  '*<': 'record',
  '*<=': 'record',
  '*<>': 'record',
  '*=': 'record',
  '*>': 'record',
  '*>=': 'record',
  '+':
    ':float4 :float8 :int2 :int4 :int8 :numeric _aclitem:aclitem anymultirange anyrange box:point circle:point date:int4 ' +
    'date:interval date:time date:timetz float4 float4:float8 float8:float4 float8 inet:int8 int2 int2:int4 int2:int8 ' +
    'int4:date int4:int2 int4 int4:int8 int8:inet int8:int2 int8:int4 int8 interval:date interval interval:time ' +
    'interval:timestamp interval:timestamptz interval:timetz money numeric numeric:pg_lsn path path:point pg_lsn:numeric ' +
    'point time:date time:interval timestamp:interval timestamptz:interval timetz:date timetz:interval',
  '-':
    ':float4 :float8 :int2 :int4 :int8 :interval :numeric _aclitem:aclitem anymultirange anyrange box:point circle:point ' +
    'date date:int4 date:interval float4 float4:float8 float8:float4 float8 inet inet:int8 int2 int2:int4 int2:int8 ' +
    'int4:int2 int4 int4:int8 int8:int2 int8:int4 int8 interval jsonb:_text jsonb:int4 jsonb:text money numeric path:point ' +
    'pg_lsn:numeric pg_lsn point time:interval time timestamp:interval timestamp timestamptz:interval timestamptz ' +
    'timetz:interval',
  '->': 'json:int4 json:text jsonb:int4 jsonb:text',
  '->>': 'json:int4 json:text jsonb:int4 jsonb:text',
  '-|-': 'anymultirange anymultirange:anyrange anyrange:anymultirange anyrange',
  '/':
    'box:point circle:point float4 float4:float8 float8:float4 float8 int2 int2:int4 int2:int8 int4:int2 int4 int4:int8 ' +
    'int8:int2 int8:int4 int8 interval:float8 money:float4 money:float8 money:int2 money:int4 money:int8 money numeric ' +
    'path:point point',
  '<':
    'anyarray anyenum anymultirange anyrange bit bool box bpchar bytea char circle date date:timestamp date:timestamptz ' +
    'float4 float4:float8 float8:float4 float8 inet int2 int2:int4 int2:int8 int4:int2 int4 int4:int8 int8:int2 int8:int4 ' +
    'int8 interval jsonb lseg macaddr macaddr8 money name name:text numeric oid oidvector path pg_lsn record text:name text ' +
    'tid time timestamp:date timestamp timestamp:timestamptz timestamptz:date timestamptz:timestamp timestamptz timetz ' +
    'tsquery tsvector uuid varbit xid8',
  '<->':
    'box box:lseg box:point circle circle:point circle:polygon line line:lseg line:point lseg:box lseg:line lseg lseg:point ' +
    'path path:point point:box point:circle point:line point:lseg point:path point point:polygon polygon:circle ' +
    'polygon:point polygon tsquery',
  '<<':
    'anymultirange anymultirange:anyrange anyrange:anymultirange anyrange bit:int4 box circle inet int2:int4 int4 int8:int4 ' +
    'point polygon',
  '<<=': 'inet',
  '<<|': 'box circle point polygon',
  '<=':
    'anyarray anyenum anymultirange anyrange bit bool box bpchar bytea char circle date date:timestamp date:timestamptz ' +
    'float4 float4:float8 float8:float4 float8 inet int2 int2:int4 int2:int8 int4:int2 int4 int4:int8 int8:int2 int8:int4 ' +
    'int8 interval jsonb lseg macaddr macaddr8 money name name:text numeric oid oidvector path pg_lsn record text:name text ' +
    'tid time timestamp:date timestamp timestamp:timestamptz timestamptz:date timestamptz:timestamp timestamptz timetz ' +
    'tsquery tsvector uuid varbit xid8',
  '<>':
    'anyarray anyenum anymultirange anyrange bit bool bpchar bytea char circle date date:timestamp date:timestamptz float4 ' +
    'float4:float8 float8:float4 float8 inet int2 int2:int4 int2:int8 int4:int2 int4 int4:int8 int8:int2 int8:int4 int8 ' +
    'interval jsonb lseg macaddr macaddr8 money name name:text numeric oid oidvector pg_lsn point record text:name text tid ' +
    'time timestamp:date timestamp timestamp:timestamptz timestamptz:date timestamptz:timestamp timestamptz timetz tsquery ' +
    'tsvector uuid varbit xid:int4 xid xid8',
  '<@':
    'anyarray anyelement:anymultirange anyelement:anyrange anymultirange anymultirange:anyrange anyrange:anymultirange ' +
    'anyrange box circle jsonb lseg:box lseg:line point:box point:circle point:line point:lseg point:path point:polygon ' +
    'polygon tsquery',
  '<^': 'box point',
  '=':
    'aclitem anyarray anyenum anymultirange anyrange bit bool box bpchar bytea char cid circle date date:timestamp ' +
    'date:timestamptz float4 float4:float8 float8:float4 float8 inet int2 int2:int4 int2:int8 int4:int2 int4 int4:int8 ' +
    'int8:int2 int8:int4 int8 interval jsonb line lseg macaddr macaddr8 money name name:text numeric oid oidvector path ' +
    'pg_lsn record text:name text tid time timestamp:date timestamp timestamp:timestamptz timestamptz:date ' +
    'timestamptz:timestamp timestamptz timetz tsquery tsvector uuid varbit xid:int4 xid xid8',
  '>':
    'anyarray anyenum anymultirange anyrange bit bool box bpchar bytea char circle date date:timestamp date:timestamptz ' +
    'float4 float4:float8 float8:float4 float8 inet int2 int2:int4 int2:int8 int4:int2 int4 int4:int8 int8:int2 int8:int4 ' +
    'int8 interval jsonb lseg macaddr macaddr8 money name name:text numeric oid oidvector path pg_lsn record text:name text ' +
    'tid time timestamp:date timestamp timestamp:timestamptz timestamptz:date timestamptz:timestamp timestamptz timetz ' +
    'tsquery tsvector uuid varbit xid8',
  '>=':
    'anyarray anyenum anymultirange anyrange bit bool box bpchar bytea char circle date date:timestamp date:timestamptz ' +
    'float4 float4:float8 float8:float4 float8 inet int2 int2:int4 int2:int8 int4:int2 int4 int4:int8 int8:int2 int8:int4 ' +
    'int8 interval jsonb lseg macaddr macaddr8 money name name:text numeric oid oidvector path pg_lsn record text:name text ' +
    'tid time timestamp:date timestamp timestamp:timestamptz timestamptz:date timestamptz:timestamp timestamptz timetz ' +
    'tsquery tsvector uuid varbit xid8',
  '>>':
    'anymultirange anymultirange:anyrange anyrange:anymultirange anyrange bit:int4 box circle inet int2:int4 int4 int8:int4 ' +
    'point polygon',
  '>>=': 'inet',
  '>^': 'box point',
  '?': 'jsonb:text',
  '?#': 'box line:box line lseg:box lseg:line lseg path',
  '?&': 'jsonb:_text',
  '?-': ':line :lseg point',
  '?-|': 'line lseg',
  '?|': ':line :lseg jsonb:_text point',
  '?||': 'line lseg',
  '@': ':float4 :float8 :int2 :int4 :int8 :numeric',
  '@-@': ':lseg :path',
  '@>':
    '_aclitem:aclitem anyarray anymultirange:anyelement anymultirange anymultirange:anyrange anyrange:anyelement ' +
    'anyrange:anymultirange anyrange box box:point circle circle:point jsonb path:point polygon:point polygon tsquery',
  '@?': 'jsonb:jsonpath',
  '@@': ':box :circle :lseg :polygon jsonb:jsonpath text text:tsquery tsquery:tsvector tsvector:tsquery',
  '@@@': 'tsquery:tsvector tsvector:tsquery',
  '^': 'float8 numeric',
  '^@': 'text',
  '|': 'bit inet int2 int4 int8 macaddr macaddr8',
  '|&>': 'box circle polygon',
  '|/': ':float8',
  '|>>': 'box circle point polygon',
  '||':
    'anycompatible:anycompatiblearray anycompatiblearray:anycompatible anycompatiblearray anynonarray:text bytea jsonb ' +
    'text:anynonarray text tsquery tsvector varbit',
  '||/': ':float8',
  '~': ':bit :inet :int2 :int4 :int8 :macaddr :macaddr8 bpchar:text name:text text',
  '~*': 'bpchar:text name:text text',
  '~<=~': 'bpchar text',
  '~<~': 'bpchar text',
  '~=': 'box circle point polygon',
  '~>=~': 'bpchar text',
  '~>~': 'bpchar text',
  '~~': 'bpchar:text bytea name:text text',
  '~~*': 'bpchar:text name:text text',
};
