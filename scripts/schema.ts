// Owns schema.sql: the whole schema as PostgreSQL's own catalogue tells it, in one readable text.

import pg from 'pg';

/** What belongs to an extension is the extension's business. */
const notOfExtension = (oid: string): string =>
  `not exists (select from pg_depend where pg_depend.objid = ${oid} and pg_depend.deptype = 'e')`;

const inPublic = `relnamespace = 'public'::regnamespace`;

const queries = {
  extensions: `select format('create extension %I;', extname) as sql from pg_extension where extname <> 'plpgsql' order by 1`,
  sequences: `select format('create sequence %I as %s minvalue %s maxvalue %s;', c.relname, format_type(s.seqtypid, null), s.seqmin, s.seqmax) as sql
    from pg_sequence s join pg_class c on c.oid = s.seqrelid where ${inPublic} order by 1`,
  functions: `select pg_get_functiondef(oid) || ';' as sql from pg_proc
    where pronamespace = 'public'::regnamespace and prokind = 'f' and ${notOfExtension('pg_proc.oid')} order by proname`,
  triggers: `select pg_get_triggerdef(t.oid, true) || ';' as sql from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not tgisinternal and ${inPublic} order by c.relname, tgname`,
};

const tableNames = `select oid::int, relname as name, reloptions as options from pg_class where ${inPublic} and relkind = 'r' and ${notOfExtension('pg_class.oid')} order by 2`;

const columns = `select format('%I %s%s%s%s', attname, format_type(atttypid, atttypmod),
    case when attcollation <> t.typcollation then format(' collate %I', (select collname from pg_collation where oid = attcollation)) else '' end,
    case when attnotnull then ' not null' else '' end,
    coalesce(' default ' || pg_get_expr(adbin, adrelid), '')) as sql
  from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where attrelid = $1 and attnum > 0 and not attisdropped order by attnum`;

// Not-null constraints are in the columns; PostgreSQL 18 lists them here too.
const constraints = `select format('constraint %I %s', conname, pg_get_constraintdef(oid, true)) as sql
  from pg_constraint where conrelid = $1 and contype <> 'n' order by contype = 'p' desc, conname`;

const indexes = `select pg_get_indexdef(indexrelid) || ';' as sql from pg_index
  where indrelid = $1 and not exists (select from pg_constraint where conindid = indexrelid) order by 1`;

/** The schema of a migrated database; the same text on every server that the service supports. */
export async function dumpSchema(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const linesOf = async (query: string, parameters: unknown[] = []) =>
    (await client.query<{ sql: string }>(query, parameters)).rows.map((row) => row.sql);
  try {
    const parts = ['-- The schema after all migrations. Generated: npm run generate.'];
    for (const query of [queries.extensions, queries.sequences]) parts.push((await linesOf(query)).join('\n'));
    const tables = await client.query<{ oid: number; name: string; options: string[] | null }>(tableNames);
    for (const { oid, name, options } of tables.rows) {
      const members = [...(await linesOf(columns, [oid])), ...(await linesOf(constraints, [oid]))];
      const tail = options ? ` with (${options.join(', ')})` : '';
      parts.push(`create table ${name} (\n${members.map((member) => `  ${member}`).join(',\n')}\n)${tail};`);
      parts.push((await linesOf(indexes, [oid])).join('\n'));
    }
    parts.push(...(await linesOf(queries.functions)), (await linesOf(queries.triggers)).join('\n'));
    return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
  } finally {
    await client.end();
  }
}
