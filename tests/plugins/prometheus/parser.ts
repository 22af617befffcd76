/**
 * A strict reader of OpenMetrics 1.0 and of the text format 0.0.4, written from their specifications. Invariant: what it
 * takes is right by the grammar and by the rules about families; all else throws with the line's number.
 */

/** A sample as it stands. */
export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family with what was said of it. */
export interface ReadFamily {
  readonly name: string;
  type: string;
  unit: string;
  help: string | undefined;
  readonly samples: ReadSample[];
}

/** What may stand behind the name of a family of a type. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total", "_created"],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count", "_created"],
  info: ["_info"],
  unknown: [""],
  untyped: [""],
};

const METADATA = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) ?([^]*)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([^]*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const NUMBER = /^[+-]?(?:Inf|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)$|^NaN$/;
const ESCAPES: Readonly<Record<string, string>> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

/** OpenMetrics. */
export function parseOpenMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith("# EOF\n")) throw new Error("no # EOF at the end");
  return parse(text.slice(0, -"# EOF\n".length), true);
}

/** The text format. */
export function parseText(text: string): Map<string, ReadFamily> {
  return parse(text, false);
}

function parse(text: string, isOpen: boolean): Map<string, ReadFamily> {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line does not end");
  const reader = new Reader(isOpen);
  text.split("\n").slice(0, -1).forEach((line, index) => {
    try {
      reader.read(line);
    } catch (error) {
      throw new Error(`line ${index + 1}: ${error}: ${line}`);
    }
  });
  for (const family of reader.families.values()) check(family, isOpen);
  return reader.families;
}

class Reader {
  readonly families = new Map<string, ReadFamily>();
  readonly #isOpen: boolean;
  readonly #seen = new Set<string>();
  #family: ReadFamily | undefined;

  constructor(isOpen: boolean) {
    this.#isOpen = isOpen;
  }

  read(line: string): void {
    if (line.startsWith("#")) this.#metadata(line);
    else this.#sample(line);
  }

  #metadata(line: string): void {
    const [, what, name = "", rest = ""] = METADATA.exec(line) ?? [];
    if (what === undefined) throw new Error("no metadata");
    if (this.#family?.name !== name) this.#begin(name);
    const family = this.#family!;
    if (family.samples.length > 0) throw new Error("metadata behind samples");
    if (what === "HELP") {
      if (family.help !== undefined) throw new Error("HELP twice");
      family.help = unescaped(rest, this.#isOpen);
    } else if (what === "UNIT") {
      if (!this.#isOpen || family.unit !== "") throw new Error("UNIT");
      family.unit = rest;
    } else {
      if (family.type !== "") throw new Error("TYPE twice");
      if (SUFFIXES[rest] === undefined) throw new Error("unknown type");
      family.type = rest;
    }
  }

  #begin(name: string): void {
    if (this.families.has(name)) throw new Error("a family in two pieces");
    this.#family = { name, type: "", unit: "", help: undefined, samples: [] };
    this.families.set(name, this.#family);
  }

  #sample(line: string): void {
    const [, name = "", labelText, number = ""] = SAMPLE.exec(line) ?? [];
    if (name === "") throw new Error("no sample");
    if (!NUMBER.test(number)) throw new Error("no number");
    const labels = labelsOf(labelText ?? "");
    const family = this.#family;
    if (family === undefined) throw new Error("no family");
    const suffix = name.slice(family.name.length);
    const suffixes = this.#isOpen || family.type !== "counter" ? SUFFIXES[family.type] : [""];
    if (!name.startsWith(family.name) || !suffixes?.includes(suffix)) {
      throw new Error(`not a sample of the ${family.type} ${family.name}`);
    }
    const key = name + JSON.stringify(Object.entries(labels).sort());
    if (this.#seen.has(key)) throw new Error("the same sample twice");
    this.#seen.add(key);
    family.samples.push({ name, labels, value: Number(number.replace("Inf", "Infinity")) });
  }
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error("no label");
    if (Object.hasOwn(labels, name)) throw new Error("a label twice");
    labels[name] = unescaped(value, true);
  }
  if (text.endsWith(",")) throw new Error("a comma at the end");
  return labels;
}

function unescaped(text: string, hasQuotes: boolean): string {
  if (hasQuotes && /(?<!\\)(?:\\\\)*\\[^\\"n]/.test(text)) throw new Error("an unknown escape");
  return text.replace(/\\[\\"n]/g, (escape) => ESCAPES[escape]!);
}

function check({ name, type, unit, samples }: ReadFamily, isOpen: boolean): void {
  if (type === "") throw new Error(`${name} has no type`);
  if (samples.length === 0) throw new Error(`${name} has no sample`);
  if (isOpen && unit !== "" && !name.endsWith(`_${unit}`)) throw new Error(`${name}: unit ${unit}`);
  if (type === "counter" && samples.some(({ value }) => !(value >= 0))) {
    throw new Error(`${name} is negative`);
  }
  if (type === "histogram") checkBuckets(name, samples);
}

function checkBuckets(name: string, samples: readonly ReadSample[]): void {
  const groups = Map.groupBy(
    samples,
    ({ labels: { le: _le, ...labels } }) => JSON.stringify(labels),
  );
  for (const group of groups.values()) {
    const buckets = group.filter((one) => one.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels: { le = "" } }) => Number(le.replace("Inf", "Infinity")));
    const values = buckets.map(({ value }) => value);
    if (bounds.at(-1) !== Infinity) throw new Error(`${name} does not end with +Inf`);
    if (bounds.some((bound, at) => at > 0 && !(bound > bounds[at - 1]!))) throw new Error("bounds");
    if (values.some((value, at) => at > 0 && value < values[at - 1]!)) throw new Error("counts");
    const count = group.find((one) => one.name === `${name}_count`);
    const sum = group.find((one) => one.name === `${name}_sum`);
    if (count?.value !== values.at(-1) || sum === undefined) throw new Error(`${name}: count, sum`);
  }
}
