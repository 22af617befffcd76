/**
 * Clients that always have data, over every transport at once: all that they send comes, in order, while a quiet client
 * is served; a stop in the middle of it leaves nothing open (the leak sanitizers look).
 */
import { assertEquals } from "@std/assert";
import { Broker, Client } from "../../mod.ts";
import type { ClientOptions } from "../../lib/client/config_types.ts";
import { DEVICE, NAMED, to, writeCertificates } from "../client/transport_stage.ts";
import { TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { bytes, publish } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

const MESSAGES = 600;
const PAYLOAD = "x".repeat(1000);

/** A broker with a listener of each kind. */
async function start(folder: string) {
  await writeCertificates(folder);
  const bind = "127.0.0.1:0";
  const tls = {
    bind,
    ssl: true,
    certfile: `${folder}/server.crt`,
    keyfile: `${folder}/server.key`,
    cafile: `${folder}/ca.crt`,
    verify_client: "required",
  } as const;
  const broker = new Broker({
    listeners: {
      tcp: { bind },
      tls,
      ws: { bind, type: "ws", path: "/mqtt" },
      wss: { ...tls, type: "ws" },
      unix: { type: "unix", bind: `${folder}/socket` },
    },
    plugins: { auth_anonymous: null },
    max_queued_messages: 0, // nothing may be dropped: all is counted
    max_queued_bytes: 0,
  });
  await broker.start();
  const ports = Object.fromEntries(broker.listeners.map(({ name, port }) => [name, port]));
  return { broker, ports, folder };
}

Deno.test("floods over tcp, a socket file, tls, ws and wss arrive whole, in order, beside a quiet client", async () => {
  await using folder = new TempFolder();
  const midge = await start(folder.path);
  const ways: Record<string, ClientOptions> = {
    tcp: { connection: { uri: `mqtt://127.0.0.1:${midge.ports.tcp}` } },
    unix: { connection: { uri: `unix://${folder.path}/socket` } },
    ws: { connection: { uri: `ws://127.0.0.1:${midge.ports.ws}/mqtt` } },
    tls: to(midge, "tls", { ...NAMED, ...DEVICE }, "mqtts"),
    wss: to(midge, "wss", { ...NAMED, ...DEVICE }),
  };
  const got = new Map<string, number[]>(Object.keys(ways).map((way) => [way, []]));
  const connected = async (options: ClientOptions) => {
    const client = new Client({ plugins: null, reconnect_retries: 0, ...options });
    await client.connect();
    return client;
  };
  const subscriber = await connected(ways.tcp!);
  await subscriber.subscribe("flood/+", { qos: 1 });
  const receiving = (async () => {
    let left = MESSAGES * got.size;
    for await (const message of subscriber.messages("flood/+")) {
      got.get(message.topicName.slice("flood/".length))!.push(parseInt(message.text()));
      if (--left === 0) break;
    }
  })();
  const quiet = await connected(ways.tcp!);
  const publishers = await Promise.all(
    Object.entries(ways).map(async ([way, options]) => {
      const client = await connected(options);
      const sent = Array.from(
        { length: MESSAGES },
        (_, i) => client.publish(`flood/${way}`, `${i} ${PAYLOAD}`, { qos: 1 }),
      );
      return { client, sent };
    }),
  );
  for (let i = 0; i < 20; i++) await quiet.ping();
  for (const { sent } of publishers) await Promise.all(sent);
  await receiving;
  const all = Array.from({ length: MESSAGES }, (_, i) => i);
  for (const [way, numbers] of got) assertEquals(numbers, all, way);
  for (const client of [subscriber, quiet, ...publishers.map(({ client }) => client)]) {
    await client.disconnect();
  }
  await midge.broker.stop();
});

Deno.test("a stop in the middle of a flood leaves nothing open", async () => {
  const broker = new Broker({
    listeners: { default: { bind: "127.0.0.1:0" } },
    plugins: { auth_anonymous: null },
  });
  await broker.start();
  const address = { hostname: "127.0.0.1", port: broker.listeners[0]!.port };
  const frames = bytes(...Array.from({ length: 2000 }, () => publish("nowhere", PAYLOAD)));
  const flooders = await Promise.all(
    [1, 2, 3].map((n) => RawClient.open(address, { clientId: `flooder${n}` })),
  );
  let isOver = false;
  const flooding = flooders.map(async (client) => {
    while (!isOver) await client.sendAnyway(frames);
  });
  await until(() => broker.metrics.publishReceived > 10_000, "a flood");
  isOver = true;
  await broker.stop();
  await Promise.all(flooding);
  for (const client of flooders) await client.close();
});
