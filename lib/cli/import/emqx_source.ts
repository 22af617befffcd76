/**
 * What reading any of EMQ X's auth plugins needs: rows of keys, options and readers. EMQ X switches a part off by
 * leaving its query out, where Midge would take the guide's. Invariant: a query that is not there becomes null.
 */
import type { Draft, Place, Plain, SourceFile } from "./draft.ts";
import { durationText, readSeconds, type Settings } from "./emqx_settings.ts";
import type { Library } from "./library.ts";
import { readNumber, type Statement, textOf } from "./statements.ts";

/** What the options of one plugin are made with. */
export interface SourceContext {
  readonly settings: Settings;
  /** The plugin's file, or files. */
  readonly files: readonly SourceFile[];
  readonly library: Library;
  readonly draft: Draft;
  /** Is the zone's ACL on? */
  readonly hasAcl: boolean;
}

/** An option and its value, with where it stood; undefined: Midge's own null. */
export interface Option {
  readonly name: string;
  readonly value: Plain;
  readonly place: Place | undefined;
}

/** How one EMQ X plugin is read. */
export interface SourcePlugin {
  /** Midge's plugin. */
  readonly name: string;
  /** What its keys begin with, dot included. */
  readonly prefix: string;
  read(context: SourceContext): Promise<Option[]>;
}

/** A statement's value as an option's. */
export type Reader = (statement: Statement) => Plain;

/** The ways to read a value. */
export const READ: Readonly<Record<"text" | "count" | "number" | "wait", Reader>> = {
  text: textOf,
  /** 1 or more. */
  count: (statement) => readNumber(statement, 1),
  /** 0 or more. */
  number: (statement) => readNumber(statement),
  /** EMQ X 3 and early 4 write milliseconds without a unit; infinity is Midge's default. */
  wait: (statement) => durationText(readSeconds(statement, "ms")),
};

/** EMQ X's key, Midge's option, how it is read. */
export type Row = readonly [key: string, option: string, read: Reader];

/** The rows whose keys are there. */
export function readRows(rows: readonly Row[], prefix: string, settings: Settings): Option[] {
  return rows.flatMap(([key, name, read]) => {
    const statement = settings.take(prefix + key);
    if (statement === undefined || statement.value === "" || statement.value === "infinity") {
      return [];
    }
    return [{ name, value: read(statement), place: statement.place }];
  });
}

/** The queries; one that is not there is off, and superusers are asked about behind passwords only. */
export function readQueries(
  names: readonly string[],
  prefix: string,
  context: SourceContext,
): Option[] {
  const { settings, draft, hasAcl } = context;
  const hasLogins = names.some((name) => isLogin(name) && settings.peek(prefix + name));
  return names.map((name) => {
    const statement = settings.take(prefix + name);
    const isOff = statement === undefined || (name.startsWith("acl_") && !hasAcl) ||
      (isSuper(name) && !hasLogins);
    if (isSuper(name) && statement !== undefined && isOff) {
      noteSuper(statement.key, statement.place, draft);
    }
    return { name, value: isOff ? null : textOf(statement), place: statement?.place };
  });
}

/** Says that no one becomes a superuser by this query. */
export function noteSuper(key: string, place: Place | undefined, draft: Draft): void {
  draft.skip(key, place, "EMQ X asks who is a superuser only where it asks for passwords too");
}

function isLogin(name: string): boolean {
  return name.startsWith("auth_");
}

function isSuper(name: string): boolean {
  return name.startsWith("super_");
}
