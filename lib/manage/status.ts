/** How a running broker is doing, as it goes over the wire. */
import { array, custom, nullable, number, object, string } from "valibot";
import type { Metrics } from "../plugin/types.ts";

const METRICS = custom<Omit<Metrics, "startedAt">>((value) => typeof value === "object");

/** The schema of `status`. */
export const STATUS = object({
  version: string(),
  pid: number(),
  /** The configuration file; null: there is none. */
  config: nullable(string()),
  uptimeSeconds: number(),
  listeners: array(object({ name: string(), type: string(), address: string(), port: number() })),
  plugins: array(string()),
  /** By name. */
  metrics: METRICS,
});
