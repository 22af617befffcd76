/** The documentation's site in Chromium, from a disk: accessible, on a phone, searched, light and dark. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { buildSite } from "../../tools/site/build.ts";
import { missingChromium, startChromium } from "../support/chromium.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { TempFolder } from "../support/midge_process.ts";
import { optionalTest } from "../support/optional.ts";

const ROOT = new URL("../../", import.meta.url);
const SITE = await buildSite(ROOT, "0.1.0");
const AXE = fileURLToPath(new URL("axe.min.js", import.meta.resolve("axe-core")));
const PHONE = { width: 360, height: 740 };
const LOOKED_AT = [
  "index.html",
  "tls.html",
  "metrics.html",
  "dashboard.html",
  "reference/config.html",
  "files/docs/examples/index.html",
];

type Axe = typeof import("axe-core");

/** The site in a folder below another, as a server may have it, or a disk. */
async function writtenSite(folder: TempFolder): Promise<string> {
  const root = `${folder.path}/some/where`;
  for (const [output, content] of SITE) {
    const file = `${root}/${output}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(file, content);
    else await Deno.writeFile(file, content);
  }
  return `file://${root}/`;
}

/** A page of the site; `requests` are those that did not go to the site's own files. */
async function onSite(
  options: BrowserContextOptions,
  look: (page: Page, site: string) => Promise<void>,
): Promise<void> {
  await using folder = new TempFolder();
  const site = await writtenSite(folder);
  const browser = await startChromium();
  try {
    const page = await (await browser.newContext(options)).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const strange: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(site)) strange.push(request.url());
    });
    page.on("pageerror", (error) => strange.push(String(error)));
    await look(page, site);
    assertEquals(strange, []);
  } finally {
    await browser.close();
  }
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await Deno.readTextFile(AXE));
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html}`);
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  optionalTest(
    missingChromium,
    `axe finds nothing on the site, ${colorScheme}`,
    () =>
      onSite({ colorScheme }, async (page, site) => {
        for (const place of LOOKED_AT) {
          await page.goto(site + place);
          assertEquals(await violations(page), [], place);
        }
        await page.evaluate(() =>
          document.querySelector("h1")!.append(document.createElement("button"))
        );
        assert((await violations(page)).length > 0, "axe finds a button without a name");
      }),
  );
}

optionalTest(
  missingChromium,
  "on a phone nothing is wider than the screen, and the menu opens",
  () =>
    onSite({ viewport: PHONE }, async (page, site) => {
      for (const place of LOOKED_AT) {
        await page.goto(site + place);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert(width <= PHONE.width, `${place}: ${width} pixels`);
      }
      await page.goto(`${site}tls.html`);
      const link = page.getByRole("navigation", { name: "Pages" }).getByText("Access rules");
      assertEquals(await link.isVisible(), false);
      await page.getByRole("button", { name: "Pages" }).click();
      await link.click();
      await page.waitForURL(/access_rules\.html/);
    }),
);

optionalTest(
  missingChromium,
  "the search finds a key with the keyboard alone, from a page in a folder",
  () =>
    onSite({}, async (page, site) => {
      await page.goto(`${site}reference/hooks.html`);
      await page.keyboard.press("/");
      await page.keyboard.type("max_packet_size");
      const first = page.locator("#results a").first();
      await first.waitFor();
      assertStringIncludes(await first.textContent() ?? "", "max_packet_size – Configuration keys");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.waitForURL(`${site}reference/config.html#max_packet_size`);
      await page.keyboard.press("/");
      await page.keyboard.type("nothing has these words zzz");
      await page.getByText("Nothing found").waitFor({ state: "attached" });
      await page.keyboard.press("Escape");
      assertEquals(await page.locator("#results").isVisible(), false);
    }),
);

optionalTest(
  missingChromium,
  "light and dark are chosen, and kept on the next page",
  () =>
    onSite({ colorScheme: "light" }, async (page, site) => {
      const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await page.goto(`${site}index.html`);
      const light = await back();
      await page.getByRole("button", { name: "Use dark colours" }).click();
      const dark = await back();
      assert(light !== dark, dark);
      await page.goto(`${site}tls.html`);
      assertEquals(await back(), dark);
    }),
);

optionalTest(
  missingChromium,
  "without scripts a page and the ways to the others are there",
  () =>
    onSite({ javaScriptEnabled: false, viewport: PHONE }, async (page, site) => {
      await page.goto(`${site}tls.html`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.getByRole("navigation", { name: "Pages" }).getByText("Access rules").click();
      await page.waitForURL(/access_rules\.html/);
    }),
);
