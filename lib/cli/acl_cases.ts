/**
 * The table of expectations of `midge acl test`: a YAML file with `config` and `cases`. Invariant: a table with any
 * mistake is refused whole, with a line for each: a case that is silently not asked would be worse than none.
 */
import * as v from "valibot";
import { parseAddress } from "../access/rules/cidr.ts";
import type { ExplainRequest } from "../broker/face/explain.ts";
import { field, flag, oneOf, readSection } from "../config/fields.ts";
import { readText } from "../text_file.ts";
import { dirname, resolve } from "../config/paths.ts";
import { Problems } from "../config/problems.ts";
import { readCount } from "../config/units.ts";
import { parseYaml } from "../config/yaml.ts";
import type { QoS } from "../wire/packets.ts";
import { questionText } from "./access_report.ts";

/** A question and the verdict that people expect. */
export interface AclCase {
  /** For people: what was given, or who asks what. */
  readonly name: string;
  readonly request: ExplainRequest;
  readonly expect: "allow" | "deny";
}

/** A table. */
export interface AclTable {
  /** The configuration to ask; undefined: the built-in one. */
  readonly config: string | undefined;
  readonly cases: readonly AclCase[];
}

const text = field(
  (value) => typeof value === "string" ? value : undefined,
  "a text (a number in quotes)",
);

const address = field(
  (value) => typeof value === "string" && parseAddress(value) !== undefined ? value : undefined,
  "an address such as 192.0.2.7",
);

const qos = field<QoS>((value) => {
  const number = readCount(value);
  return number === 0 || number === 1 || number === 2 ? number : undefined;
}, "0, 1 or 2");

const TABLE = v.object({ config: v.nullish(text), cases: v.optional(v.unknown()) });

const CASE = v.object({
  name: v.nullish(text),
  user: v.nullish(text),
  clientid: v.nullish(text, ""),
  ip: v.nullish(address),
  common_name: v.nullish(text),
  subject: v.nullish(text),
  superuser: v.nullish(flag),
  action: v.nullish(oneOf("publish", "subscribe", "receive")),
  topic: v.nullish(text),
  qos: v.nullish(qos, 0),
  retain: v.nullish(flag, false),
  expect: v.nullish(oneOf("allow", "deny")),
});

type Row = v.InferOutput<typeof CASE>;

/**
 * Reads a table.
 * @param config Instead of the one that the table names.
 * @throws UserError with a line for each mistake
 */
export async function readCases(file: string, config: string | undefined): Promise<AclTable> {
  const problems = new Problems(file);
  const raw = parseYaml(await readText(file), file);
  const table = readSection(TABLE, raw, [], problems);
  const rows = Array.isArray(table.cases) ? table.cases : [];
  if (rows.length === 0) problems.addValue(["cases"], table.cases, "a list of cases");
  const cases = rows.map((row, index) => readCase(row, index, problems));
  problems.throwIfAny();
  const own = table.config ? resolve(dirname(resolve(file)), table.config) : undefined;
  return { config: config ?? own, cases: cases.filter((one) => one !== undefined) };
}

function readCase(raw: unknown, index: number, problems: Problems): AclCase | undefined {
  const before = problems.errors.length;
  const row = readSection(CASE, raw, ["cases", index], problems);
  const { action, topic, expect } = row;
  if (problems.errors.length > before) return undefined;
  for (const key of ["action", "topic", "expect"] as const) {
    if (!row[key]) problems.add(["cases", index], `${key} is missing`);
  }
  if (!action || !topic || !expect) return undefined;
  const request = { client: clientOf(row), action, topic, qos: row.qos, retain: row.retain };
  const who = row.user ?? (row.clientid || "anyone");
  return { name: row.name ?? `${who} ${questionText(request)}`, request, expect };
}

function clientOf(row: Row): ExplainRequest["client"] {
  const { common_name: commonName, subject } = row;
  const hasCertificate = Boolean(commonName ?? subject);
  return {
    clientId: row.clientid,
    username: row.user ?? undefined,
    address: row.ip ?? "",
    superuser: row.superuser ?? undefined,
    ...(hasCertificate &&
      { certificate: { commonName: commonName ?? "", subject: subject ?? "" } }),
  };
}
