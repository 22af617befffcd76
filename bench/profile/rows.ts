/** The rows of the profile. Invariant: each is a load of bench/load that runs as long as it is told, or idle memory. */

/** One row. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** The load of bench/load/main.ts; undefined: idle connections. */
  readonly load: string | undefined;
  /** What is counted. */
  readonly unit: "message" | "delivery" | "connection";
}

/** In the order of the page. */
export const ROWS: readonly Row[] = [
  { name: "qos1", title: "10 pairs at QoS 1", load: "pairs-qos1", unit: "message" },
  { name: "qos2", title: "10 pairs at QoS 2", load: "pairs-qos2", unit: "message" },
  {
    name: "fanout-qos1",
    title: "1 publisher to 100 subscribers at QoS 1",
    load: "fanout-qos1",
    unit: "delivery",
  },
  {
    name: "publishers",
    title: "500 publishers, a write a message, QoS 0",
    load: "spread",
    unit: "message",
  },
  {
    name: "latency",
    title: "one message at a time, QoS 0",
    load: "round-trips",
    unit: "message",
  },
  {
    name: "idle",
    title: "idle connections with one subscription",
    load: undefined,
    unit: "connection",
  },
];

/** @throws Error that names those there are */
export function rowsNamed(names: readonly string[]): readonly Row[] {
  if (names.length === 0) return ROWS;
  return names.map((name) => {
    const row = ROWS.find((row) => row.name === name);
    if (row !== undefined) return row;
    throw new Error(`${name}: expected one of ${ROWS.map((row) => row.name).join(", ")}`);
  });
}
