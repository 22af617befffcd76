/**
 * A table of access tests, for `midge acl test` and `acl_tests`: a YAML file with `config` and `cases`. Invariant: a table with any
 * mistake is refused whole, with a line for each: a case that is silently not asked would be worse than none.
 */
import { parseAddress } from "../../cidr.ts";
import { anything, field, flag, oneOf } from "../../config/fields.ts";
import { dirname, resolve } from "../../config/paths.ts";
import { Problems } from "../../config/problems.ts";
import { key, readSection, type Values } from "../../config/table.ts";
import { parseYaml } from "../../config/yaml.ts";
import { readText } from "../../text_file.ts";
import { type ExplainRequest, questionText } from "./question.ts";

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

const text = field<string>(
  (value) => typeof value === "string" ? value : undefined,
  "a text (a number in quotes)",
);

const address = field<string>(
  (value) => typeof value === "string" && parseAddress(value) !== undefined ? value : undefined,
  "an address such as 192.0.2.7",
);

const TABLE_KEYS = { config: key({ type: text }), cases: key({ type: anything() }) };

const CASE_KEYS = {
  name: key({ type: text }),
  user: key({ type: text }),
  clientid: key({ type: text, default: "" }),
  ip: key({ type: address }),
  common_name: key({ type: text }),
  subject: key({ type: text }),
  superuser: key({ type: flag }),
  action: key({ type: oneOf("publish", "subscribe", "receive") }),
  topic: key({ type: text }),
  qos: key({ type: oneOf(0, 1, 2), default: 0 }),
  retain: key({ type: flag, default: false }),
  expect: key({ type: oneOf("allow", "deny") }),
};

type Row = Values<typeof CASE_KEYS>;

/**
 * Reads a table.
 * @param config Instead of the one that the table names.
 * @throws UserError with a line for each mistake
 */
export async function readCases(file: string, config: string | undefined): Promise<AclTable> {
  const problems = new Problems(file);
  const raw = parseYaml(await readText(file), file);
  const table = readSection(TABLE_KEYS, raw, [], problems);
  const rows = Array.isArray(table.cases) ? table.cases : [];
  if (rows.length === 0) problems.addValue(["cases"], table.cases, "a list of cases");
  const cases = rows.map((row, index) => readCase(row, index, problems));
  problems.throwIfAny();
  const own = table.config ? resolve(dirname(resolve(file)), table.config) : undefined;
  return { config: config ?? own, cases: cases.filter((one) => one !== undefined) };
}

function readCase(raw: unknown, index: number, problems: Problems): AclCase | undefined {
  const before = problems.errors.length;
  const row = readSection(CASE_KEYS, raw, ["cases", index], problems);
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
  const { commonName, subject } = row;
  const hasCertificate = Boolean(commonName ?? subject);
  return {
    clientId: row.clientid,
    username: row.user,
    address: row.ip ?? "",
    superuser: row.superuser,
    ...(hasCertificate &&
      { certificate: { commonName: commonName ?? "", subject: subject ?? "" } }),
  };
}
