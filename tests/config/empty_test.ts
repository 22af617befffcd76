/** A configuration in which nothing is said is no configuration: neither the broker's nor the client's. */
import { assertEquals, assertRejects } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { loadClientConfig } from "../../lib/client/config.ts";
import { UserError } from "../../lib/user_error.ts";
import { TempFolder } from "../support/midge_process.ts";

const NOTHING = [
  "",
  "\n",
  " \n",
  "\ufeff",
  "# plugins:\n",
  "---\n",
  "---\n# x\n...\n",
  "null\n",
  "~",
];

Deno.test("a configuration of nothing, of comments, of null is refused", async () => {
  await using folder = new TempFolder();
  for (const text of NOTHING) {
    const file = folder.write("c.yaml", text);
    for (const load of [() => loadConfig(file), () => loadClientConfig(file)]) {
      const { problems } = await assertRejects(load, UserError, "", JSON.stringify(text));
      assertEquals(problems, [
        `${file}: nothing is said in it; expected a configuration such as config.yaml`,
      ]);
    }
  }
});

Deno.test("a configuration that says as little as can be said is one", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", "plugins:\n");
  assertEquals((await loadConfig(file)).plugins, []);
  assertEquals((await loadConfig(folder.write("c.yaml", "{}"))).plugins.length, 4);
});
