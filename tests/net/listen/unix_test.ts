/** Socket files as listeners: who may connect, what is replaced, what stays, and what people are told. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Incoming } from "../../../lib/net/listen/listener.ts";
import { groupIdOf, UnixListener } from "../../../lib/net/listen/unix.ts";
import { UserError } from "../../../lib/user_error.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { until } from "../../support/until.ts";

const open = (path: string, { mode = 0o660, group }: { mode?: number; group?: string } = {}) =>
  UnixListener.open({ path, mode, group });

function modeOf(path: string): string {
  return (Deno.lstatSync(path).mode! & 0o777).toString(8);
}

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

/** The socket file of a process that has died: an orderly close would have removed it. */
function leaveStaleSocket(path: string): void {
  const listener = Deno.listen({ transport: "unix", path: `${path}.draft` });
  Deno.renameSync(`${path}.draft`, path);
  listener.close();
}

/** The sentence that an opening fails with. */
async function refusal(opening: Promise<UnixListener>): Promise<string> {
  const error = await assertRejects(() => opening, UserError);
  assertEquals(error.problems.length, 1);
  return error.message;
}

/** The system's file operation fails so, until it is put back. */
function failing<Name extends "chownSync" | "mkdirSync">(name: Name, failure: Error): Disposable {
  const original = Deno[name];
  Deno[name] = (() => {
    throw failure;
  }) as typeof original;
  return { [Symbol.dispose]: () => void (Deno[name] = original) };
}

Deno.test("a socket file with its mode; its clients have no address; gone when it is closed", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  const listener = await open(path, { mode: 0o640 });
  const accepted: Incoming[] = [];
  const running = listener.run((one) => accepted.push(one), () => {});
  assertEquals([listener.address, listener.port, modeOf(path)], [path, 0, "640"]);
  assertEquals(namesIn(folder.path), ["mqtt.sock"]);
  using client = await Deno.connect({ transport: "unix", path });
  await client.write(Uint8Array.of(7));
  await until(() => accepted.length === 1, "the connection");
  const { stream, peer, handshake } = accepted[0]!;
  assertEquals([peer, handshake], [{ address: "", port: 0 }, undefined]);
  assertEquals(await stream.read(new Uint8Array(9)), 1);
  stream.close();
  listener.close();
  listener.close();
  await running;
  assertEquals(namesIn(folder.path), []);
});

Deno.test("the mode is the asked one whatever the umask is", async () => {
  await using folder = new TempFolder();
  for (const umask of [0, 0o077]) {
    const before = Deno.umask(umask);
    try {
      const listener = await open(`${folder.path}/${umask}`);
      assertEquals(modeOf(listener.address), "660");
      listener.close();
    } finally {
      Deno.umask(before);
    }
  }
});

Deno.test("at no moment does a file stand there that more may open than asked", async () => {
  await using folder = new TempFolder();
  const before = Deno.umask(0);
  const seen: string[] = [];
  const chmod = Deno.chmodSync;
  Deno.chmodSync = (path, mode) => {
    // The draft is open to all by umask, and its folder to no one else.
    const [draft = ""] = namesIn(folder.path);
    seen.push(`${modeOf(`${folder.path}/${draft}`)} ${String(path).endsWith(`${draft}/s`)}`);
    chmod(path, mode);
  };
  try {
    (await open(`${folder.path}/mqtt.sock`)).close();
  } finally {
    Deno.chmodSync = chmod;
    Deno.umask(before);
  }
  assertEquals(seen, ["700 true"]);
});

Deno.test("the socket file of a dead process is replaced", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  leaveStaleSocket(path);
  const listener = await open(path);
  const running = listener.run(({ stream }) => stream.close(), () => {});
  (await Deno.connect({ transport: "unix", path })).close();
  listener.close();
  await running;
});

Deno.test("a living one is taken, and serves on", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  const first = await open(path);
  assertEquals(await refusal(open(path)), "it is taken by another process");
  (await Deno.connect({ transport: "unix", path })).close();
  first.close();
  (await open(path)).close();
});

Deno.test("two at once on a file that a dead process has left: one gets it", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  leaveStaleSocket(path);
  const both = await Promise.allSettled([open(path), open(path)]);
  const opened = both.filter((one) => one.status === "fulfilled").map(({ value }) => value);
  assertEquals([opened.length, namesIn(folder.path)], [1, ["mqtt.sock"]]);
  opened[0]!.close();
  assertEquals(namesIn(folder.path), []);
});

for (
  const [title, make] of [
    ["a file", (path: string) => Deno.writeTextFileSync(path, "precious")],
    ["an empty file", (path: string) => Deno.writeTextFileSync(path, "")],
    ["a folder", (path: string) => Deno.mkdirSync(path)],
    ["a link to nowhere", (path: string) => Deno.symlinkSync("/nowhere/at/all", path)],
  ] as const
) {
  Deno.test(`what is no socket is never touched: ${title}`, async () => {
    await using folder = new TempFolder();
    const path = `${folder.path}/mqtt.sock`;
    make(path);
    const before = Deno.lstatSync(path);
    assertEquals(await refusal(open(path)), "it is there and is no socket file");
    const { ino, size, mtime } = Deno.lstatSync(path);
    assertEquals([ino, size, mtime], [before.ino, before.size, before.mtime]);
    assertEquals(namesIn(folder.path), ["mqtt.sock"]);
  });
}

Deno.test("closing leaves the file of the one that came after", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  const first = await open(path);
  Deno.removeSync(path);
  const second = await open(path);
  first.close();
  assertEquals(namesIn(folder.path), ["mqtt.sock"]);
  second.close();
});

Deno.test("107 bytes of path are taken, 108 are a sentence", async () => {
  await using folder = new TempFolder();
  const path = (length: number) => `${folder.path}/${"x".repeat(length - folder.path.length - 1)}`;
  (await open(path(107))).close();
  assertEquals(
    await refusal(open(path(108))),
    "the path has 108 bytes, the system takes 107 (SUN_LEN); expected a shorter one",
  );
  assertEquals(namesIn(folder.path), []);
});

Deno.test("sentences: no folder, no right, no group, Windows", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/run/mqtt.sock`;
  assertEquals(await refusal(open(path)), `there is no folder ${folder.path}/run`);
  folder.write("file", "");
  assertEquals(
    await refusal(open(`${folder.path}/file/mqtt.sock`)),
    "Not a directory (os error 20)",
  );
  const no = new Deno.errors.PermissionDenied("Permission denied (os error 13)");
  {
    using _ = failing("mkdirSync", no);
    const inside = `${folder.path}/mqtt.sock`;
    assertEquals(
      await refusal(open(inside)),
      `the broker's user may not make files in ${folder.path}`,
    );
  }
  {
    const notOwner = Object.assign(new Deno.errors.PermissionDenied("Operation not permitted"), {
      code: "EPERM",
    });
    using _ = failing("chownSync", notOwner);
    assertEquals(
      await refusal(open(`${folder.path}/mqtt.sock`, { group: "0" })),
      "it cannot be given to group 0: the broker's user must be in that group",
    );
    assertEquals(namesIn(folder.path), ["file"]);
  }
  assertEquals(
    await refusal(open(`${folder.path}/mqtt.sock`, { group: "no-such-group" })),
    "there is no group no-such-group in /etc/group",
  );
  const onWindows = UnixListener.open({ path: "C:/x", mode: 0o660, group: undefined }, "windows");
  assertEquals(
    await refusal(onWindows),
    "there are no socket files on Windows; use a listener of type tcp",
  );
});

Deno.test("groups by name and by number", async () => {
  await using folder = new TempFolder();
  const file = folder.write("group", "root:x:0:\nmqtt:x:117:alice,bob\nbroken\n+::\nmqtt2:x:no:\n");
  assertEquals(await groupIdOf("mqtt", file), 117);
  assertEquals(await groupIdOf("65534", file), 65534);
  for (const name of ["mqt", "mqtt2", "broken", "", "alice", "+"]) {
    await assertRejects(() => groupIdOf(name, file), UserError, "there is no group");
  }
});

Deno.test("the file belongs to the group that was asked for", async () => {
  await using folder = new TempFolder();
  const own = Deno.gid()!;
  const listener = await open(`${folder.path}/mqtt.sock`, { group: String(own) });
  assertEquals(Deno.lstatSync(listener.address).gid, own);
  listener.close();
});
