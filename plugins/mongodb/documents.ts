/**
 * What MongoDB's documents say, understood. Invariant: a document that is not as it should be is an error that names
 * it, never taken for a no or a yes.
 */
import {
  EVERYBODY,
  parseRuleTopic,
  type Rule,
  type RuleTopic,
  SourceError,
  type StoredPassword,
} from "../../sources.ts";
import { messageOf } from "../../plugin.ts";
import type { Filter } from "./selector.ts";

/** As the driver gives it. */
export type Document = Readonly<Record<string, unknown>>;

/** The fields of topics that a document allows. */
const ACTIONS = ["publish", "subscribe", "pubsub"] as const;

/** Where a document holds a password. */
export interface PasswordFields {
  readonly password: string;
  /** Undefined: there is no salt. */
  readonly salt: string | undefined;
}

/**
 * Are a document's names exactly those that it was looked for by? A collection's collation may take others for the same.
 * @param names The fields that hold names; of others the server's word is enough.
 */
export function isOf(document: Document, filter: Filter, names: readonly string[]): boolean {
  return filter.some((conditions) =>
    Object.entries(conditions).every(([field, value]) =>
      !names.includes(field) || holds(document, field.split("."), value)
    )
  );
}

/** As the server looks: a list holds what one of its elements is, or has. */
function holds(value: unknown, [name, ...path]: readonly string[], text: string): boolean {
  if (Array.isArray(value)) {
    const isElement = name !== undefined && holds(value[Number(name)], path, text);
    return isElement ||
      value.some((one) => holds(one, name === undefined ? [] : [name, ...path], text));
  }
  if (name === undefined) return value === text;
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) &&
    holds((value as Document)[name], path, text);
}

/** The password and, where its field is named, the salt of the first document; null: it has no password. */
export function readPassword(
  collection: string,
  [document]: readonly Document[],
  fields: PasswordFields,
): StoredPassword | null | undefined {
  if (document === undefined) return undefined;
  const hash = valueAt(document, fields.password);
  if (hash === undefined || hash === null) return null;
  if (typeof hash !== "string") {
    throw malformed(collection, document, `${fields.password} is not a text`);
  }
  const salt = fields.salt === undefined ? undefined : valueAt(document, fields.salt);
  if (salt !== undefined && salt !== null && typeof salt !== "string") {
    throw malformed(collection, document, `${fields.salt} is not a text`);
  }
  return { hash, salt };
}

/** Is the field of the first document true, and not only something like it? */
export function readSuperuser([document]: readonly Document[], field: string): boolean {
  return document !== undefined && valueAt(document, field) === true;
}

/** What the documents allow. Undefined: there are none. */
export function readRules(
  collection: string,
  documents: readonly Document[],
): readonly Rule[] | undefined {
  if (documents.length === 0) return undefined;
  return documents.flatMap((document) =>
    ACTIONS.flatMap((action): Rule[] => {
      const texts = topicsOf(collection, document, action);
      const where = nameOf(collection, document);
      return texts.map((text) => ({
        permission: "allow",
        who: EVERYBODY,
        action,
        topics: [readTopic(collection, document, text)],
        where,
        text: `${action} ${text}`,
      }));
    })
  );
}

function topicsOf(collection: string, document: Document, field: string): readonly string[] {
  const topics = document[field] ?? [];
  if (Array.isArray(topics) && topics.every((topic) => typeof topic === "string")) return topics;
  throw malformed(collection, document, `${field} is not a list of topics`);
}

function readTopic(collection: string, document: Document, text: string): RuleTopic {
  try {
    return parseRuleTopic(text);
  } catch (cause) {
    const problem = messageOf(cause);
    throw malformed(collection, document, problem, cause);
  }
}

/** The value of `a.b.c`. */
function valueAt(document: Document, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, name)
        ? (value as Document)[name]
        : undefined,
    document,
  );
}

function nameOf(collection: string, document: Document): string {
  return `${collection} ${String(document._id)}`;
}

/** The document itself is not shown: it may hold a password. */
function malformed(
  collection: string,
  document: Document,
  problem: string,
  cause?: unknown,
): SourceError {
  return new SourceError(`${nameOf(collection, document)}: ${problem}`, { cause });
}
