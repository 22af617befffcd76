/**
 * Writes what follows from the tables of configuration keys: config.yaml, and the client's file in docs/CLIENT.md.
 * Invariant: a test compares both with the tables, so that no one has to remember this.
 */
import { clientYaml } from "../lib/client/config_page.ts";
import { configYaml } from "../lib/config/broker_page.ts";

const ROOT = new URL("../", import.meta.url);

async function writeClientDocs(file: URL): Promise<void> {
  const text = await Deno.readTextFile(file);
  const block = /```yaml\n(?<yaml>[^]*?)```\n/d.exec(text)?.indices?.groups?.yaml;
  if (block === undefined) throw new Error(`${file.pathname}: no YAML block`);
  await Deno.writeTextFile(file, text.slice(0, block[0]) + clientYaml() + text.slice(block[1]));
}

await Deno.writeTextFile(new URL("config.yaml", ROOT), configYaml());
await writeClientDocs(new URL("docs/CLIENT.md", ROOT));
