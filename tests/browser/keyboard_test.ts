/** The page by keyboard: keys that lead to views, the search, dialogs that give the focus back, rows by arrows. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { VIEWS } from "../../plugins/dashboard/page/views.js";
import { RawClient } from "../support/raw_client.ts";
import { untilAsync } from "../support/until.ts";
import { browserTest, visit } from "./dashboard.ts";

const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute("aria-label") ?? element?.textContent?.trim();
  });

/** Waits until the focus is there. */
async function focusOn(page: Page, name: string): Promise<void> {
  await untilAsync(async () => await focused(page) === name, `the focus on ${name}`);
}

/** The second key counts for a moment, which a busy machine may miss: then both are pressed again. */
async function goBy(page: Page, key: string, title: string): Promise<void> {
  const heading = page.getByRole("heading", { name: title, level: 1 });
  const isThere = async () => {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    return await heading.waitFor({ timeout: 5000 }).then(() => true, () => false);
  };
  await untilAsync(isThere, title);
}

browserTest("keys lead to every view, and the focus goes to its heading", async ({ open }) => {
  const page = await open("admin");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  for (const { key, title } of VIEWS.slice(1)) {
    await goBy(page, key, title);
    assertEquals(await page.title(), `${title} – Midge`);
  }
  await page.getByRole("link", { name: "Clients" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("h1:focus").waitFor();
});

browserTest(
  "? shows the keys, Escape closes them, and the focus is where it was",
  async ({ open }) => {
    const page = await open("admin");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByRole("link", { name: "Bans" }).focus();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("c");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await focusOn(page, "Bans");
    assertEquals(await page.title(), "Overview – Midge");
  },
);

browserTest(
  "/ goes to the search, arrows go from row to row, a question gives the focus back",
  async (dashboard) => {
    const ids = ["a-1", "a-2", "a-3"];
    const clients = await Promise.all(
      ids.map((clientId) =>
        RawClient.open(dashboard.address, { clientId, username: "admin", password: "secret" })
      ),
    );
    const page = await dashboard.open("admin");
    await visit(page, "clients");
    await page.getByRole("link", { name: "a-1" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("a-g/c?");
    assertEquals(await page.getByRole("searchbox").inputValue(), "a-g/c?");
    await page.getByRole("link", { name: "a-1" }).waitFor({ state: "detached" });
    await page.getByRole("searchbox").fill("a-");
    await page.getByRole("link", { name: "a-1" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await focusOn(page, "a-3");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Kick" }).focus();
    await page.keyboard.press("Enter");
    await focusOn(page, "Close it");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await focusOn(page, "Kick");
    await Promise.all(clients.map((client) => client.close()));
  },
);
