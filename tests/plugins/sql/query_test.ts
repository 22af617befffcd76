/** Which placeholders of a query become parameters, for each kind of server. */
import { assertEquals } from "@std/assert";
import { MYSQL } from "../../../plugins/sql/mysql.ts";
import { POSTGRES } from "../../../plugins/sql/postgres.ts";
import { parseQuery } from "../../../plugins/sql/query.ts";
import type { SqlDialect } from "../../../plugins/sql/types.ts";
import { fakeClient } from "../../support/plugin_harness.ts";

type Case = readonly [query: string, statement: string, letters: string, ...literals: string[]];

function check(dialect: SqlDialect, cases: readonly Case[]): void {
  for (const [query, statement, letters, ...literals] of cases) {
    const parsed = parseQuery(query, dialect);
    assertEquals(parsed.statement, statement, query);
    assertEquals(parsed.letters.join(""), letters, query);
    assertEquals(parsed.literals, literals, query);
  }
}

Deno.test("a placeholder counts bare, and where it is all that quotes hold", () => {
  check(POSTGRES, [
    ["select '%u', %c, '%a', '%C', '%d'", "select $1, $2, $3, $4, $5", "ucaCd"],
    ["a = '%u' or b = '%u'", "a = $1 or b = $2", "uu"],
    ["a = '%u'::text and (%c)", "a = $1::text and ($2)", "uc"],
    ["a like 'x%u'", "a like 'x%u'", "", "'x%u'"],
    ["a like '%u%'", "a like '%u%'", "", "'%u%'"],
    ["a like '%user'", "a like '%user'", ""],
    ["a = '%P' or a = %t or b = 7 % c", "a = '%P' or a = %t or b = 7 % c", ""],
    ["a = 7 %cent", "a = 7 %cent", ""],
    ["'it''s %u' = '%u'", "'it''s %u' = $1", "u", "'it''s %u'"],
  ]);
  check(MYSQL, [
    ["select '%u', %c, \"%a\"", "select ?, ?, ?", "uca"],
    ["`%u` = '%u'", "`%u` = ?", "u"],
  ]);
});

Deno.test("comments, names and the servers' other quotes are left alone", () => {
  check(POSTGRES, [
    ["\"%u\" = '%u'", '"%u" = $1', "u"],
    ["-- '%u' %c\n'%u'", "-- '%u' %c\n$1", "u"],
    ["/* '%u' ' */ '%u'", "/* '%u' ' */ $1", "u"],
    ["$$ '%u' %c $$ || '%u'", "$$ '%u' %c $$ || $1", "u"],
    ["$q$ $$ %u $q$ || %u", "$q$ $$ %u $q$ || $1", "u"],
    ["E'\\' %u' || '%u'", "E'\\' %u' || $1", "u"],
    ["'\\' || '%u'", "'\\' || $1", "u"],
  ]);
  check(MYSQL, [
    ["'\\' %u' = '%u'", "'\\' %u' = ?", "u", "'\\' %u'"],
    ["# '%u'\n'%u'", "# '%u'\n?", "u"],
    ["/* ' */ '%u' -- '", "/* ' */ ? -- '", "u"],
  ]);
});

Deno.test("a value that the client has not is NULL; without any the query concerns nobody", () => {
  const query = parseQuery("'%u' '%C'", POSTGRES);
  const ann = fakeClient({ username: "ann" });
  const nobody = fakeClient({ username: undefined });
  assertEquals(query.bind(ann), ["ann", null]);
  assertEquals(query.concerns(ann), true);
  assertEquals(query.bind(nobody), [null, null]);
  assertEquals(query.concerns(nobody), false);
  assertEquals(parseQuery("select 1", POSTGRES).concerns(nobody), true);
});
