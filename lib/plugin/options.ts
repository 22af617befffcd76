/**
 * Checks a plugin's options against its schema before setup. Invariant: a plugin only ever sees options that its
 * own schema has passed; each problem is one line with its key path.
 */
import { kindOf, masked } from "../secrets.ts";
import { messageOf, UserError } from "../user_error.ts";
import type { OptionsSchema, Plugin } from "./plugin.ts";

/** The options as the schema gives them back. */
export async function checkOptions(
  plugin: Plugin,
  options: unknown,
  where: string,
): Promise<unknown> {
  if (plugin.options === undefined) return checkNone(options, where);
  const result = await validate(plugin.options, options, where);
  if (result.issues === undefined) return result.value;
  throw new UserError(result.issues.map((issue) => {
    const path = (issue.path ?? []).map((part) =>
      String(typeof part === "object" && part !== null ? part.key : part)
    );
    return `${[where, ...path.map(masked)].join(".")}: ${issue.message}`;
  }));
}

type Validation = Awaited<ReturnType<OptionsSchema<unknown>["~standard"]["validate"]>>;

/** Whatever a stranger gives as schema, and whatever that does, becomes a result or a UserError. */
async function validate(schema: unknown, options: unknown, where: string): Promise<Validation> {
  if (!isSchema(schema)) {
    throw new UserError([
      `${where}: the plugin's options are no schema; expected a Standard Schema (valibot, zod, ...)`,
    ]);
  }
  try {
    const result: unknown = await schema["~standard"].validate(underscored(options ?? {}, schema));
    if (typeof result === "object" && result !== null) return result as Validation;
    throw new TypeError(`it answered ${result}`);
  } catch (cause) {
    const message = messageOf(cause);
    throw new UserError(`${where}: the schema of the plugin's options failed: ${message}`, {
      cause,
    });
  }
}

function isSchema(value: unknown): value is OptionsSchema<unknown> {
  const standard = (value as Partial<OptionsSchema<unknown>> | null)?.["~standard"];
  return typeof standard?.validate === "function";
}

function checkNone(options: unknown, where: string): undefined {
  const isEmpty = options === undefined || options === null ||
    (typeof options === "object" && Object.keys(options).length === 0);
  if (isEmpty) return undefined;
  const given = typeof options === "object"
    ? `unknown option ${Object.keys(options!).map(masked).join(", ")}`
    : `got ${kindOf(options)}`;
  throw new UserError(`${where}: ${given}; this plugin takes no options`);
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
