/**
 * Checks a plugin's options against its schema before setup. Called by the host. Invariant: a plugin only
 * ever sees options that its own schema has passed; each problem is one line with its key path.
 */
import { ConfigError } from "../config/error.ts";
import type { OptionsSchema, Plugin } from "./types.ts";

/** The options as the schema gives them back. */
export async function checkOptions(
  plugin: Plugin,
  options: unknown,
  where: string,
): Promise<unknown> {
  if (plugin.options === undefined) return checkNone(options, where);
  const schema = plugin.options;
  const result = await schema["~standard"].validate(underscored(options ?? {}, schema));
  if (result.issues === undefined) return result.value;
  throw new ConfigError(result.issues.map((issue) => {
    const path = (issue.path ?? []).map((part) =>
      String(typeof part === "object" && part !== null ? part.key : part)
    );
    return `${[where, ...path].join(".")}: ${issue.message}`;
  }));
}

function checkNone(options: unknown, where: string): undefined {
  const isEmpty = options === undefined || options === null ||
    (typeof options === "object" && Object.keys(options).length === 0);
  if (isEmpty) return undefined;
  const given = typeof options === "object" ? Object.keys(options!).join(", ") : String(options);
  throw new ConfigError([`${where}: unknown option ${given}; this plugin takes no options`]);
}

/** Reads `password-file` as `password_file` where the schema (an object of valibot or zod) knows the latter. */
function underscored(options: unknown, schema: OptionsSchema<unknown>): unknown {
  const known = knownKeys(schema);
  if (known === undefined || typeof options !== "object" || options === null) return options;
  if (Array.isArray(options)) return options;
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => {
      const name = key.replaceAll("-", "_");
      return [!known.has(key) && known.has(name) ? name : key, value];
    }),
  );
}

function knownKeys(schema: OptionsSchema<unknown>): Set<string> | undefined {
  const { entries, shape } = schema as { entries?: unknown; shape?: unknown };
  const fields = entries ?? shape;
  return typeof fields === "object" && fields !== null ? new Set(Object.keys(fields)) : undefined;
}
