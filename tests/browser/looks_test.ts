/** How the page looks: accessible in light and dark, nothing wider than a phone, numbers that live. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { VIEWS } from "../../plugins/dashboard/page/views.js";
import { RawClient } from "../support/raw_client.ts";
import { browserTest, type Dashboard, visit } from "./dashboard.ts";

const AXE = fileURLToPath(new URL("axe.min.js", import.meta.resolve("axe-core")));

const PLACES = [
  ...VIEWS.map(({ name }) => name),
  "clients/lamp-1",
  "clients?show=sessions",
  "clients?show=subscriptions",
  "access?show=explain",
  "access?show=sources",
];

type Axe = typeof import("axe-core");

/** One line for each violation of accessibility. */
async function violations(page: Page): Promise<string[]> {
  if (!await page.evaluate(() => "axe" in globalThis)) {
    await page.evaluate(await Deno.readTextFile(AXE));
  }
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html}`);
  });
}

async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle").catch(() => {});
  await page.locator("h1").waitFor();
}

async function allPlaces(page: Page, look: (place: string) => Promise<void>): Promise<void> {
  for (const place of PLACES) {
    await visit(page, place);
    await settle(page);
    await look(place);
  }
}

function withClient(dashboard: Dashboard): Promise<RawClient> {
  return RawClient.open(dashboard.address, {
    clientId: "lamp-1",
    username: "admin",
    password: "secret",
  });
}

browserTest("axe finds what is wrong", async ({ open }) => {
  const page = await open("admin");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await settle(page);
  await page.evaluate(() => document.querySelector("h1")!.append(document.createElement("button")));
  assert((await violations(page)).some((line) => line.startsWith("button-name")));
});

for (const colorScheme of ["light", "dark"] as const) {
  browserTest(`every view is accessible, ${colorScheme}`, async (dashboard) => {
    await using _client = await withClient(dashboard);
    const page = await dashboard.open(undefined, { colorScheme });
    await page.getByLabel("Username").waitFor();
    assertEquals(await violations(page), [], "login");
    const admin = await dashboard.open("admin", { colorScheme });
    await allPlaces(admin, async (place) => assertEquals(await violations(admin), [], place));
    await visit(admin, "bans");
    await admin.getByRole("button", { name: "Ban…" }).click();
    assertEquals(await violations(admin), [], "a dialog");
    const ground = await admin.evaluate(() =>
      getComputedStyle(document.documentElement).backgroundColor
    );
    assertEquals(ground === "rgb(16, 22, 26)", colorScheme === "dark");
  });
}

browserTest("the theme is chosen on the page, and stays", async ({ open }) => {
  const page = await open("admin", { colorScheme: "light" });
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  const button = page.getByRole("button", { name: /^Theme/ });
  assertEquals([await button.innerText(), await theme()], ["Theme: auto", "light"]);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForFunction(() => document.documentElement.dataset.theme !== "light"); // an event tells the page
  assertEquals(await theme(), "dark");
  await button.click();
  assertEquals([await button.innerText(), await theme()], ["Theme: light", "light"]);
  await button.click();
  await page.reload();
  assertEquals([await button.innerText(), await theme()], ["Theme: dark", "dark"]);
});

browserTest("nothing is wider than a phone", async (dashboard) => {
  await using _client = await withClient(dashboard);
  const page = await dashboard.open("admin", { viewport: { width: 360, height: 740 } });
  await allPlaces(page, async (place) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(width <= 360, `${place}: ${width}`);
  });
  await visit(page, "clients");
  await page.getByRole("link", { name: "lamp-1" }).click();
  await page.getByRole("button", { name: "Kick" }).click();
  await page.getByRole("button", { name: "Close it" }).click();
  await page.getByText("The connection of lamp-1 is closed.").waitFor();
});

browserTest(
  "the overview has live numbers and charts, and what is wrong on top",
  async (dashboard) => {
    const page = await dashboard.open("admin");
    const tile = (name: string) =>
      page.locator(".tile").filter({ has: page.getByText(name, { exact: true }) }).locator("dd");
    await page.locator(".plot canvas").nth(7).waitFor();
    await tile("Connections").filter({ hasText: /^0$/ }).waitFor();
    await using _client = await withClient(dashboard);
    await tile("Connections").filter({ hasText: /^1$/ }).waitFor();
    assertEquals(await page.locator(".readiness .problem").count(), 0);
    await page.route(
      "**/api/v1/health",
      (route) =>
        route.fulfill({ json: { ready: false, problems: ["the disk is <b>full"], checks: [] } }),
    );
    await page.getByText("the disk is <b>full").waitFor();
  },
);
