/** As much of JSON Schema as the API's document uses. Invariant: a keyword that is not known is a problem, not ignored. */

type Schema = Readonly<Record<string, unknown>>;

const SAID = new Set(["description", "title", "default", "deprecated", "$comment", "examples"]);

/** What of a value is not as the schema says; empty: nothing. */
export function schemaProblems(
  schema: Schema,
  value: unknown,
  root: unknown,
  path = "$",
): string[] {
  const problems: string[] = [];
  for (const [keyword, rule] of Object.entries(schema)) {
    if (SAID.has(keyword)) continue;
    const check = CHECKS[keyword];
    if (check === undefined) problems.push(`${path}: unknown keyword ${keyword}`);
    else problems.push(...check(rule as never, value, root, path, schema));
  }
  return problems;
}

type Check = (rule: never, value: unknown, root: unknown, path: string, schema: Schema) => string[];

const CHECKS: Readonly<Record<string, Check | undefined>> = {
  type: (rule: string | string[], value, _root, path) =>
    [rule].flat().some((one) => isOf(one, value)) ? [] : [`${path}: is no ${rule}`],
  enum: (rule: unknown[], value, _root, path) => rule.includes(value) ? [] : [`${path}: ${value}`],
  const: (rule: unknown, value, _root, path) => rule === value ? [] : [`${path}: ${value}`],
  anyOf: (rule: Schema[], value, root, path) =>
    rule.some((one) => schemaProblems(one, value, root, path).length === 0)
      ? []
      : [`${path}: none of anyOf`],
  items: (rule: Schema, value, root, path) =>
    Array.isArray(value)
      ? value.flatMap((one, index) => schemaProblems(rule, one, root, `${path}[${index}]`))
      : [],
  properties: (rule: Record<string, Schema>, value, root, path) =>
    Object.entries(rule).flatMap(([name, one]) =>
      Object.hasOwn(Object(value), name)
        ? schemaProblems(one, Object(value)[name], root, `${path}.${name}`)
        : []
    ),
  required: (rule: string[], value, _root, path) =>
    rule.filter((name) => !Object.hasOwn(Object(value), name)).map((name) => `${path}: no ${name}`),
  additionalProperties: (rule: unknown, value, root, path, schema) => {
    const own = Object.keys(Object(schema["properties"]));
    const others = Object.entries(Object(value)).filter(([name]) => !own.includes(name));
    if (rule === false) return others.map(([name]) => `${path}: has ${name}`);
    if (typeof rule !== "object" || rule === null) return [];
    return others.flatMap(([name, one]) =>
      schemaProblems(rule as Schema, one, root, `${path}.${name}`)
    );
  },
  propertyNames: () => [],
  $ref: (rule: string, value, root, path) => {
    const parts = rule.replace(/^#\//, "").split("/");
    const target = parts.reduce<unknown>((one, part) => Object(one)[part], root);
    return schemaProblems(Object(target), value, root, path);
  },
  minimum: (rule: number, value, _root, path) => Number(value) < rule ? [`${path}: ${value}`] : [],
  maximum: (rule: number, value, _root, path) => Number(value) > rule ? [`${path}: ${value}`] : [],
};

function isOf(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  }
  const kind: string = typeof value;
  return kind === type;
}
