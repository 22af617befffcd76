/** Machine, versions and date of a run, for people. */

/** How each broker says its version: a command, in the folder of the peers or on the PATH, and what to look for. */
const VERSIONS: Readonly<Record<string, readonly [words: readonly string[], pattern: RegExp]>> = {
  mosquitto: [["mosquitto", "-h"], /version (\S+)/],
  mochi: [["go", "version", "-m", "PEERS/go/mochi-docker"], /mochi-mqtt\/server\/v2\s+v(\S+)/],
  rumqttd: [["cat", "PEERS/cargo/.crates.toml"], /rumqttd (\S+)/],
  "aedes, Node": [["cat", "PEERS/node/node_modules/aedes/package.json"], /"version": "([^"]+)"/],
  aMQTT: [["PEERS/am/bin/pip", "show", "amqtt"], /Version: (\S+)/],
};

/** One paragraph. @param peers the folder of the peers */
export async function conditions(brokers: readonly string[], peers = ""): Promise<string> {
  const told: string[] = [];
  for (const name of brokers) told.push(`${name} ${await versionOf(name, peers)}`.trim());
  const { os, arch } = Deno.build;
  const processor = await processorOf();
  const load = Deno.loadavg()[0]!.toFixed(1);
  return `${
    new Date().toISOString().slice(0, 10)
  }: ${navigator.hardwareConcurrency} cores${processor}, ` +
    `${os} ${Deno.osRelease()} ${arch}, load of the machine ${load} before; Deno ${Deno.version.deno} for ` +
    `Midge and the generator; ${told.join(", ")}. One run of each.`;
}

async function versionOf(name: string, peers: string): Promise<string> {
  const [words, pattern] = VERSIONS[name] ?? [[], /$^/];
  const [program, ...args] = words.map((word) => word.replace("PEERS", peers));
  if (program === undefined) return "";
  try {
    const { stdout } = await new Deno.Command(program, { args, stdin: "null" }).output();
    return pattern.exec(new TextDecoder().decode(stdout))?.[1] ?? "";
  } catch {
    return "";
  }
}

async function processorOf(): Promise<string> {
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = /^model name\s*: (.+)$/m.exec(text)?.[1];
  return model === undefined ? "" : ` (${model.trim()})`;
}
