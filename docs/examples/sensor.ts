// deno-lint-ignore-file no-console -- an example prints for people
/**
 * A device: announces itself, says when it is gone, publishes readings, takes commands, and comes back by
 * itself when the network fails.
 *
 *     deno run --allow-net docs/examples/sensor.ts mqtt://localhost 10
 */
import { Client } from "../../mod.ts";

const [uri = "mqtt://localhost", readings = "10"] = Deno.args;
const client = new Client({
  connection: { uri },
  client_id: "sensor-1",
  keep_alive: 30,
  reconnect_retries: -1,
  will: { topic: "sensors/1/status", message: "offline", qos: 1, retain: true },
});
client.onStateChange((state, error) => console.log(error ? `${state}: ${error.message}` : state));

let unit = "C";
client.onMessage("sensors/1/unit", (message) => {
  unit = message.text();
});

await client.connect();
await client.subscribe("sensors/1/unit", { qos: 1 });
await client.publish("sensors/1/status", "online", { qos: 1, retain: true });

for (let reading = 0; reading < Number(readings); reading++) {
  const value = { temperature: 20 + Math.random(), unit };
  // While there is no connection the message waits, and so does this loop.
  await client.publish("sensors/1/reading", JSON.stringify(value), { qos: 1 });
  await new Promise((resolve) => setTimeout(resolve, 100));
}

await client.publish("sensors/1/status", "offline", { qos: 1, retain: true });
await client.disconnect();
