// deno-lint-ignore-file no-console -- an example prints for people
/**
 * A worker that loses no job: its session is kept while it is away, and a job is acknowledged when it is done.
 *
 *     deno run --allow-net docs/examples/worker.ts mqtt://localhost 3
 */
import { Client } from "../../mod.ts";

const [uri = "mqtt://localhost", jobs = "3"] = Deno.args;
const client = new Client({ connection: { uri }, client_id: "worker-1", cleansession: false });

// Before connecting: what has gathered meanwhile comes together with the broker's answer.
const done = new Promise<void>((resolve) => {
  let left = Number(jobs);
  client.onMessage("jobs", async (message) => {
    await work(message.text());
    if (--left === 0) resolve();
  });
});

await client.connect();
console.log(client.sessionPresent ? "back at work" : "new at work");
if (!client.sessionPresent) await client.subscribe("jobs", { qos: 2 });
await done;
await client.disconnect();

async function work(job: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 10));
  console.log(`done: ${job}`);
}
