/**
 * What the machine to throw away cannot fetch, for its network ends at 127.0.0.1: Midge's packages, fetched on this side first.
 * A reader's machine has a network.
 */
import manifest from "../../deno.json" with { type: "json" };
import { outputOf } from "../support/downloading.ts";
import { REPOSITORY } from "./machine.ts";

/** Fetches what `midge` needs, and what a program of a reader needs that has the clone beside it and no lock file. */
export async function fetchPackages(): Promise<void> {
  await deno(REPOSITORY, ["install", "--lock=deno.lock", "--frozen"]);
  const folder = await Deno.makeTempDir({ prefix: "midge_reader_packages_" });
  try {
    const imports = { [manifest.name]: `jsr:${manifest.name}@^${manifest.version}` };
    const config = JSON.stringify({ imports, links: [REPOSITORY] });
    await Deno.writeTextFile(`${folder}/deno.json`, config);
    await Deno.writeTextFile(`${folder}/main.ts`, `import "${manifest.name}";\n`);
    await deno(folder, ["cache", "--no-lock", "main.ts"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function deno(cwd: string, args: readonly string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd, stdout: "null" });
  const { code, stderr } = await outputOf(command);
  if (code === 0) return;
  throw new Error(
    `deno ${args.join(" ")}: exit code ${code}:\n${new TextDecoder().decode(stderr)}`,
  );
}
