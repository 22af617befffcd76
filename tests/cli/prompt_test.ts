/**
 * `midge passwd` at a terminal: `script` of util-linux gives it one. Skipped where that is missing, and
 * a failure there under MIDGE_REQUIRE_ALL=1.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { verifyPassword } from "../../lib/access/passwords/verifier.ts";
import { TempFolder } from "../support/midge_process.ts";
import { within } from "../support/raw_client.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

function hasScript(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    return new Deno.Command("script", { args: ["--version"] }).outputSync().success;
  } catch {
    return false; // not installed
  }
}

/** Types each answer once its question has been asked; the result is all that the terminal showed. */
async function converse(
  command: string,
  dialogue: readonly (readonly [question: string, answer: string])[],
): Promise<{ code: number; shown: string }> {
  const child = new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", command, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const open = [...dialogue];
  let shown = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    shown += decoder.decode(chunk, { stream: true });
    if (open[0] === undefined || !shown.includes(open[0][0])) continue;
    await writer.write(new TextEncoder().encode(`${open.shift()![1]}\r`));
  }
  await writer.close().catch(() => {}); // script is gone already
  return { code: (await child.status).code, shown };
}

/** Asks for alice's password with these two answers. */
function askTwice(file: string, first: string, second: string) {
  const command = `'${Deno.execPath()}' run --no-prompt --allow-read --allow-write ` +
    `'${MAIN}' passwd '${file}' alice`;
  const dialogue = [["Password of alice:", first], ["Once more:", second]] as const;
  return within(converse(command, dialogue), "the dialogue", 30_000);
}

const ignore = !hasScript() && Deno.env.get("MIDGE_REQUIRE_ALL") !== "1";

Deno.test({ name: "asks twice and shows nothing that is typed", ignore }, async () => {
  await using folder = new TempFolder();
  const { code, shown } = await askTwice(`${folder.path}/p`, "sesame", "sesame");
  assertEquals([code, shown.includes("sesame")], [0, false]);
  const hash = folder.read("p").trim().slice("alice:".length);
  assertEquals(await verifyPassword(new TextEncoder().encode("sesame"), hash), true);
});

Deno.test({ name: "changes nothing when the two differ", ignore }, async () => {
  await using folder = new TempFolder();
  const { code, shown } = await askTwice(`${folder.path}/p`, "sesame", "sesam");
  assertEquals(code, 1);
  assertStringIncludes(shown, "the two passwords differ; nothing was changed");
  assertEquals([...Deno.readDirSync(folder.path)], []);
});
