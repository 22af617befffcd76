/** The programs whose footprint is measured: an empty one, a bare server, Midge as it is shipped and as `edge`. */
import { startTask } from "../brokers.ts";
import type { Program } from "./process.ts";

const ROOT = new URL("../../", import.meta.url);
/** The start task's own choice of files is left out. */
const OWN_FILES = ["--config", "config.yaml", "--data-dir", "data"];

/** The words of the start task before its file names, for a program from another folder. */
async function denoRun(): Promise<string[]> {
  const words = (await startTask()).filter((word) => !OWN_FILES.includes(word));
  const last = words.indexOf("main.ts");
  return words.slice(0, last).map((word) => word.replace("=data", ""));
}

/** A file of this folder, with Midge's flags; copied away from deno.json, which would cost it 3 MiB. */
function ownFile(name: string, file: string, listens: boolean): Program {
  return {
    name,
    listens,
    command: async (port, folder) => {
      await Deno.copyFile(new URL(file, import.meta.url), `${folder}/${file}`);
      return [...await denoRun(), file, String(port)];
    },
  };
}

/** Nothing. */
export const EMPTY: Program = ownFile("empty program", "empty.ts", false);

/** A server without a broker. */
export const BARE: Program = ownFile("bare server", "bare.ts", true);

/**
 * Midge under `deno run`, with the shipped config.yaml on loopback.
 * @param more YAML at its end
 */
export function midge(name: string, more = ""): Program {
  return {
    name,
    listens: true,
    command: async (port, folder) => [
      ...await denoRun(),
      new URL("main.ts", ROOT).pathname,
      ...await midgeArguments(port, folder, more),
    ],
  };
}

/** An executable of Midge, with the same configuration. */
export function executable(name: string, file: string, more = ""): Program {
  return {
    name,
    listens: true,
    command: async (port, folder) => [file, ...await midgeArguments(port, folder, more)],
  };
}

async function midgeArguments(port: number, folder: string, more: string): Promise<string[]> {
  const shipped = await Deno.readTextFile(new URL("config.yaml", ROOT));
  const config = shipped
    .replace("bind: 0.0.0.0:1883", `bind: 127.0.0.1:${port}`)
    .replace(/^( *)session_time: 8h$/m, "$&\n$1bind: 127.0.0.1:0");
  if (!config.includes(`:${port}`)) throw new Error("config.yaml has another listener than 1883");
  await Deno.writeTextFile(`${folder}/config.yaml`, `${config}${more}`);
  return ["start", "--config", `${folder}/config.yaml`, "--data-dir", `${folder}/data`];
}
