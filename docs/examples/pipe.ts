// deno-lint-ignore-file no-console -- an example prints for people
/**
 * Publishes every line of stdin, as fast as the broker takes them and no faster: memory stays small however
 * long the input is.
 *
 *     seq 1000000 | deno run --allow-net docs/examples/pipe.ts mqtt://localhost numbers
 */
import { Client } from "../../mod.ts";

const [uri = "mqtt://localhost", topic = "lines"] = Deno.args;
await using client = new Client(uri);
await client.connect();

let rest = "";
let count = 0;
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    await client.publish(topic, line);
    count++;
  }
}
console.log(`${count} lines`);
