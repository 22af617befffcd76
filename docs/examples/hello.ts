// deno-lint-ignore-file no-console -- an example prints for people
/**
 * Subscribes, publishes, prints what comes back.
 *
 *     deno run --allow-net docs/examples/hello.ts mqtt://localhost
 */
import { Client } from "../../mod.ts";

await using client = new Client(Deno.args[0] ?? "mqtt://localhost");
await client.connect();

// The iterator collects from the moment it is made: make it before you subscribe.
const messages = client.messages("greetings/#");
await client.subscribe("greetings/#", { qos: 1 });
await client.publish("greetings/world", "hello", { qos: 1 });

for await (const message of messages) {
  console.log(`${message.topicName}: ${message.text()}`);
  break;
}
