/** Bare programs as brokers: they take turns with real ones. */
import { type BrokerKind, startProcess } from "../brokers.ts";

/** @param file beside this one: a program that takes its port as its argument; it gets the flags of V8 that Midge has */
export function bareProgram(file: string): BrokerKind {
  const start = () =>
    startProcess("bare", ["tcp"], (ports) => ({
      config: "",
      command: [
        Deno.execPath(),
        "run",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        "--v8-flags=--max-semi-space-size=4",
        new URL(file, import.meta.url).href,
        `${ports.get("tcp")}`,
      ],
    }));
  return { name: "bare", fresh: true, start };
}
