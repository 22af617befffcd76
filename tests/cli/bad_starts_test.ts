/** Starts that cannot be: each is one line that says what is wrong and what to do, exit code 1, and nothing is left open. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withNextStep } from "../../lib/cli/start/next_step.ts";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../support/midge_process.ts";
import { optionalTest } from "../support/optional.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ANY_PORT = `listeners: {default: {bind: "127.0.0.1:0"}}\n`;
const STORED = `${ANY_PORT}plugins: {auth_anonymous: }\nstorage: {}\n`;

/** The one line of a start that failed. */
function lineOf({ code, stdout, stderr }: Outcome): string {
  assertEquals([code, stdout, stderr.length], [1, [], 1], stderr.join("\n"));
  return stderr[0]!;
}

async function refused(folder: TempFolder, config: string, ...args: string[]): Promise<string> {
  return lineOf(await runMidge(["start", "-c", folder.write("c.yaml", config), ...args]));
}

Deno.test("a configuration of 0.1 starts as it is", async () => {
  const file = new URL("../config/old/config_0.1.yaml", import.meta.url).pathname;
  const { code, stdout, stderr } = await runMidge(["check", "-c", file]);
  assertEquals([code, stderr], [0, []]);
  assertEquals(stdout.at(-1), `${file}: fine`);
  await using folder = new TempFolder();
  const text = Deno.readTextFileSync(file).replace("0.0.0.0:1883", "127.0.0.1:0");
  await using midge = await MidgeProcess.start(["-c", folder.write("c.yaml", text)]);
  midge.signal("SIGTERM");
  assertEquals(await midge.exitCode(), 0);
});

const WRITTEN =
  `listeners:\n  default:\n    bind: "127.0.0.1:0"\nplugins:\n  auth_file:\n    password_file: "p"\n`;

Deno.test("a configuration that was written half-way is never taken for a whole one that opens the door", async () => {
  await using folder = new TempFolder();
  folder.write("p", "");
  for (let length = 0; length < WRITTEN.length - 1; length++) {
    const file = folder.write("c.yaml", WRITTEN.slice(0, length));
    // What is whole by chance says less: it may fall back to the four plugins only where no plugin is named.
    if (length >= WRITTEN.indexOf("plugins:\n") + 8) {
      const { loadConfig } = await import("../../lib/config/load.ts");
      const config = await loadConfig(file).catch(() => undefined);
      assertEquals(config?.plugins.some(({ name }) => name === "auth_anonymous") ?? false, false);
    }
  }
  const half = await refused(folder, WRITTEN.slice(0, 35));
  assertMatch(
    half,
    /c\.yaml:\d+:\d+: not valid YAML: .*; is the file whole\? midge check -c FILE says/,
  );
  assertMatch(
    await refused(folder, ""),
    /c\.yaml: nothing is said in it; expected a configuration/,
  );
});

Deno.test("no file, and a folder: what to name instead", async () => {
  await using folder = new TempFolder();
  const missing = lineOf(await runMidge(["-c", `${folder.path}/none.yaml`]));
  assertStringIncludes(missing, "none.yaml: no such file; midge init DIR writes a first one");
  folder.write("config.yaml", STORED);
  assertEquals(
    lineOf(await runMidge(["-c", folder.path])),
    `midge: ${folder.path}: is a folder; expected a file; did you mean ${folder.path}/config.yaml?`,
  );
});

Deno.test("two starts with one data folder: the second names the first, whatever it runs into", async () => {
  await using folder = new TempFolder();
  await using first = await MidgeProcess.start(["-c", folder.write("a.yaml", STORED)]);
  const again = await refused(folder, STORED);
  assertMatch(
    again,
    /storage\.path .* in use by another broker \(process \d+\).*; stop that one, or .*--data-dir$/,
  );
  const samePort = await refused(
    folder,
    STORED.replace(":0", `:${first.port}`),
    "--data-dir",
    `${folder.path}/other`,
  );
  assertMatch(
    samePort,
    /the port is taken by another process; stop that one \(.*\), or choose another port$/,
  );
  // The same file again: the port of a plugin may be what is met first.
  const page = STORED.replace(
    "auth_anonymous: ",
    `auth_anonymous: , dashboard: {bind: "127.0.0.1:${first.port}"}`,
  );
  assertMatch(
    await refused(folder, page),
    /: a Midge \(process \d+\) runs here already, with the data folder .*; stop/,
  );
  const inMemory = STORED.replace("storage: {}\n", "");
  assertMatch(
    await refused(folder, inMemory),
    /: a Midge \(process \d+\) runs here already|runs here already/,
  );
});

Deno.test("of two starts at once one runs, and the other ends with one line", async () => {
  await using folder = new TempFolder();
  const file = folder.write("c.yaml", STORED);
  const starts = await Promise.allSettled([
    MidgeProcess.start(["-c", file]),
    MidgeProcess.start(["-c", file]),
  ]);
  const running = starts.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
  const failed = starts.flatMap((one) => one.status === "rejected" ? [String(one.reason)] : []);
  for (const one of running) {
    one.signal("SIGTERM");
    assertEquals(await one.exitCode(), 0);
  }
  assertEquals([running.length, failed.length], [1, 1]);
  assertMatch(failed[0]!, /its log: midge: .*(in use by another broker|runs here already).*$/);
});

Deno.test("a data folder that is a file, in one line that says what to name", async () => {
  await using folder = new TempFolder();
  const line = await refused(folder, STORED, "--data-dir", folder.write("file", ""));
  assertMatch(
    line,
    /storage\.path .* cannot be used: a part of its path is no folder; .*--data-dir or storage\.path/,
  );
});

Deno.test("an address that is none of this machine, and a name that stands for none", async () => {
  await using folder = new TempFolder();
  const address = await refused(folder, STORED.replace("127.0.0.1:0", "192.0.2.77:1883"));
  assertMatch(
    address,
    /cannot listen on 192\.0\.2\.77:1883: .*; this machine has no such address; 0\.0\.0\.0/,
  );
});

/** A file system of its own in a folder of the test; root alone can make one. */
async function missingMount(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    return "a disk of its own needs Linux and root";
  }
  try {
    const { success } = await new Deno.Command("unshare", { args: ["--mount", "true"] }).output();
    const setpriv = await new Deno.Command("setpriv", { args: ["--version"] }).output();
    return success && setpriv.success ? undefined : "unshare and setpriv cannot be used";
  } catch {
    return "unshare and setpriv are not installed";
  }
}

const MISSING = await missingMount();

/** `midge` behind a script of the shell, such as one that mounts a disk first. */
async function startBehind(folder: TempFolder, before: string, args: string): Promise<Outcome> {
  const script = folder.write(
    "behind",
    `#!/bin/sh
set -e
cd '${folder.path}'
${before} '${Deno.execPath()}' run --no-prompt --ignore-env --allow-net --allow-read --allow-sys=systemMemoryInfo \\
  --allow-write --config '${ROOT}deno.json' '${ROOT}main.ts' ${args}
`,
  );
  Deno.chmodSync(script, 0o755);
  return await runMidge([], { executable: script });
}

const DISKS: [what: string, options: string, fill: string, said: RegExp][] = [
  ["read-only", "ro", ":", /the disk is read-only/],
  ["full", "size=8k", "head -c 8192 /dev/zero >disk/all 2>/dev/null || :", /the disk is full/],
];

optionalTest(
  MISSING,
  "a disk that is read-only or full: storage and init say so, and what to do",
  async () => {
    for (const [, options, fill, said] of DISKS) {
      await using folder = new TempFolder();
      Deno.mkdirSync(`${folder.path}/disk`);
      const file = folder.write("c.yaml", STORED);
      const mount = `mount -t tmpfs -o ${options} none disk && { ${fill}; } && exec "$@"`;
      const before = `exec unshare --mount --propagation private sh -c '${mount}' sh`;
      const start = lineOf(await startBehind(folder, before, `-c '${file}' --data-dir disk/data`));
      assertMatch(start, said);
      assertMatch(
        start,
        /; expected a folder that the broker can write: name another with --data-dir/,
      );
      const init = lineOf(await startBehind(folder, before, "init disk/home"));
      assertMatch(init, said);
      assertMatch(init, /; nothing was written$/);
    }
  },
);

/** Root without what makes it root: it reads and writes what its rights allow. */
const NO_POWERS =
  "exec setpriv --bounding-set=-dac_override,-dac_read_search,-net_bind_service,-fowner,-chown";

optionalTest(
  MISSING,
  "files and folders of another user: whose they are, and what to do",
  async () => {
    await using folder = new TempFolder();
    const own = folder.write("own.yaml", STORED);
    const theirs = folder.write("theirs.yaml", STORED);
    Deno.chmodSync(theirs, 0o600);
    Deno.chownSync(theirs, 12345, 12345);
    assertMatch(
      lineOf(await startBehind(folder, NO_POWERS, `-c '${theirs}'`)),
      /theirs\.yaml: may not be read: permission denied; it belongs to user 12345, mode 600: start Midge as a user who may/,
    );
    Deno.mkdirSync(`${folder.path}/data`, { mode: 0o755 });
    Deno.chownSync(`${folder.path}/data`, 12345, 12345);
    assertMatch(
      lineOf(await startBehind(folder, NO_POWERS, `-c '${own}'`)),
      /storage\.path .* cannot be used: permission denied \(.*\/data belongs to user 12345, mode 755\); expected .*--data-dir/,
    );
    assertMatch(
      lineOf(await startBehind(folder, NO_POWERS, "init data/home")),
      /data\/home: may not be written: permission denied; nothing was written$/,
    );
    const closed = folder.write(
      "closed.yaml",
      `${ANY_PORT}plugins: {auth_file: {password_file: users}}\n`,
    );
    const users = folder.write("users", "");
    Deno.chmodSync(users, 0o600);
    Deno.chownSync(users, 12345, 12345);
    assertMatch(
      lineOf(await startBehind(folder, NO_POWERS, `-c '${closed}'`)),
      /plugins\.auth_file: .*Permission denied.*; start Midge as a user who may, or give the file to that user/,
    );
  },
);

Deno.test("a low port without the right to it, and what other systems say", () => {
  const situation = {
    file: "c.yaml",
    running: undefined,
    dataDir: undefined,
    os: "darwin",
    ownerOf: () => undefined,
    exists: () => false,
  };
  const said = (line: string) => withNextStep(line, situation).slice(line.length);
  const low =
    "c.yaml: listeners.default.bind: cannot listen on 0.0.0.0:883: Permission denied (os error 13)";
  assertStringIncludes(said(low), "; a port below 1024 needs a right");
  assertStringIncludes(said("x: the port is taken"), "lsof -nP -iTCP");
  // What is no configuration, and what says what to do already, stays as it is.
  assertEquals(said("other.txt: no such file"), "");
  assertEquals(said("c.yaml: foo: unknown key; did you mean bar?"), "");
});
