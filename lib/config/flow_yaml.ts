/**
 * Values as YAML in one line. Invariant: what is written reads back as the same value; texts are in quotes, keys
 * where they must be.
 */

/** A key that YAML reads as text without quotes. */
const PLAIN_KEY = /^(?!(?:no|off|on|yes|true|false|null)$)[a-z]\w+$/i;

/** A plain value as YAML. */
export function flowYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowYaml).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const pairs = Object.entries(value).map(([key, item]) =>
    `${PLAIN_KEY.test(key) ? key : JSON.stringify(key)}: ${flowYaml(item)}`
  );
  return `{${pairs.join(", ")}}`;
}
