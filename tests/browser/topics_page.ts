/**
 * The topic browser of the dashboard in Chromium, logged in at a real broker. Invariant: every name is let in, but proven
 * by the password `right`; who may do what the test says at any time.
 */
import type { Page } from "playwright-core";
import { Broker, type PluginContext } from "../../mod.ts";
import { startChromium } from "../support/chromium.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { freePort } from "../services/free_port.ts";

/** A page with its broker. Use `await using`. */
export interface TopicsPage extends AsyncDisposable {
  readonly broker: Broker;
  readonly context: PluginContext;
  readonly page: Page;
  /** Topics and filters that are refused from now on. */
  readonly denied: Set<string>;
  /** Errors that the page wrote to its console. */
  readonly complaints: string[];
}

/** What is not as usual. */
export interface TopicsOptions {
  /** Where to begin; default `#/topics`, connected. */
  readonly hash?: string;
  /** Pixels. */
  readonly width?: number;
  /** Refused from the start. */
  readonly denied?: readonly string[];
  /** Default: `admin`; `viewer` may only look. */
  readonly username?: "admin" | "viewer";
}

/** Opens a view, and waits for the connection where it is that of topics. */
export async function openTopics(options: TopicsOptions = {}): Promise<TopicsPage> {
  const { hash = "#/topics", width = 1280, username = "admin" } = options;
  const denied = new Set(options.denied);
  const { broker, context, url } = await startDashboard(denied);
  const browser = await startChromium();
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  page.setDefaultTimeout(PATIENCE_MS);
  await logIn(page, `${url}/${hash}`, username);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  if (hash.startsWith("#/topics")) {
    await page.locator('.connection[data-state="connected"]').waitFor();
    // What is published before SUBACK need not come.
    await page.locator(".filters").getByText("subscribed").first().waitFor();
  }
  const dispose = async () => {
    await browser.close();
    await broker.stop();
  };
  return { broker, context, page, denied, complaints, [Symbol.asyncDispose]: dispose };
}

async function logIn(page: Page, url: string, username: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill("right");
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await page.getByRole("navigation", { name: "Views" }).waitFor();
}

async function startDashboard(denied: ReadonlySet<string>) {
  const made = Promise.withResolvers<PluginContext>();
  const access = inlinePlugin((context) => {
    made.resolve(context);
    return {
      authenticate: ({ password }) =>
        password !== undefined && new TextDecoder().decode(password) === "right" ? "allow" : "deny",
      authorize: ({ topic }) => denied.has(topic) ? "deny" : "allow",
    };
  });
  const port = freePort();
  const broker = new Broker({
    listeners: { default: { bind: "127.0.0.1:0" } },
    plugins: {
      [access]: null,
      dashboard: { bind: `127.0.0.1:${port}`, admins: ["admin"], viewers: ["viewer"] },
    },
  });
  await broker.start();
  return { broker, context: await made.promise, url: `http://127.0.0.1:${port}` };
}
