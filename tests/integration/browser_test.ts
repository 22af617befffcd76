/**
 * MQTT from a web page: mqtt.js in headless Chromium against a WebSocket listener. Skipped without
 * Chromium. Invariant: pages come from a server of the test, so that they have an origin.
 */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { Broker } from "../../lib/broker/life/broker.ts";
import { missingChromium, startChromium } from "../support/chromium.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { optionalTest } from "../support/optional.ts";

const MQTT_JS = fileURLToPath(import.meta.resolve("mqtt/dist/mqtt.min"));

/** Serves an empty page with mqtt.js; `127.0.0.1` and `localhost` are two origins of it. */
function servePage(): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(options, async ({ url }) => {
    if (!url.endsWith("/mqtt.js")) {
      const html = "<!doctype html><title>page</title><script src='/mqtt.js'></script>";
      return new Response(html, { headers: { "content-type": "text/html" } });
    }
    const script = await Deno.readFile(MQTT_JS);
    return new Response(script, { headers: { "content-type": "text/javascript" } });
  });
}

/** Runs in the page: subscribes, publishes to itself, leaves; all that was seen. */
function conversation(url: string): Promise<string[]> {
  const { mqtt } = globalThis as unknown as { mqtt: typeof import("mqtt").default };
  return new Promise((resolve, reject) => {
    const client = mqtt.connect(url, { reconnectPeriod: 0, protocolVersion: 4 });
    const seen: string[] = [];
    client.on("error", reject);
    client.on("close", () => reject(new Error("closed")));
    client.on("message", (topic, payload, { qos }) => {
      seen.push(`${topic} ${payload.length} ${payload[0]} ${qos}`);
      if (seen.length < 3) return;
      client.removeAllListeners("close");
      client.end(false, {}, () => resolve(seen));
    });
    client.on("connect", async () => {
      await client.subscribeAsync("page/#", { qos: 2 });
      await client.publishAsync("page/0", "a", { qos: 0 });
      await client.publishAsync("page/1", "b".repeat(1000), { qos: 1 });
      await client.publishAsync("page/2", "c".repeat(200_000), { qos: 2 });
    });
  });
}

/** Runs in the page: was a bare WebSocket opened, and the code and reason of its end, behind a text frame. */
function endOf(url: string): Promise<[wasOpen: boolean, code: number, reason: string]> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, "mqtt");
    let isOpened = false;
    socket.onopen = () => {
      isOpened = true;
      socket.send("text");
    };
    socket.onclose = ({ code, reason }) => resolve([isOpened, code, reason]);
  });
}

async function withPages(
  test: (open: (host: string) => Promise<Page>, url: string) => Promise<void>,
): Promise<void> {
  const server = servePage();
  const browser = await startChromium();
  try {
    const origins = [`http://127.0.0.1:${server.addr.port}`];
    await using broker = new Broker({
      listeners: { default: { type: "ws", bind: "127.0.0.1:0", path: "/mqtt", origins } },
      plugins: { auth_anonymous: null },
    });
    await broker.start();
    const open = async (host: string) => {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(`http://${host}:${server.addr.port}/`);
      return page;
    };
    await test(open, `ws://127.0.0.1:${broker.listeners[0]!.port}/mqtt`);
  } finally {
    await browser.close();
    await server.shutdown();
  }
}

optionalTest(
  missingChromium,
  "a page in Chromium subscribes, publishes and sees its messages",
  () =>
    withPages(async (open, url) => {
      const page = await open("127.0.0.1");
      const seen = await page.evaluate(conversation, url);
      assertEquals(seen.sort(), ["page/0 1 97 0", "page/1 1000 98 1", "page/2 200000 99 2"]);
      const end = await page.evaluate(endOf, url);
      assertEquals(end, [true, 1003, "the client sent a text frame [MQTT-6.0.0-1]"]);
    }),
);

optionalTest(
  missingChromium,
  "a page of another origin gets no WebSocket",
  () =>
    withPages(async (open, url) => {
      const page = await open("localhost");
      assertEquals(await page.evaluate(endOf, url), [false, 1006, ""]);
    }),
);
