/** `midge store export` and `import`: what is carried over, what is merged, what is refused. */
import { assertEquals, assertMatch } from "@std/assert";
import type { StoredState } from "../../../lib/storage/state.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { makeStore, stateOf, stateWith, store } from "./support.ts";

/** Payloads of what is retained and of what waits, by topic and client id. */
function contentOf({ sessions, retained }: StoredState): Record<string, string> {
  const text = ({ payload }: { payload: Uint8Array }) => new TextDecoder().decode(payload);
  return Object.fromEntries([
    ...[...retained].map(([topic, message]) => [topic, text(message)]),
    ...[...sessions].map(([id, { entries }]) => [
      id,
      [...entries.values()].map(({ message }) => text(message)).join(),
    ]),
  ]);
}

Deno.test("export to a file and import into a new folder: the same, and expiry has gone on", async () => {
  await using folder = new TempFolder();
  const [from, lines, to] = ["from", "lines.jsonl", "deep/er/to"]
    .map((name) => `${folder.path}/${name}`) as [string, string, string];
  const state = stateWith("dev", 2, ["a", "b"]);
  await makeStore(from, state);
  const exported = await store("export", lines, "--store", from);
  const counts = "1 session, 1 subscription, 2 messages that wait, 2 retained messages, 0 wills";
  assertEquals([exported.code, exported.stdout], [0, [`${lines}: ${counts}`]]);
  const imported = await store("import", lines, "--store", to, "--from", "midge");
  assertEquals([imported.code, imported.stdout], [0, [`${to}: now has ${counts}`]]);
  if (Deno.build.os !== "windows") {
    assertEquals((await Deno.stat(lines)).mode! & 0o777, 0o600);
    assertEquals((await Deno.stat(`${folder.path}/deep`)).mode! & 0o777, 0o700);
  }
  const back = await stateOf(to);
  assertEquals(contentOf(back), contentOf(state));
  assertEquals(back.sessions.get("dev")?.detachedAt, 900);
  assertEquals([...Deno.readDirSync(folder.path)].length, 3);
});

Deno.test("import into a store with content: refused, merged where the store's own stays, or replaced", async () => {
  await using folder = new TempFolder();
  const [from, lines, to] = ["from", "lines", "to"]
    .map((name) => `${folder.path}/${name}`) as [string, string, string];
  const other = stateWith("new", 2, ["b", "c"]);
  other.sessions.set("dev", stateWith("dev", 5, [], 10).sessions.get("dev")!);
  other.lastOrder = 20;
  await makeStore(from, other);
  await makeStore(to, stateWith("dev", 1, ["a", "b"]));
  assertEquals((await store("export", lines, "--store", from)).code, 0);
  const before = contentOf(await stateOf(to));

  const refused = await store("import", lines, "--store", to);
  assertEquals([refused.code, refused.stdout, refused.stderr], [1, [], [
    `midge: ${to}: has 1 session, 1 subscription, 1 message that waits, 2 retained messages, 0 wills already; ` +
    "say --merge to add to them, or --replace",
  ]]);
  assertEquals(contentOf(await stateOf(to)), before);

  const merged = await store("import", lines, "--store", to, "--merge");
  assertEquals([merged.code, merged.stdout.slice(1)], [0, [
    "added: 1 session, 1 subscription, 2 messages that wait, 1 retained message, 0 wills",
    "left out, for the store has them already: 1 session, 1 subscription, 5 messages that wait, " +
    "1 retained message, 0 wills",
  ]]);
  const state = await stateOf(to);
  assertEquals(contentOf(state), {
    a: "dev a",
    b: "dev b",
    c: "new c",
    dev: "dev 1",
    new: "new 1,new 2",
  });

  const replaced = await store("import", lines, "--store", to, "--replace");
  assertEquals([replaced.code, replaced.stdout[1]], [
    0,
    "replaced: 2 sessions, 2 subscriptions, 3 messages that wait, 3 retained messages, 0 wills",
  ]);
  assertEquals(contentOf(await stateOf(to)), contentOf(await stateOf(from)));
});

Deno.test("import: what is no such file is one line, and no folder is made", async () => {
  await using folder = new TempFolder();
  const to = `${folder.path}/to`;
  const text = folder.write("notes", "hello\n");
  const cut = folder.write("cut", '{"midge":"store","version":1}\n');
  const cases: [args: string[], code: number, said: RegExp][] = [
    [[text], 1, /notes: expected mosquitto\.db, or .*; got another file$/],
    [[cut, "--from", "mosquitto"], 1, /cut: expected mosquitto\.db; got lines of JSON/],
    [[cut], 1, /cut:1: time: expected a whole number/],
    [["none"], 1, /none: no such file$/],
    [
      [cut, "--from", "emqx"],
      2,
      /--from got "emqx", expected mosquitto, mosquitto-sqlite, amqtt, midge/,
    ],
    [[cut, "--merge", "--replace"], 2, /--merge and --replace: expected one of them/],
  ];
  for (const [args, code, said] of cases) {
    const { code: got, stdout, stderr } = await store("import", ...args, "--store", to);
    assertEquals([got, stdout, stderr.length], [code, [], 1], args.join(" "));
    assertMatch(stderr[0]!, said);
  }
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), ["cut", "notes"]);
});

Deno.test("export: a file that cannot be written is one line, and leaves nothing", async () => {
  await using folder = new TempFolder();
  await makeStore(`${folder.path}/s`, stateWith("dev", 1, []));
  for (
    const [file, said] of [
      [folder.path, /: is no file; expected one, or - for stdout$/],
      [`${folder.path}/none/x`, /cannot be written: its folder is not there$/],
    ] as const
  ) {
    const { code, stderr } = await store("export", file, "--store", `${folder.path}/s`);
    assertEquals([code, stderr.length], [1, 1]);
    assertMatch(stderr[0]!, said);
  }
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["s"]);
});

Deno.test({
  name: "root keeps out of the folder of another user",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  async fn() {
    await using folder = new TempFolder();
    const to = `${folder.path}/s`;
    await makeStore(to, stateWith("dev", 1, []));
    Deno.chownSync(to, 65_534, 65_534);
    const { code, stdout, stderr } = await store("compact", to);
    assertEquals([code, stdout, stderr.length], [1, [], 1]);
    assertMatch(stderr[0]!, /belongs to user 65534; run this as that user/);
    assertEquals([...Deno.readDirSync(to)].map(({ name }) => name), ["journal-0000000001.log"]);
  },
});
