/**
 * The pictures of the page in docs/images, made where MIDGE_SCREENSHOTS names a folder (`deno task screenshots`).
 * Invariant: each is small enough for a repository; without the folder they are made all the same, and thrown away.
 */
import { assert } from "@std/assert";
import type { Page } from "playwright-core";
import { SERIES } from "../../manage.ts";
import { RawClient } from "../support/raw_client.ts";
import { publish, subscribe } from "../support/raw_packets.ts";
import { browserTest, type Dashboard, visit } from "./dashboard.ts";

const FOLDER = Deno.env.get("MIDGE_SCREENSHOTS");
const MAX_BYTES = 100_000;
const WIDE = { width: 1040, height: 600 };
const PHONE = { width: 390, height: 780 };

const IDS = [
  "boiler",
  "door-front",
  "door-garage",
  "lamp-hall",
  "lamp-kitchen",
  "meter-1",
  "rain",
  "thermostat",
];

/** Clients with something to show: most are let do all, one is denied. */
async function fill({ address }: Dashboard): Promise<RawClient[]> {
  const clients = await Promise.all(
    IDS.map((clientId, index) =>
      RawClient.open(address, {
        clientId,
        username: index === 5 ? "bob" : "admin",
        password: "secret",
        cleanSession: index % 2 === 0,
      })
    ),
  );
  for (const client of clients) await client.send(subscribe(1, ["home/#", 1], ["alerts/+", 0]));
  await clients[5]!.send(publish("home/meter/1", "42.1"));
  await clients[5]!.send(publish("sensors/meter/1", "42.1"));
  return clients;
}

/** About what each series is, for a picture with curves. */
const NUMBERS: Readonly<Record<string, number>> = {
  connections: 8,
  messagesIn: 420,
  messagesOut: 1_260,
  bytesIn: 31_000,
  bytesOut: 92_000,
  dropped: 0,
  queued: 3,
  inflight: 2,
  sessions: 12,
  subscriptions: 24,
  retained: 31,
  rss: 61e6,
  heap: 14e6,
  eventLoopDelay: 0.9,
  latencyP50: 0.21,
  latencyP99: 1.4,
};

/** Numbers of things are whole, times are not. */
function rounded(value: number): number {
  return value > 2 ? Math.round(value) : Number(value.toPrecision(2));
}

/** An hour of numbers that were made up. */
function history(): { items: unknown[]; next: null } {
  const start = Date.now() - 3_590_000;
  const items = Array.from({ length: 360 }, (_, index) => {
    const shape = 1 + Math.sin(index / 40) / 3 + Math.sin(index / 7) / 24;
    return {
      at: start + index * 10_000,
      values: SERIES.map((name) => rounded(NUMBERS[name]! * shape)),
    };
  });
  return { items, next: null };
}

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.querySelector<HTMLElement>(":focus")?.blur());
  const picture = await page.screenshot(
    FOLDER === undefined ? {} : { path: `${FOLDER}/${name}.png` },
  );
  assert(picture.length < MAX_BYTES, `${name}: ${picture.length} bytes`);
}

browserTest("the pictures of the page are small", async (dashboard) => {
  const clients = await fill(dashboard);
  const page = await dashboard.open("admin", { viewport: WIDE });
  await page.route(/api\/v1\/history/, (route) => route.fulfill({ json: history() }));
  await page.route(/api\/v1\/why/, async (route) => {
    const answer = await (await route.fetch()).text();
    await route.fulfill({ body: answer.replaceAll(dashboard.rulesFile, "acl.yaml") });
  });
  await page.reload();
  await page.locator(".plot canvas").nth(7).waitFor();
  await take(page, "dashboard_overview");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator(".plot canvas").nth(7).waitFor();
  await take(page, "dashboard_dark");
  await page.emulateMedia({ colorScheme: "light" });
  await visit(page, "clients");
  await page.getByRole("link", { name: "thermostat" }).waitFor();
  await take(page, "dashboard_clients");
  await visit(page, "why");
  await page.getByRole("searchbox").fill("meter/1");
  await page.getByRole("link", { name: "meter-1" }).first().waitFor();
  await take(page, "dashboard_why");
  await page.setViewportSize(PHONE);
  await visit(page, "clients/meter-1");
  await page.getByRole("heading", { name: "Connection" }).waitFor();
  await take(page, "dashboard_phone");
  for (const client of clients) await client.close();
});
