/**
 * The names under which mosquitto's exporter has mosquitto's tree, for boards that were made for it. Pure. Invariant: a
 * name is the topic with `_` for every slash and space; what that exporter leaves out is left out.
 */
import type { TreeValue } from "../mosquitto_tree/tree.ts";
import type { Family } from "./exposition.ts";

const LEFT_OUT: ReadonlySet<string> = new Set(["clients/active", "clients/inactive"]);
/** It takes what of the tree it does not know for a gauge. */
const COUNTERS: ReadonlySet<string> = new Set([
  "bytes/received",
  "bytes/sent",
  "messages/received",
  "messages/sent",
  "publish/messages/received",
  "publish/messages/sent",
  "publish/messages/dropped",
]);

/** A family for each topic: in OpenMetrics of type unknown, for a counter would have another name there. */
export function* aliasFamilies(values: Iterable<TreeValue>): Generator<Family> {
  for (const { topic, value } of values) {
    if (LEFT_OUT.has(topic)) continue;
    yield {
      name: `broker_${topic.replace(/[/ ]/g, "_")}`,
      type: "unknown",
      textType: COUNTERS.has(topic) ? "counter" : "gauge",
      help: `$SYS/broker/${topic}`,
      points: [{ suffix: "", labels: {}, value }],
    };
  }
}
