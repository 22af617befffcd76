/**
 * mqtt.js under one load, under Node: `mqttjs.mjs URL LOAD MILLISECONDS` prints `{"rate": N}`. compare.ts copies
 * it beside an installed mqtt; midge.ts does the same with Midge's client, line by line.
 */
import mqtt from "mqtt";

const TOPIC = "bench/client";
const PAYLOAD = Buffer.alloc(64, 0x78);
const UNDER_WAY = 100;

const [url, load, milliseconds] = process.argv.slice(2);
const client = await mqtt.connectAsync(url);
const rate = load === "subscribe" || load === "callback"
  ? await receive()
  : await publish(Number(load.slice(-1)));
process.stdout.write(JSON.stringify({ rate }) + "\n", () => process.exit(0));

async function publish(qos) {
  const start = performance.now();
  const end = start + Number(milliseconds);
  let count = 0;
  const one = async () => {
    for (; performance.now() < end; count++) await client.publishAsync(TOPIC, PAYLOAD, { qos });
  };
  await Promise.all(Array.from({ length: qos === 0 ? 1 : UNDER_WAY }, one));
  await client.endAsync();
  return count / (performance.now() - start) * 1000;
}

async function receive() {
  let count = 0;
  client.on("message", () => count++);
  await client.subscribeAsync(TOPIC);
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, Number(milliseconds)));
  return count / (performance.now() - start) * 1000;
}
