/**
 * Brokers of others from their registries, into a folder outside of the project, by the registries' own clients.
 * Invariants: what is there already stays; one that cannot be had is one line, and the others are installed.
 */
import { messageOf } from "../../lib/user_error.ts";
import { isPresent } from "./present.ts";
import { aedes, COMPARED, type Peer } from "./programs.ts";

/** A command, and one that comes behind it. */
type Steps = (folder: string) => readonly (readonly string[])[];

/** How each comes into the folder. */
const RECIPES: Readonly<Record<string, Steps>> = {
  mochi: (folder) => [
    [
      "env",
      `GOBIN=${folder}/go`,
      "go",
      "install",
      "github.com/mochi-mqtt/server/v2/cmd/docker@v2.7.9",
    ],
    ["mv", `${folder}/go/docker`, `${folder}/go/mochi-docker`],
  ],
  rumqttd: (folder) => [
    ["cargo", "install", "rumqttd", "--version", "0.20.0", "--locked", "--root", `${folder}/cargo`],
  ],
  [aedes.name]: (folder) => [["npm", "install", "--prefix", `${folder}/node`, "aedes@1"]],
  aMQTT: (folder) => [
    ["python3", "-m", "venv", `${folder}/am`],
    [`${folder}/am/bin/pip`, "install", "amqtt==0.12.1"],
  ],
};

/** Where they go without a folder: `midge-bench-peers` in the user's folder for caches. */
export function cacheFolder(env: (name: string) => string | undefined): string {
  const home = env("XDG_CACHE_HOME") || `${env("HOME") || "/tmp"}/.cache`;
  return `${home}/midge-bench-peers`;
}

/** Installs those that are not there. @param note is told a line of each */
export async function installPeers(folder: string, note: (text: string) => void): Promise<void> {
  for (const peer of COMPARED) {
    if (await isPresent(peer, folder)) continue;
    note(`installing ${peer.name} into ${folder} (this can take minutes)`);
    await Deno.mkdir(`${folder}/node`, { recursive: true });
    try {
      for (const step of RECIPES[peer.name]?.(folder) ?? []) await run(step);
    } catch (error) {
      note(`${peer.name} cannot be had: ${messageOf(error)}`);
    }
  }
}

async function run(words: readonly string[]): Promise<void> {
  const args = ["-n", "19", ...words];
  const { success, stderr } = await new Deno.Command("nice", { args, stdin: "null" }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
  throw new Error(`${words.find((word) => !word.includes("=") && word !== "env")}: ${said}`);
}

/** Those that are there. @param note is told of each that is not */
export async function presentPeers(folder: string, note: (text: string) => void): Promise<Peer[]> {
  const present: Peer[] = [];
  for (const peer of COMPARED) {
    if (await isPresent(peer, folder)) present.push(peer);
    else note(`left out, not there: ${peer.name}`);
  }
  return present;
}
