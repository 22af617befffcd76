/**
 * Programs of a smart home that npm installs, as processes: Node-RED and zigbee2mqtt. Invariant: after disposal no process and
 * no file is left.
 */
import { fileURLToPath } from "node:url";
import { Child } from "../clients/child.ts";

/** What install.sh installs, and says. */
export const PROGRAMS: string | undefined = await programs();

/** Undefined where they are there, else one line that says what is not. */
export const MISSING: string | undefined = PROGRAMS === undefined
  ? "tests/integration/home/install.sh was not run"
  : undefined;

/** A running program. */
export interface Program extends AsyncDisposable {
  /** Ends it the hard way. */
  kill(): Promise<void>;
}

/** Starts Node-RED with these flows; it has no editor and listens nowhere. */
export function startNodeRed(flows: readonly unknown[]): Program {
  const folder = Deno.makeTempDirSync({ prefix: "midge-node-red-" });
  Deno.writeTextFileSync(`${folder}/flows.json`, JSON.stringify(flows));
  const settings = {
    flowFile: "flows.json",
    credentialSecret: "a test",
    httpAdminRoot: false,
    httpNodeRoot: false,
    telemetry: { enabled: false },
  };
  const file = `${folder}/settings.js`;
  Deno.writeTextFileSync(file, `module.exports = ${JSON.stringify(settings)};`);
  const program = `${PROGRAMS}/node_modules/node-red/red.js`;
  return start(folder, [program, "--userDir", folder, "--settings", file], {});
}

/** Starts zigbee2mqtt with these keys of `mqtt`; its Zigbee adapter is a stub. */
export function startZigbee2mqtt(mqtt: Readonly<Record<string, unknown>>): Program {
  const folder = Deno.makeTempDirSync({ prefix: "midge-zigbee2mqtt-" });
  const configuration = {
    version: 5,
    mqtt,
    serial: { port: "/dev/null", adapter: "ember" },
    advanced: {
      log_output: ["console"],
      network_key: Array.from({ length: 16 }, (_, at) => at),
      pan_id: 6754,
      ext_pan_id: [1, 2, 3, 4, 5, 6, 7, 8],
      channel: 11,
    },
    homeassistant: { enabled: true },
    frontend: { enabled: false },
  };
  // YAML takes JSON.
  Deno.writeTextFileSync(`${folder}/configuration.yaml`, JSON.stringify(configuration));
  const stub = fileURLToPath(new URL("adapter_stub.cjs", import.meta.url));
  const program = `${PROGRAMS}/node_modules/zigbee2mqtt/cli.js`;
  const env = { ZIGBEE2MQTT_DATA: folder, HOME_PROGRAMS: PROGRAMS! };
  return start(folder, ["--require", stub, program], env);
}

function start(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Program {
  // In a folder of its own: within a git repository zigbee2mqtt takes that for its source, and builds itself.
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const script = 'cd "$0" && exec env "$@"';
  const child = new Child("sh", ["-c", script, folder, ...variables, "node", ...args]);
  let isOver = false;
  const kill = async () => {
    if (isOver) return;
    isOver = true;
    await child.end("SIGKILL");
    await Deno.remove(folder, { recursive: true });
  };
  return { kill, [Symbol.asyncDispose]: kill };
}

async function programs(): Promise<string | undefined> {
  const script = fileURLToPath(new URL("install.sh", import.meta.url));
  const text = await Deno.readTextFile(script);
  const version = (name: string) => new RegExp(`^${name}=(.+)$`, "m").exec(text)?.[1] ?? "";
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "."}/.cache`;
  const folder = Deno.env.get("MIDGE_HOME_PROGRAMS") ??
    `${cache}/midge/home-${version("NODE_RED")}-${version("ZIGBEE2MQTT")}`;
  try {
    await Deno.stat(`${folder}/complete`);
    return folder;
  } catch {
    return undefined;
  }
}
