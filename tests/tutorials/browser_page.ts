/** docs/tutorials/browser_page.md, with its page in Chromium, which runs in the same machine. */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { chromiumPath, missingChromium } from "../support/chromium.ts";
import { type Reader, tutorial } from "./tutorial.ts";

const MQTT_JS = fileURLToPath(import.meta.resolve("mqtt/dist/mqtt.min"));

/** A Chromium on that machine. */
async function startBrowser({ machine, terminal }: Reader) {
  const [program, args] = machine.command([await chromiumPath()]);
  const executablePath = `${terminal.folder}/chromium`;
  const line = [program, ...args].map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(executablePath, `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
  return await chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** Logs in, sees the state, switches the lamp on; before that a password that is wrong. */
async function useThePage(reader: Reader): Promise<void> {
  const browser = await startBrowser(reader);
  const page = await browser.newPage();
  await page.goto("http://localhost:8000/");
  await page.getByLabel("User").fill("visitor");
  await page.getByLabel("Password").fill("a wrong one");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText(/bad user ?name or password/i).waitFor();
  await page.getByLabel("Password").fill("of-the-page");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("The lamp is off").waitFor();
  await page.getByRole("button", { name: "On" }).click();
  // What the lamp has seen.
  await reader.terminal.settle();
  assertEquals(await page.getByText("may not connect").count(), 0);
  await browser.close();
}

tutorial("browser_page.md", {
  missing: missingChromium,
  typed: {
    "midge passwd passwords lamp": "of-the-lamp\n",
    "midge passwd passwords visitor": "of-the-page\n",
  },
  stays: {
    "python3 -m http.server 8000 --bind 127.0.0.1 --directory page": /^Serving HTTP/,
  },
  at: {
    "$ python3 -m http.server 8000 --bind 127.0.0.1 --directory page": ({ terminal }) =>
      Deno.copyFile(MQTT_JS, `${terminal.folder}/page/mqtt.min.js`),
    'midge certs ca --cn "My authority" && midge certs server --cn localhost': useThePage,
  },
});
