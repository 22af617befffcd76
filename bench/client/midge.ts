/**
 * Midge's client under one load: `midge.ts URL LOAD MILLISECONDS` prints `{"rate": N}`, messages a second. Run
 * by compare.ts as a process of its own; mqttjs.mjs does the same with mqtt.js under Node, line by line.
 */
import { Client } from "../../mod.ts";

const TOPIC = "bench/client";
const PAYLOAD = new Uint8Array(64).fill(0x78);
/** Messages above QoS 0 under way at once. */
const UNDER_WAY = 100;

const [url = "", load = "", milliseconds = ""] = Deno.args;
const client = new Client({ connection: { uri: url }, plugins: null });
await client.connect();
const rate = load === "subscribe" || load === "callback"
  ? await receive(load === "callback")
  : await publish(Number(load.slice(-1)) as 0 | 1 | 2);
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ rate }) + "\n"));
Deno.exit(0);

/** What was published until everything was sent and acknowledged. */
async function publish(qos: 0 | 1 | 2): Promise<number> {
  const start = performance.now();
  const end = start + Number(milliseconds);
  let count = 0;
  const one = async () => {
    for (; performance.now() < end; count++) await client.publish(TOPIC, PAYLOAD, { qos });
  };
  await Promise.all(Array.from({ length: qos === 0 ? 1 : UNDER_WAY }, one));
  await client.disconnect();
  return count / (performance.now() - start) * 1000;
}

/** What an iterator, or a callback, was given. */
async function receive(isCallback: boolean): Promise<number> {
  let count = 0;
  if (isCallback) client.onMessage(TOPIC, () => void count++);
  const messages = isCallback ? undefined : client.messages(TOPIC);
  await client.subscribe(TOPIC);
  const start = performance.now();
  const passed = new Promise((resolve) => setTimeout(resolve, Number(milliseconds)));
  const counting = (async () => {
    if (messages !== undefined) { for await (const _message of messages) count++; }
  })();
  await passed;
  const result = count / (performance.now() - start) * 1000;
  void client.disconnect();
  void counting;
  return result;
}
