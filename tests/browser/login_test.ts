/** Coming in and going out: passwords, a session that ends, a broker that is not reached, how soon the page is there. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { browserTest, logIn, visit } from "./dashboard.ts";

const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1 });

browserTest(
  "a wrong password is told, the right one opens the page, log out closes it",
  async ({ open }) => {
    const page = await open();
    await logIn(page, "admin", "wrong");
    await page.locator(".login .problem").waitFor();
    await logIn(page, "admin");
    await heading(page, "Overview").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Username").waitFor();
    await page.reload();
    await page.getByLabel("Username").waitFor();
  },
);

browserTest("a session that ended leads to the login and from there back", async ({ open }) => {
  const page = await open("admin");
  await visit(page, "clients");
  await heading(page, "Clients").waitFor();
  await page.context().clearCookies();
  await logIn(page, "admin");
  await heading(page, "Clients").waitFor();
});

browserTest(
  "a broker that is not reached is told, and the page comes back by itself",
  async ({ open }) => {
    const page = await open("admin");
    await visit(page, "listeners");
    await page.getByRole("heading", { name: "default" }).waitFor();
    await page.context().setOffline(true);
    const notice = page.getByText("The broker does not answer.");
    await notice.waitFor();
    await page.getByRole("heading", { name: "default" }).waitFor();
    await page.context().setOffline(false);
    await notice.waitFor({ state: "detached" });
  },
);

browserTest("the page paints when it is loaded anew", async ({ open }) => {
  const page = await open("admin");
  await heading(page, "Overview").waitFor();
  await page.reload();
  await heading(page, "Overview").waitFor();
  const paint = await page.evaluate(firstPaint);
  assert(paint > 0); // how long it takes says deno task bench:watched
  assertEquals(await page.title(), "Overview – Midge");
});

/** Runs in the page: milliseconds from the request to the first text or picture. */
function firstPaint(): Promise<number> {
  return new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => {
      const entry = list.getEntriesByName("first-contentful-paint")[0];
      if (entry !== undefined) resolve(entry.startTime);
    });
    observer.observe({ type: "paint", buffered: true });
  });
}
