/**
 * A broker with its dashboard, and a browser that looks at it. Invariants: what the page's console complains about fails
 * the test; all of it ends with the test.
 */
import { assertEquals } from "@std/assert";
import type { ByteStream } from "../../lib/net/stream.ts";
import type { PeerOptions } from "../../lib/plugin/types.ts";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { Broker, definePlugin, type PluginContext } from "../../mod.ts";
import { missingChromium, startChromium } from "../support/chromium.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { optionalTest } from "../support/optional.ts";
import { freePort } from "../services/free_port.ts";

/** Who there is; all have the password `secret`. */
export const USERS = ["admin", "viewer", "bob"] as const;

/** `secret`, by few rounds. */
const HASH = "$6$rounds=1000$midgemidge$" +
  "4Wv6bB6V3UJ6RjlWrhmWPsnfEjGMNYgdSZmXggZEzOJZuAT6MkCH7LrpbI5cJitno.p0lLCLM0NCAxGFaGrYE.";

/** The rules at the start: line 3 is a denial. */
export const RULES = `- { permission: allow, user: [admin, viewer], action: all, topics: ["#"] }
- { permission: allow, user: bob, action: publish, topics: ["sensors/#"] }
- { permission: deny, all: true }
`;

/** What must be so, whatever the rules become. */
const CASES = `cases:
  - { user: bob, clientid: bob-1, action: publish, topic: sensors/1, expect: allow }
`;

/** What a test has. */
export interface Dashboard {
  readonly broker: Broker;
  /** Of the page, with `/` at its end. */
  readonly url: string;
  /** Where MQTT listens. */
  readonly address: { readonly hostname: string; readonly port: number };
  /** The file with the rules. */
  readonly rulesFile: string;
  /** Serves a stream as a connection of MQTT; resolves when it is over. */
  accept(stream: ByteStream, peer: PeerOptions): Promise<void>;
  /** A page of a browser of its own, logged in where a user is named. */
  open(user?: string, options?: BrowserContextOptions): Promise<Page>;
}

/** A test with a dashboard and a browser; skipped without Chromium. */
export function browserTest(title: string, run: (dashboard: Dashboard) => Promise<void>): void {
  optionalTest(missingChromium, title, async () => {
    const folder = await Deno.makeTempDir();
    const browser = await startChromium();
    const complaints: string[] = [];
    try {
      const door = new Door();
      const port = freePort();
      await using broker = await startBroker(folder, port, door);
      const url = `http://127.0.0.1:${port}/`;
      const open = openerOf(browser, url, complaints);
      // Before the broker stops: a page that asks on would complain.
      await using _page = { [Symbol.asyncDispose]: () => browser.close() };
      await run({
        broker,
        url,
        address: { hostname: "127.0.0.1", port: broker.listeners[0]!.port },
        rulesFile: `${folder}/acl.yaml`,
        accept: door.accept,
        open,
      });
    } finally {
      await browser.close();
      await Deno.remove(folder, { recursive: true });
    }
    assertEquals(complaints, []);
  });
}

/** A plugin that lends what it may do. */
class Door {
  #context: PluginContext | undefined;
  readonly plugin = definePlugin<unknown>({
    name: "door",
    apiVersion: 1,
    setup: (_options, context) => {
      this.#context = context;
      return {};
    },
  });
  readonly accept = (stream: ByteStream, peer: PeerOptions) => this.#context!.accept!(stream, peer);
}

async function startBroker(folder: string, port: number, door: Door): Promise<Broker> {
  await Deno.writeTextFile(
    `${folder}/users.txt`,
    USERS.map((name) => `${name}:${HASH}\n`).join(""),
  );
  await Deno.writeTextFile(`${folder}/acl.yaml`, RULES);
  await Deno.writeTextFile(`${folder}/cases.yaml`, CASES);
  const broker = new Broker({
    listeners: { default: { bind: "127.0.0.1:0" } },
    acl_tests: `${folder}/cases.yaml`,
    plugins: {
      auth_file: { password_file: `${folder}/users.txt` },
      acl_file: { file: `${folder}/acl.yaml` },
      door: door.plugin,
      dashboard: { bind: `127.0.0.1:${port}`, admins: ["admin"], viewers: ["viewer"] },
    },
  });
  await broker.start();
  return broker;
}

function openerOf(browser: Browser, url: string, complaints: string[]): Dashboard["open"] {
  return async (user, options) => {
    const page = await watchedPage(
      await browser.newContext({ reducedMotion: "reduce", ...options }),
      complaints,
    );
    await page.goto(url);
    if (user !== undefined) await logIn(page, user);
    return page;
  };
}

/** A page whose complaints are noted; that it asks who is logged in when no one is counts as none. */
async function watchedPage(context: BrowserContext, complaints: string[]): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("pageerror", (error) => complaints.push(String(error.stack)));
  page.on("console", (message) => {
    const text = message.text();
    const isAnswer = /^Failed to load resource: (the server responded|net::ERR)/.test(text);
    if (message.type() === "error" && !isAnswer) complaints.push(text);
  });
  return page;
}

/** Fills in the login. */
export async function logIn(page: Page, user: string, password = "secret"): Promise<void> {
  await page.getByLabel("Username").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
}

/** Goes to a view by its address. */
export async function visit(page: Page, view: string): Promise<void> {
  await page.evaluate((hash) => location.hash = hash, `#/${view}`);
}
