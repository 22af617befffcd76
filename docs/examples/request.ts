// deno-lint-ignore-file no-console -- an example prints for people
/**
 * A question and its answer over MQTT 5: response topic and correlation data.
 *
 *     deno run --allow-net docs/examples/request.ts mqtt://localhost
 */
import { Client } from "../../mod.ts";

const connection = { uri: Deno.args[0] ?? "mqtt://localhost" };
await using client = new Client({ connection, protocol_version: 5 });
await client.connect();

const stop = await client.respond("double", (request) => String(2 * Number(request.text())));
const answer = await client.request("double", "21", { qos: 1, timeout: 5000 });
console.log(answer.text());
await stop();
