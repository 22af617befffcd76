/**
 * A headless Chromium for tests, looked for with MIDGE_CHROMIUM, else on the PATH. Invariant: the browser ends with the
 * test.
 */
import { type Browser, chromium } from "playwright-core";
import { tryCommand } from "../integration/clients/child.ts";
import { PATIENCE_MS } from "./patience.ts";

const CHROMIUM = Deno.env.get("MIDGE_CHROMIUM") ?? "chromium";

/** Why there is no browser; undefined: there is one. */
export const missingChromium: string | undefined = await tryCommand(CHROMIUM, ["--version"]);

/** Starts one. */
export async function startChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: await chromiumPath(),
    args: ["--no-sandbox"],
    timeout: PATIENCE_MS,
  });
}

/** The path of its program. */
export async function chromiumPath(): Promise<string> {
  const program = CHROMIUM;
  if (program.includes("/")) return program;
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${folder}/${program}`;
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return program;
}
