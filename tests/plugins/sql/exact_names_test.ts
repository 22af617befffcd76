/** Which comparisons of a query are made exact, and how a row tells whose it is. */
import { assertEquals } from "@std/assert";
import {
  exactNames,
  looseNames,
  SAME_NAME,
  tellingNames,
} from "../../../plugins/sql/exact_names.ts";
import { MYSQL } from "../../../plugins/sql/mysql.ts";
import { POSTGRES } from "../../../plugins/sql/postgres.ts";
import type { SqlDialect } from "../../../plugins/sql/types.ts";

/** Easier to read than what servers want. */
const PLAIN: SqlDialect = { ...POSTGRES, sameText: (a, b) => `${a} === ${b}` };

Deno.test("a comparison that is a condition of its own is made exact", () => {
  const cases: [text: string, exact: string][] = [
    ["where username = '%u'", "where (username = '%u' and username === '%u')"],
    ["where username=%u limit 1", "where (username=%u and username === %u) limit 1"],
    ["WHERE '%u' = u.name;", "WHERE ('%u' = u.name and u.name === '%u');"],
    ['where "a b"."c" = \'%C\'', 'where ("a b"."c" = \'%C\' and "a b"."c" === \'%C\')'],
    ["where a::text = '%d'::varchar(9)", "where (a::text = '%d'::varchar(9) and a::text === '%d')"],
    [
      "where (a = '%u' or b = '%c')",
      "where ((a = '%u' and a === '%u') or (b = '%c' and b === '%c'))",
    ],
    ["on x.id = y.id and a = '%u' where b", "on x.id = y.id and (a = '%u' and a === '%u') where b"],
  ];
  for (const [text, exact] of cases) {
    assertEquals(exactNames(text, PLAIN), exact);
    assertEquals(looseNames(text, PLAIN), [], text);
  }
});

Deno.test("what is not understood stays as it is, and is told", () => {
  const cases: [text: string, loose: string][] = [
    ["where lower(a) = '%u'", "u"],
    ["where lower(a) = lower('%u')", "u"],
    ["where a = '%u' || 'x'", "u"],
    ["where a = '%u' collate x", "u"],
    ["where a like '%u' or b in ('%c', 'x')", "uc"],
    ["where a + b = '%u'", "u"],
    ["where not a = '%u'", "u"],
    ["where a <= '%u'", "u"],
    ["where '%u' = 'ann'", "u"],
    ["where ip = '%a'", ""],
    ["where a = 'and b = ''%u'' '", ""],
    ["where true -- and a = '%u'", ""],
  ];
  for (const [text, loose] of cases) {
    assertEquals(exactNames(text, PLAIN), text);
    assertEquals(looseNames(text, PLAIN).join(""), loose, text);
  }
  assertEquals(looseNames("where a = '%u' and lower(b) = '%u'", PLAIN), ["u"]);
});

Deno.test("a row tells whether its names are exactly the client's", () => {
  const is = (condition: string) => `, (${condition}) as ${SAME_NAME}`;
  const a = "(a = '%u' and a === '%u')";
  const cases: [text: string, telling: string][] = [
    ["select p from t where a = '%u' limit 1", `select p${is(a)} from t where a = '%u' limit 1`],
    [
      "select *, extract(year from x) from t where c and a = '%u' order by b",
      `select *, extract(year from x)${is(`c and ${a}`)} from t where c and a = '%u' order by b`,
    ],
    [
      "select 'it''s from (' as x from t where ip = '%a' or a = '%u';",
      `select 'it''s from (' as x${is(`ip = '%a' or ${a}`)} from t where ip = '%a' or a = '%u';`,
    ],
    [
      "select p where a = substring('%u' for 3) and a = '%u'",
      `select p${
        is(`a = substring('%u' for 3) and ${a}`)
      } where a = substring('%u' for 3) and a = '%u'`,
    ],
    ["select p as lock from t where a = '%u'", `select p as lock${is(a)} from t where a = '%u'`],
    ["select p from t where lower(a) = '%u'", "select p from t where lower(a) = '%u'"],
    ["select p from t", "select p from t"],
  ];
  for (const [text, telling] of cases) assertEquals(tellingNames(text, PLAIN), telling);
});

Deno.test("a query that is not simple finds exact names only", () => {
  for (
    const text of [
      "select p from t where a = '%u' union select q from u where b = '%u'",
      "select p from t where a = '%u' group by p",
      "select distinct p from t where a = '%u'",
      "select p from t where a = (select max(a) from t) and a = '%u'",
      "select p from t where a = '%u' -- the user",
      "select p /* of t */ from t where a = '%u'",
      "explain select p from t where a = '%u'",
      "(select p from t where a = '%u')",
      "select p from t join u on t.i = u.i and u.n = '%u' where t.a = '%c'",
      "with x as (select 1) select p from x where a = '%u'",
    ]
  ) assertEquals(tellingNames(text, PLAIN), exactNames(text, PLAIN), text);
});

Deno.test("each server is asked for bytes in its own way", () => {
  assertEquals(
    exactNames("where `name` = '%u'", MYSQL),
    "where (`name` = '%u' and cast(convert(`name` using utf8mb4) as binary) = " +
      "cast(convert('%u' using utf8mb4) as binary))",
  );
  assertEquals(
    exactNames("where name = '%u'", POSTGRES),
    "where (name = '%u' and convert_to((name)::text, 'UTF8') = convert_to(('%u')::text, 'UTF8'))",
  );
  assertEquals(
    exactNames('where "name" = "%u"', MYSQL),
    'where "name" = "%u"',
    "a text, not a name",
  );
});
