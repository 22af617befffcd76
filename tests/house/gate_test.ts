/** The gate: what runs the tests leaves none out, and .ci/run has every step of `deno task ok`. */
import { assert, assertEquals } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { halvesOf, readSummary } from "../all.ts";
import { readFile } from "./tree.ts";

Deno.test("every folder and file of tests is in one of the halves", () => {
  const names = ["wire", "services", "wait_test.ts", "plugins", "a new one"];
  assertEquals(halvesOf(names), [
    ["tests/plugins", "tests/services"],
    ["tests/a new one", "tests/wait_test.ts", "tests/wire"],
  ]);
});

Deno.test("what deno test prints in the end is what counts", () => {
  const output =
    "x | 9 passed | 9 failed\n\nok | 12 passed (3 steps) | 0 failed | 2 ignored (5s)\n";
  assertEquals(readSummary(output, true), { isGood: true, passed: 12, failed: 0 });
  assertEquals(readSummary(output, false), { isGood: false, passed: 12, failed: 0 });
  assertEquals(readSummary("FAILED | 1 passed | 2 failed (1s)\n", false), {
    isGood: false,
    passed: 1,
    failed: 2,
  });
  assertEquals(readSummary("error: no such file", false), { isGood: false, passed: 0, failed: 1 });
});

Deno.test(".ci/run has every step of the gate", async () => {
  const script = await readFile(".ci/run");
  const steps = manifest.tasks.ok.command.split(" && ");
  assertEquals(steps.map((step) => step.split(" ")[0]), steps.map(() => "deno"));
  const missing = steps.filter((step) => {
    const words = step.replace(/^deno /, "").replace("task ", "task (--quiet )?");
    return !new RegExp(`(\\$\\{DENO\\[@\\]\\}"|deno@[\\d.]+) ${words}\\b`).test(script);
  });
  assert(steps.length >= 4, `${steps.length} steps`);
  assertEquals(missing, []);
});
