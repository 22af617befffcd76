/**
 * Someone who looks at a broker: the dashboard's overview in Chromium, and a scrape of the metrics each second. Invariant:
 * while no one is to look, the browser shows an empty page and nothing is asked of a broker.
 */
import type { Browser, Page } from "playwright-core";
import { startChromium } from "../../tests/support/chromium.ts";

const SCRAPE_MS = 1000;

/** What is looked at. */
export interface Places {
  readonly dashboard: string;
  readonly metrics: string;
  readonly token: string;
}

/** The one who looks. */
export class Watcher implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #page: Page;
  #places: Places | undefined;
  #scraping: ReturnType<typeof setInterval> | undefined;
  /** Scrapes that were answered. */
  scrapes = 0;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
  }

  /** Opens the browser. */
  static async open(): Promise<Watcher> {
    const browser = await startChromium();
    return new Watcher(browser, await browser.newPage());
  }

  /** Looks, from when the page shows its numbers on. */
  async look(places: Places, hash = "#/"): Promise<void> {
    await this.#page.goto(`${places.dashboard}${hash}`);
    if (this.#places !== places) await this.#logIn(places);
    this.#places = places;
    await this.#page.waitForSelector("nav a");
    this.#scraping = setInterval(() => void this.#scrape(places.metrics), SCRAPE_MS);
  }

  /** Milliseconds from the request to the first paint, by a browser that has nothing of the page yet. */
  async firstPaint({ dashboard }: Places): Promise<number> {
    const context = await this.#browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(dashboard);
      await page.waitForSelector("input");
      return await page.evaluate(() =>
        performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN
      );
    } finally {
      await context.close();
    }
  }

  /** Looks away. */
  async rest(): Promise<void> {
    clearInterval(this.#scraping);
    await this.#page.goto("about:blank");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#scraping);
    await this.#browser.close();
  }

  async #logIn({ token }: Places): Promise<void> {
    await this.#page.getByRole("button", { name: "Log in with a token" }).click();
    await this.#page.getByLabel("Token").fill(token);
    await this.#page.getByRole("button", { name: "Log in", exact: true }).click();
  }

  async #scrape(url: string): Promise<void> {
    const response = await fetch(url);
    await response.body?.cancel();
    if (response.ok) this.scrapes++;
  }
}
