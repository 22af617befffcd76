/**
 * A client with a plugin, and its log on the console.
 *
 *     deno run --allow-net --allow-read docs/examples/with_plugin.ts mqtt://localhost
 */
import { configure, getConsoleSink } from "@logtape/logtape";
import { Client } from "../../mod.ts";

await configure({
  sinks: { console: getConsoleSink() },
  loggers: [
    { category: "midge", lowestLevel: "info", sinks: ["console"] },
    { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["console"] },
  ],
});

const client = new Client({
  connection: { uri: Deno.args[0] ?? "mqtt://localhost" },
  plugins: [new URL("packet_counter.ts", import.meta.url).href],
});
await client.connect();
await client.publish("a/b", "x", { qos: 2 });
await client.disconnect();
