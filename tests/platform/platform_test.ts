/** Windows and macOS, as far as one can be asked for on another system: signals, the endpoint of midge ctl, paths, files. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { listenToSignals } from "../../lib/cli/signals.ts";
import { readManagement } from "../../lib/config/management.ts";
import { Problems } from "../../lib/config/problems.ts";
import type { ManagementConfig } from "../../lib/config/types.ts";
import { addressIn, ask } from "../../lib/manage/client.ts";
import { openEndpoint } from "../../lib/manage/endpoint.ts";
import {
  hasModes,
  hasSocketFiles,
  isPrivatePlace,
  maxSocketPath,
  signalsOf,
  syncFolder,
  type System,
} from "../../lib/platform.ts";
import { Standing } from "../../lib/backup/standing.ts";
import { UserError } from "../../lib/user_error.ts";
import { TempFolder } from "../support/midge_process.ts";

/** Signals as a test sends them. */
class Signals {
  readonly #listeners = new Map<Deno.Signal, () => void>();

  readonly addSignalListener = (signal: Deno.Signal, listener: () => void): void => {
    this.#listeners.set(signal, listener);
  };
  readonly removeSignalListener = (signal: Deno.Signal): void => {
    this.#listeners.delete(signal);
  };

  get names(): string[] {
    return [...this.#listeners.keys()].sort();
  }

  send(signal: Deno.Signal): void {
    this.#listeners.get(signal)?.();
  }
}

for (
  const [system, names, end] of [
    ["windows", ["SIGBREAK", "SIGINT"], "SIGBREAK"],
    ["darwin", ["SIGHUP", "SIGINT", "SIGTERM"], "SIGTERM"],
    ["linux", ["SIGHUP", "SIGINT", "SIGTERM"], "SIGTERM"],
  ] as const
) {
  Deno.test(`signals on ${system}: ${names.join(", ")}, and ${end} stops in order`, () => {
    const signals = new Signals();
    const asked: string[] = [];
    const unlisten = listenToSignals(
      {
        stop: (signal) => asked.push(`stop ${signal}`),
        force: (signal) => asked.push(`force ${signal}`),
        reload: () => asked.push("reload"),
      },
      system,
      signals,
    );
    assertEquals(signals.names, names);
    signals.send("SIGHUP");
    signals.send(end);
    signals.send("SIGINT");
    const reloads = system === "windows" ? [] : ["reload"];
    assertEquals(asked, [...reloads, "stop SIGTERM", "force SIGINT"]);
    unlisten();
    assertEquals(signals.names, []);
  });
}

function management(raw: unknown, system: System): ManagementConfig | undefined {
  const problems = new Problems("c.yaml");
  const place = {
    directory: "/m",
    dataDir: "/m/data",
    socketFolder: "/m/data",
    isDefaultOn: true,
    system,
  };
  const read = readManagement(raw, place, problems);
  assertEquals(problems.errors, []);
  return read;
}

Deno.test("midge ctl reaches a broker by a socket file, on Windows by a port with a token", () => {
  for (const system of ["linux", "darwin"] as const) {
    assertEquals(management(undefined, system), { kind: "unix", path: "/m/data/midge.sock" });
  }
  const port = {
    kind: "tcp",
    hostname: "127.0.0.1",
    port: 0,
    token: undefined,
    endpointFile: "/m/data/management.json",
  } as const;
  assertEquals(management(undefined, "windows"), port);
  assertEquals(management({}, "windows"), port);
  assertEquals(management({ bind: "127.0.0.1:7000" }, "windows"), { ...port, port: 7000 });
  assertEquals(management({ path: "midge.sock" }, "windows"), port); // as the shipped configuration has it
  assertEquals(management(null, "windows"), undefined);
});

Deno.test("a socket file that is asked for on Windows is refused with what to give", async () => {
  const config = { kind: "unix", path: "/m/midge.sock" } as const;
  const error = await assertRejects(() => openEndpoint(config, "windows"), Error);
  assertEquals(
    error.message,
    "there are no socket files on Windows; expected management.bind in place of path",
  );
});

Deno.test("a token is left in a file only where no other user can read it", async () => {
  await using folder = new TempFolder();
  const endpointFile = `${folder.path}/management.json`;
  const config = {
    kind: "tcp",
    hostname: "127.0.0.1",
    port: 0,
    token: undefined,
    endpointFile,
  } as const;
  const error = await assertRejects(() => openEndpoint(config, "windows"), Error);
  assertMatch(
    error.message,
    /^other users of this machine could read the token in .*; expected a data_dir below/,
  );
  assertEquals([...Deno.readDirSync(folder.path)], []);
  const own = { ...config, token: "secret", endpointFile: undefined };
  const endpoint = await openEndpoint(own, "windows");
  assertEquals(endpoint.token, "secret");
  endpoint.close();
  const mac = await openEndpoint(config, "darwin");
  assertEquals(Deno.statSync(endpointFile).mode! & 0o777, 0o600);
  const address = await addressIn(config);
  assertEquals([address.kind, mac.where], [
    "tcp",
    address.kind === "tcp" ? `127.0.0.1:${address.port}` : "",
  ]);
  mac.close();
  await assertRejects(() => ask(address, "ping", {}), UserError, "no broker runs here");
});

for (
  const [path, isPrivate] of [
    ["C:\\Users\\ann\\midge\\data\\management.json", true],
    ["c:/users/ann/management.json", true],
    ["C:\\Users\\Public\\midge\\management.json", false],
    ["C:\\Users\\management.json", false],
    ["C:\\ProgramData\\Midge\\management.json", false],
    ["D:\\midge\\data\\management.json", false],
  ] as const
) {
  Deno.test(`${path} is ${isPrivate ? "" : "not "}for one user alone`, () => {
    assertEquals(isPrivatePlace(path, "windows"), isPrivate);
    assertEquals(isPrivatePlace(path, "darwin"), true);
  });
}

Deno.test("what systems have", () => {
  assertEquals([hasModes("windows"), hasModes("darwin")], [false, true]);
  assertEquals([hasSocketFiles("windows"), hasSocketFiles("darwin")], [false, true]);
  assertEquals([maxSocketPath("linux"), maxSocketPath("darwin")], [107, 103]);
  assertEquals(signalsOf("freebsd"), signalsOf("linux"));
});

Deno.test("Windows flushes no folder, and gives no file away", async () => {
  await syncFolder("/nowhere/at/all", "windows");
  await assertRejects(() => syncFolder("/nowhere/at/all", "darwin"), Deno.errors.NotFound);
  await new Standing("windows").give("/nowhere", { mode: 0o600, uid: 1, gid: 1 });
});
