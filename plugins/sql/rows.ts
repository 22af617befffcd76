/**
 * What a SQL server answers, understood: a password, a superuser, rules. Invariants: columns are found by their
 * names; an answer that is not what the query should give is an error that names the query and the row, never
 * taken for a no or a yes.
 */
import {
  EVERYBODY,
  parseNetwork,
  parseRuleTopicOrEq,
  type Rule,
  type RuleAction,
  SourceError,
  type StoredPassword,
  type Who,
} from "../../sources.ts";
import type { SqlDialect, SqlResult } from "./types.ts";
import { messageOf } from "../../plugin.ts";

/** Fields that say whom a row is about; NULL, '' and `$all` are not compared. */
const WHO_COLUMNS = ["ipaddr", "username", "clientid"] as const;
const RULE_COLUMNS = ["allow", ...WHO_COLUMNS, "access", "topic"] as const;
/** A boolean column will do as well. */
const PERMISSIONS: ReadonlyMap<string, Rule["permission"]> = new Map([
  ["0", "deny"],
  ["1", "allow"],
  ["false", "deny"],
  ["true", "allow"],
]);
const ACTIONS: ReadonlyMap<string, RuleAction> = new Map([
  ["1", "subscribe"],
  ["2", "publish"],
  ["3", "pubsub"],
]);

/** The first row's password and salt. Undefined: no such user; null: a user who has no password. */
export function readPassword(
  result: SqlResult,
  needsSalt: boolean,
): StoredPassword | null | undefined {
  const table = new Table("auth_query", result, needsSalt ? ["password", "salt"] : ["password"]);
  const row = result.rows[0];
  if (row === undefined) return undefined;
  const hash = textOf(table.cell(row, "password"));
  return hash === undefined ? null : { hash, salt: textOf(table.cell(row, "salt")) };
}

/** Is the first row's `is_superuser` what this server calls true? */
export function readSuperuser(result: SqlResult, dialect: SqlDialect): boolean {
  const table = new Table("super_query", result, ["is_superuser"]);
  const row = result.rows[0];
  return row !== undefined && dialect.isTrue(numberIfBit(table.cell(row, "is_superuser")));
}

/** The rules in the order in which they are tried. Undefined: there are none. */
export function readRules(result: SqlResult, order: "first" | "last"): readonly Rule[] | undefined {
  const table = new Table("acl_query", result, RULE_COLUMNS);
  const rules = result.rows.map((row, index) =>
    readRule(table, row, `acl_query, row ${index + 1}`)
  );
  if (rules.length === 0) return undefined;
  return order === "first" ? rules : rules.reverse();
}

function readRule(table: Table, row: readonly unknown[], where: string): Rule {
  const cells = RULE_COLUMNS.map((name) => [name, table.cell(row, name)] as const);
  const written = Object.fromEntries(cells.map(([name, cell]) => [name, textOf(cell)]));
  const { allow, access, topic = "" } = written;
  try {
    return {
      permission: PERMISSIONS.get(numberText(table.cell(row, "allow"))) ??
        fail("allow", allow, "0 or 1"),
      who: whoOf(written),
      action: ACTIONS.get(numberText(table.cell(row, "access"))) ??
        fail("access", access, "1, 2 or 3"),
      topics: [parseRuleTopicOrEq(topic)],
      where,
      text: cells.filter(([, cell]) => cell !== null)
        .map(([name]) => `${name}=${written[name] ?? ""}`).join(" "),
    };
  } catch (cause) {
    throw new SourceError(`${where}: ${messageOf(cause)}`, { cause });
  }
}

/** Everything that is given must match. */
function whoOf(written: Readonly<Record<string, string | undefined>>): Who {
  const parts = WHO_COLUMNS.map((name) => [name, written[name] ?? ""] as const)
    .filter(([, value]) => value !== "" && value !== "$all")
    .map(([name, value]) => partOf(name, value));
  if (parts.length === 0) return EVERYBODY;
  return parts.length === 1 ? parts[0]! : { kind: "and", parts };
}

function partOf(name: typeof WHO_COLUMNS[number], value: string): Who {
  if (name !== "ipaddr") {
    return { kind: name === "username" ? "user" : "clientid", names: new Set([value]) };
  }
  const network = parseNetwork(value) ?? fail(name, value, "an address or a CIDR range");
  return { kind: "ip", networks: [network] };
}

/** A result whose columns are asked for by name. */
class Table {
  readonly #positions: ReadonlyMap<string, number>;

  /** @throws {SourceError} when one of the names is missing */
  constructor(query: string, { columns }: SqlResult, names: readonly string[]) {
    this.#positions = new Map(columns.map((name, index) => [name.toLowerCase(), index]));
    const missing = names.filter((name) => !this.#positions.has(name));
    if (missing.length === 0) return;
    const got = columns.length === 0 ? "no columns" : columns.join(", ");
    throw new SourceError(`${query}: got ${got}; expected ${missing.join(", ")} among them`);
  }

  /** Null where there is no such column. */
  cell(row: readonly unknown[], name: string): unknown {
    const position = this.#positions.get(name);
    return position === undefined ? null : row[position] ?? null;
  }
}

function fail(column: string, value: string | undefined, expected: string): never {
  const got = value === undefined ? "NULL" : JSON.stringify(value).slice(0, 60);
  throw new SourceError(`${column}: got ${got}, expected ${expected}`);
}

/** Undefined for NULL. Binary columns come as bytes. */
function textOf(cell: unknown): string | undefined {
  if (cell === null || cell === undefined) return undefined;
  return cell instanceof Uint8Array ? new TextDecoder().decode(cell) : String(cell);
}

function numberText(cell: unknown): string {
  return textOf(numberIfBit(cell)) ?? "";
}

/** MySQL gives a bit(1) column as a byte. */
function numberIfBit(cell: unknown): unknown {
  return cell instanceof Uint8Array && cell.length === 1 && cell[0]! <= 1 ? cell[0] : cell;
}
