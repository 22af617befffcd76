/**
 * The topic browser in headless Chromium against a real broker. Skipped without Chromium, which is looked for with
 * MIDGE_CHROMIUM, else on the PATH. Invariant: a test waits for what people see, never for time.
 */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { optionalTest } from "../support/optional.ts";
import { missingChromium as missing } from "../support/chromium.ts";
import { openTopics } from "./topics_page.ts";

/** A picture of one point. */
const PNG = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  ),
  (character) => character.charCodeAt(0),
);

const row = (page: Page, name: RegExp) => page.getByRole("treeitem", { name });
const value = (page: Page) => page.getByLabel("Value", { exact: true });
const part = (page: Page, name: string) =>
  page.getByRole("group", { name: "Show of this topic" }).getByRole("button", { name }).click();

/** Opens the view with this topic chosen. */
function openOn(topicName: string) {
  return openTopics({ hash: `#/topics/${encodeURIComponent(topicName)}` });
}

optionalTest(missing, "a message arrives in the tree, which goes by keyboard", async () => {
  await using opened = await openTopics();
  const { page, context, complaints } = opened;
  await context.publish({ topicName: "house/kitchen/temperature", payload: "21.5" });
  await row(page, /house/).click();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"]) {
    await page.keyboard.press(key);
  }
  await page.getByText("house/kitchen/temperature", { exact: true }).waitFor();
  assertEquals(await value(page).textContent(), "21.5");
  await page.waitForFunction(() => location.hash === "#/topics/house%2Fkitchen%2Ftemperature");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await row(page, /temperature/).waitFor({ state: "detached" });
  assertEquals(complaints, []);
});

optionalTest(missing, "JSON is laid out and plotted field by field, and compared", async () => {
  await using opened = await openOn("sensor");
  const { page, context, complaints } = opened;
  await context.publish({
    topicName: "sensor",
    payload: '{"id":12345678901234567890,"t":1,"ok":true}',
  });
  await row(page, /sensor/).waitFor();
  await context.publish({
    topicName: "sensor",
    payload: '{"id":12345678901234567890,"t":2.50,"x":[1]}',
  });
  await page.locator(".payload", { hasText: '"t": 2.50' }).waitFor();
  assertEquals(
    await value(page).textContent(),
    '{\n  "id": 12345678901234567890,\n  "t": 2.50,\n  "x": [\n    1\n  ]\n}',
  );
  await part(page, "Difference");
  const lines = await page.locator(".differences li").allInnerTexts();
  assertEquals(lines.map((line) => line.replace(/\s+/g, " ").trim()), [
    "~t12.5",
    "−oktrue",
    "+x[0]1",
  ]);
  await part(page, "Plot");
  await page.getByRole("button", { name: "t", exact: true }).click();
  await page.getByRole("button", { name: "x[0]", exact: true }).click();
  await page.locator(".plot canvas").waitFor();
  await page.locator("figcaption .key", { hasText: /^\s*t\s+2\.5\s*$/ }).waitFor();
  await part(page, "History");
  await page.getByRole("table", { name: "Messages of this topic" }).getByRole("button").nth(1)
    .click();
  await page.locator(".payload", { hasText: '"t": 1,' }).waitFor();
  assertEquals(complaints, []);
});

optionalTest(
  missing,
  "an image is shown, bytes are a hex dump, SVG and HTML are text",
  async () => {
    await using opened = await openOn("camera");
    const { page, context, complaints } = opened;
    await context.publish({ topicName: "camera", payload: PNG });
    await page.waitForFunction(() => document.querySelector("img")?.naturalWidth === 1);
    await page.getByRole("button", { name: "Hex" }).click();
    assertEquals(
      (await value(page).textContent())?.split("\n")[0]?.trim(),
      "000000  89 50 4e 47 0d 0a 1a 0a  00 00 00 0d 49 48 44 52  .PNG........IHDR",
    );
    await page.getByRole("button", { name: "Auto", exact: true }).click();
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=1"></svg>';
    await context.publish({ topicName: "camera", payload: svg });
    await page.locator(".payload", { hasText: "<svg" }).waitFor();
    await page.getByRole("button", { name: "Image" }).click();
    await page.getByText("This is no PNG, JPEG, GIF or WebP.").waitFor();
    assertEquals(await value(page).textContent(), svg);
    assertEquals([await page.locator("img").count(), await page.locator("#app svg").count()], [
      0,
      0,
    ]);
    assertEquals(complaints, []);
  },
);

optionalTest(missing, "publishing at QoS 1 says what the broker said", async () => {
  await using opened = await openTopics();
  const { page, denied, complaints } = opened;
  const form = page.getByRole("form", { name: "Publish" });
  await form.getByLabel("Topic", { exact: true }).fill("from/page");
  await form.getByLabel("Payload", { exact: true }).fill("hello");
  await form.getByLabel("QoS").selectOption("1");
  await form.getByText("Properties", { exact: true }).click();
  await form.getByLabel("Content type").fill("text/plain");
  await form.getByLabel("User properties").fill("a=b\nc = d=e");
  await form.getByRole("button", { name: "Publish" }).click();
  await page.getByText("Published: done (0x00).").waitFor();
  await row(page, /from/).click();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.locator(".payload", { hasText: "hello" }).waitFor();
  const properties = await page.locator(".properties div").allInnerTexts();
  assertEquals(properties.map((text) => text.replaceAll("\n", " ")), [
    "Content type text/plain",
    "User property a b",
    "User property c d=e",
  ]);
  denied.add("forbidden");
  await form.getByLabel("Topic", { exact: true }).fill("forbidden");
  await form.getByRole("button", { name: "Publish" }).click();
  await page.getByText(/The broker refused the message: not authorized \(0x87\)/).waitFor();
  await form.getByLabel("Topic", { exact: true }).fill("a/#");
  await form.getByRole("button", { name: "Publish" }).click();
  await page.getByText("A topic name has no wildcards.").waitFor();
  assertEquals(complaints, []);
});

optionalTest(missing, "a retained message is deleted, and the deletion undone", async () => {
  await using opened = await openOn("kept/a");
  const { page, context, complaints } = opened;
  for (const name of ["kept/a", "kept/b", "kept/c"]) {
    await context.publish({ topicName: name, payload: name, retain: true });
  }
  await page.getByRole("button", { name: "Delete retained…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("The retained message of kept/a is deleted.").waitFor();
  await page.getByRole("button", { name: "Delete retained…" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("1 retained message is back.").waitFor();
  await page.getByRole("button", { name: "Delete retained…" }).waitFor();
  await row(page, /kept/).first().click();
  await page.getByRole("button", { name: "Delete all below…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Delete 3 retained messages?").waitFor();
  assertEquals((await dialog.locator("li").allInnerTexts()).sort(), ["kept/a", "kept/b", "kept/c"]);
  await dialog.getByRole("button", { name: "Delete them" }).click();
  await page.getByText("3 retained messages are deleted.").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("3 retained messages are back.").waitFor();
  assertEquals(complaints, []);
});

optionalTest(missing, "hostile names and payloads are text, and break no layout", async () => {
  await using opened = await openTopics();
  const { page, context, complaints } = opened;
  const names = [
    "<img src=x onerror=document.title='gone'>",
    "a\u202etxt.exe\u0001",
    `deep${"/x".repeat(100)}`,
    `long${"w".repeat(65_000)}`,
    "/",
    "constructor/__proto__/toString",
  ];
  for (const topicName of names) {
    await context.publish({ topicName, payload: "<b>\u0000\u001b[31m</b>" });
  }
  await context.publish({ topicName: "big", payload: "y".repeat(1_000_000) });
  await page.locator('[data-topics="7"]').waitFor();
  const tree = page.getByRole("tree");
  await tree.focus();
  for (let at = 0; at < 40; at++) {
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
  }
  await row(page, /<img src=x onerror=document.title='gone'>/).waitFor();
  await row(page, /a\\u\{202e\}txt\.exe\\u\{1\}/).click();
  assertEquals(await value(page).textContent(), "<b>\\u{0}\\u{1b}[31m</b>");
  const search = page.getByRole("searchbox", { name: "Search topics" });
  for (const [found, topicName] of [["longw", names[3]], ["deep/x", names[2]], ["big", "big"]]) {
    await search.fill(found!);
    await page.getByText("1 found").waitFor();
    await page.getByRole("treeitem").click();
    await page.waitForFunction(
      (hash) => location.hash === hash,
      `#/topics/${encodeURIComponent(topicName!)}`,
    );
    assertEquals(await widthOver(page), 0, found);
  }
  await page.getByText("The first 65.5 kB of 1 MB.").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  assertEquals(await widthOver(page), 0);
  assertEquals([await page.title(), complaints], ["Topics – Midge", []]);
});

optionalTest(
  missing,
  "a refused # says why; other filters, $SYS and the API's topics remain",
  async () => {
    await using opened = await openTopics({ hash: "#/tokens", denied: ["#"] });
    const { page, context, complaints } = opened;
    await context.publish({ topicName: "quiet", payload: "kept", retain: true });
    await page.evaluate(() => location.hash = "#/topics");
    await page.getByText(/not authorized \(0x87\)/).waitFor();
    const link = await page.getByRole("link", { name: "Explain" }).getAttribute("href");
    assert(
      /^#\/access\?show=explain&clientId=dashboard-[0-9a-f]{16}&action=subscribe&topic=%23$/.test(
        link!,
      ),
      link!,
    );
    await row(page, /quiet.*kept/).waitFor();
    const form = page.getByRole("form", { name: "Subscribe" });
    await form.getByLabel("Subscribe to").fill("a/#/b");
    await form.getByRole("button", { name: "Subscribe", exact: true }).click();
    await page.getByText("A wildcard is a whole level, and # is the last one.").waitFor();
    await form.getByLabel("Subscribe to").fill("open/+");
    await form.getByLabel("At most QoS").selectOption("1");
    await form.getByRole("button", { name: "Subscribe", exact: true }).click();
    await form.getByRole("button", { name: "$SYS/#" }).click();
    await page.locator(".filters li", { hasText: "open/+" }).getByText("subscribed").waitFor();
    await page.waitForFunction(() =>
      location.hash === "#/topics?filter=%23&filter1=open%2F%2B&filter=%24SYS%2F%23"
    );
    await context.publish({ topicName: "open/door", payload: "1" });
    await row(page, /open/).waitFor();
    await page.getByRole("button", { name: "Unsubscribe from open/+" }).click();
    await page.locator(".filters li", { hasText: "open/+" }).waitFor({ state: "detached" });
    assertEquals(complaints, []);
  },
);

optionalTest(missing, "after the broker closed the connection the page comes back", async () => {
  await using opened = await openTopics();
  const { broker, page, context } = opened;
  const [client] = await Array.fromAsync(context.clients());
  await broker.kick(client!.clientId);
  await page.locator('.connection[data-state="waiting"]', { hasText: "ended by an administrator" })
    .waitFor();
  await page.locator('.connection[data-state="connected"]').waitFor();
  await page.getByText("subscribed").waitFor();
  await context.publish({ topicName: "again", payload: "1" });
  await row(page, /again/).waitFor();
});

optionalTest(missing, "what came during a pause is there after it", async () => {
  await using opened = await openOn("paused");
  const { page, context, complaints } = opened;
  await context.publish({ topicName: "paused", payload: "before" });
  await page.locator(".payload", { hasText: "before" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await context.publish({ topicName: "paused", payload: "after" });
  await page.getByText("Paused: 1 topics have news.").waitFor();
  assertEquals(await value(page).textContent(), "before");
  await page.getByRole("button", { name: "Pause" }).click();
  await page.locator(".payload", { hasText: "after" }).waitFor();
  assertEquals(complaints, []);
});

optionalTest(missing, "who may only look sees topics, and can change nothing", async () => {
  await using opened = await openTopics({ hash: "#/topics/seen", username: "viewer" });
  const { page, context, complaints } = opened;
  await context.publish({ topicName: "seen", payload: "1", retain: true });
  await page.locator(".payload", { hasText: "1" }).waitFor();
  await page.getByText("retained", { exact: true }).waitFor();
  const changing = page.getByRole("button", { name: /Publish|Delete/ });
  assertEquals([await changing.count(), complaints], [0, []]);
});

const AXE = await Deno.readTextFile(new URL(import.meta.resolve("axe-core/axe.min.js")));

for (const [kind, width] of [["wide", 1280], ["phone", 390]] as const) {
  optionalTest(
    missing,
    `axe finds nothing to complain about, ${kind}, light and dark`,
    async () => {
      await using opened = await openTopics({ hash: "#/topics/a%2Fb", width });
      const { page, context, denied } = opened;
      denied.add("secret/#");
      await context.publish({ topicName: "a/b", payload: '{"t":1}', retain: true });
      await context.publish({ topicName: "a/b", payload: '{"t":2}', retain: true });
      await page.locator(".payload", { hasText: '"t": 2' }).waitFor();
      await page.getByLabel("Subscribe to").fill("secret/#");
      await page.getByRole("button", { name: "Subscribe", exact: true }).click();
      await page.getByRole("link", { name: "Explain" }).waitFor();
      await page.evaluate(AXE);
      for (const theme of ["light", "dark"]) {
        await page.evaluate((one) => document.documentElement.dataset.theme = one, theme);
        for (const name of ["Value", "Plot", "Difference", "History"]) {
          await part(page, name);
          assertEquals(await violations(page), [], `${theme}, ${name}`);
        }
      }
      assertEquals(await widthOver(page), 0);
    },
  );
}

/** Pixels of the page that are out of sight at the right. */
function widthOver(page: Page): Promise<number> {
  return page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth
  );
}

/** What axe says, a line each. */
function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(", ")}`);
  });
}

const MANY = 100_000;

/** Notes how long the page did nothing else, from now on. */
function watchTasks(): void {
  const tasks: number[] = [];
  Object.assign(globalThis, { tasks });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration);
  }).observe({ type: "longtask" });
}

optionalTest(
  missing,
  "100,000 topics: all are counted, searched and reached by key",
  async (test) => {
    await using opened = await openTopics();
    const { page, context, complaints } = opened;
    await page.evaluate(watchTasks);
    for (let at = 0; at < MANY; at++) {
      await context.publish({
        topicName: `many/${at % 100}/${at}`,
        payload: String(at),
        retain: true,
      });
      // A page that takes too little for too long is sent no more at QoS 0.
      if (at % 5000 === 4999) await page.locator(`[data-topics="${at + 1}"]`).waitFor();
    }
    await row(page, /many/).click();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("End");
    await row(page, /^\W*99\W/).waitFor();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("End");
    await page.locator(".payload", { hasText: /^99999$/ }).waitFor();
    assert(await page.getByRole("treeitem").count() < 60);
    await page.getByRole("searchbox", { name: "Search topics" }).fill("many/7/");
    await page.getByText("1,000 found").waitFor();
    const tasks = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks);
    const longest = Math.round(Math.max(0, ...tasks));
    await test.step(`${tasks.length} tasks over 50 ms, the longest ${longest} ms`, () => {});
    assertEquals(complaints, []);
  },
);
