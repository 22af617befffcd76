/** Bare programs as brokers: they take turns with real ones. */
import { CERTIFICATE, type Door, KEY } from "../doors.ts";
import { type BrokerKind, startProcess, startTask } from "../brokers.ts";

/** @param file beside this one: a program that takes its port as its argument; it gets the flags of V8 that Midge has */
export function bareProgram(file: string): BrokerKind {
  const start = async (doors: readonly Door[] = ["tcp"]) => {
    const flags = (await startTask()).filter((word) => word.startsWith("--v8-flags="));
    return await startProcess("bare", doors, (ports) => ({
      config: "",
      command: [
        Deno.execPath(),
        "run",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        `--allow-read=${CERTIFICATE},${KEY}`,
        ...flags,
        new URL(file, import.meta.url).href,
        `${ports.get("tcp")}`,
        ...(doors.includes("tls") ? [`${ports.get("tls")}`, CERTIFICATE, KEY] : []),
      ],
    }));
  };
  return { name: "bare", fresh: true, start };
}
