/** The table that `deno task bench` prints: medians, ratios, and what was lost. */
import { assertEquals, assertMatch } from "@std/assert";
import { markdown } from "../../../bench/table.ts";

Deno.test("medians and ratios stand in one row, brokers in the order given", () => {
  const results = {
    "pairs-qos0": {
      mosquitto: [{ rate: 100, lost: 0 }, { rate: 300, lost: 0 }, { rate: 200, lost: 0 }],
      Midge: [{ rate: 2000, lost: 0 }, { rate: 1000, lost: 0 }],
    },
  };
  const lines = markdown(results, ["mosquitto", "Midge"]).split("\n");
  assertEquals(lines[0], "|  | mosquitto | Midge | Midge / mosquitto |");
  assertEquals(
    lines[2],
    "| 10 publishers to 10 subscribers, 64 bytes, QoS 0 | 200 messages/s | 1,500 messages/s | 7.50× |",
  );
  assertEquals(lines.length, 3);
});

Deno.test("a number that is a result by itself has no ratio, and a missing one is a dash", () => {
  const results = { idle: { Midge: [{ rest: 55.04, perConnection: 11 }] } };
  const text = markdown(results, ["mosquitto", "Midge"]);
  assertMatch(text, /at rest \(RSS\) \| - \| 55 MB \| {2}\|/);
});

Deno.test("lost messages are said in a line of their own", () => {
  const results = {
    fanout: { mosquitto: [{ rate: 1, lost: 0 }], Midge: [{ rate: 1, lost: 3 }] },
  };
  const text = markdown(results, ["mosquitto", "Midge"]);
  assertMatch(text, /\n\n\*\*Midge lost 3 messages in fanout\.\*\*$/);
});
