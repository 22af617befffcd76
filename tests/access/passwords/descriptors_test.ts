/** A worker that cannot open its files would end the process (Deno 2.9.6): it is not started. */
import { assertEquals } from "@std/assert";

const SCRIPT = new URL("./few_files.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;

Deno.test("too many open files: a slow hash cannot be checked, the process lives, and the next one can", async () => {
  const deno = [Deno.execPath(), "run", "--no-check", "-A", "--config", CONFIG, SCRIPT];
  const { code, stdout } = await new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 120; exec "$@"', "sh", ...deno],
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout).trimEnd().split("\n")], [0, [
    "too many open files to check a slow password hash",
    "true",
  ]]);
});
