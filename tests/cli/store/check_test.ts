/** `midge store check`: what it says of whole, damaged, busy and missing stores, and how it repairs. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { segmentName } from "../../../lib/storage/files/segment.ts";
import { openFolder } from "../../../lib/storage/files/deno_disk.ts";
import { MidgeProcess, runMidge, TempFolder } from "../../support/midge_process.ts";
import { RawClient } from "../../support/raw_client.ts";
import { puback, publish } from "../../support/raw_packets.ts";
import { fill } from "../../storage/stores.ts";
import { makeStore, rot, stateOf, stateWith, store } from "./support.ts";

Deno.test("check: a whole store, a line for each thing", async () => {
  await using folder = new TempFolder();
  await makeStore(folder.path, stateWith("dev", 2, ["a", "b", "c"]));
  const { code, stdout, stderr } = await store("check", folder.path);
  assertEquals([code, stderr], [0, []]);
  assertEquals(stdout.map((line) => line.replace(/\d+ bytes/, "N bytes")), [
    `${folder.path}: whole`,
    "  written       2026-11-28T00:00:00.000Z to 2026-11-28T00:00:00.000Z",
    "  files         1, N bytes",
    "  batches       2, N bytes",
    "  sessions      1, 0 of them connected when it was written",
    "  subscriptions 1",
    "  messages      2 waiting, 0 under way",
    "  retained      3",
    "  wills         0",
    "  payloads      N bytes",
  ]);
});

Deno.test("check: a damaged store, its file and byte; --repair keeps the rest and sets the file aside", async () => {
  await using folder = new TempFolder();
  const disk = await openFolder(folder.path);
  await fill(disk, 20);
  disk.close();
  await rot(`${folder.path}/${segmentName(2)}`, 200);
  const damaged = await store("check", folder.path);
  assertEquals(damaged.code, 1);
  assertEquals(damaged.stdout[0], `${folder.path}: damaged in 1 place`);
  const [said] = damaged.stdout.filter((line) => line.startsWith("damaged: "));
  assertMatch(
    said!,
    /^damaged: batch \d+ is missing; damaged: journal-0{9}2\.log, from byte \d+ on$/,
  );
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  const compact = await store("compact", folder.path);
  assertEquals([compact.code, compact.stderr.length], [1, 1]);
  assertMatch(compact.stderr[0]!, /is damaged: batch .* check --repair keeps what can be read$/);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), names);

  const repaired = await store("check", folder.path, "--repair");
  assertEquals([repaired.code, repaired.stderr], [0, []]);
  assertMatch(repaired.stdout[0]!, /^lost: batch \d+ is missing; damaged: journal-0{9}2\.log$/);
  assertMatch(
    repaired.stdout[1]!,
    /^repaired: 19 batches .* set aside in damaged-.*: journal-0{9}2/,
  );
  assertEquals(repaired.stdout[2], `${folder.path}: whole`);
  const aside = /set aside in (\S+):/.exec(repaired.stdout[1]!)![1];
  assert((await Deno.stat(`${folder.path}/${aside}/${segmentName(2)}`)).isFile);
  assertEquals((await stateOf(folder.path)).retained.size, 3);
});

Deno.test("check --repair: nothing to repair, and nothing changed", async () => {
  await using folder = new TempFolder();
  await makeStore(folder.path, stateWith("dev", 1, ["a"]));
  const before = await Deno.readFile(`${folder.path}/${segmentName(1)}`);
  const { code, stdout } = await store("check", folder.path, "--repair");
  assertEquals([code, stdout[0], stdout[1]], [0, "nothing to repair", `${folder.path}: whole`]);
  assertEquals(await Deno.readFile(`${folder.path}/${segmentName(1)}`), before);
});

Deno.test("check: records that make no sense are damage", async () => {
  await using folder = new TempFolder();
  const disk = await openFolder(folder.path);
  const { SegmentLog } = await import("../../../lib/storage/files/segment_log.ts");
  const log = new SegmentLog(disk, { durability: "full" });
  for await (const _ of log.load());
  await log.append({ number: 1, keepFrom: 1, time: 0, wall: 0, body: Uint8Array.of(99, 1) });
  await log.close();
  const { code, stdout } = await store("check", folder.path);
  assertEquals(code, 1);
  const said = "batch 1: a record of an unknown kind, 99; journal-0000000001.log, from byte 64 on";
  assertEquals(stdout.at(-1), `damaged: ${said}`);
});

Deno.test("the store of a running broker: check and export look, compact, import and --repair keep out", async () => {
  await using folder = new TempFolder();
  const file = folder.write(
    "c.yaml",
    `listeners: {default: {bind: "127.0.0.1:0"}}\nstorage: {path: kept}\nmanagement: null\n`,
  );
  await using midge = await MidgeProcess.start(["-c", file]);
  await using client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port });
  await client.send(publish("a/b", "21", { qos: 1, id: 7, retain: true }));
  await client.expect(puback(7));
  const check = await store("check", "-c", file);
  assertEquals([check.code, check.stdout[0]], [0, `${folder.path}/kept: whole`]);
  assert(check.stdout.includes("  retained      1"), check.stdout.join("\n"));
  const printed = await store("export", "-c", file);
  assertEquals([printed.code, printed.stdout.length, printed.stderr], [0, 3, []]);
  assertMatch(printed.stdout[1]!, /"topic":"a\/b","payload":"21"/);
  const lines = folder.write("lines", printed.stdout.join("\n"));
  for (const args of [["compact"], ["check", "--repair"], ["import", lines, "--replace"]]) {
    const { code, stdout, stderr } = await store(...args, "-c", file);
    assertEquals([code, stdout, stderr.length], [1, [], 1], args.join(" "));
    assertMatch(stderr[0]!, /kept: is in use by a running broker \(process \d+\); stop it first$/);
  }
  await client.send(publish("a/c", "22", { qos: 1, id: 8, retain: true }));
  await client.expect(puback(8));
});

Deno.test("what is no store, and wrong command lines, are one line", async () => {
  await using folder = new TempFolder();
  folder.write("notes.txt", "");
  const off = folder.write("off.yaml", "storage: null\n");
  const plugin = folder.write(
    "plugin.yaml",
    "plugins: {./p.js: null}\nstorage: {plugin: ./p.js}\n",
  );
  const file = `${folder.path}/notes.txt`;
  const cases: [args: string[], code: number, said: RegExp][] = [
    [["check", folder.path], 1, /: has no files of a store$/],
    [["check", `${folder.path}/none`], 1, /none: no such folder$/],
    [["check", file], 1, /notes\.txt: is a file; expected the folder of a store$/],
    [["compact", `${folder.path}/none`], 1, /none: no such folder$/],
    [["export", "--store", folder.path], 1, /: has no files of a store$/],
    [
      ["check", "-c", plugin],
      1,
      /plugin\.yaml: storage is that of the plugin \S+; expected a FOLDER/,
    ],
    [["check", "-c", off], 1, /off\.yaml: storage is off; expected a FOLDER, or a configuration/],
    [
      ["check", "a", "--store", "b"],
      2,
      /FOLDER and --store: expected one of them; see midge store --help$/,
    ],
    [["check", "a", "-c", "b"], 2, /--config and a folder: expected one of them/],
    [["check", "a", "b"], 2, /unexpected argument "b"/],
    [["check", "--merge"], 2, /unknown flag --merge/],
    [["chek"], 2, /unknown command "chek"; did you mean check\?/],
    [[], 2, /a command is missing; known commands: check, export, import, compact, backup/],
    [["import"], 2, /FILE is missing/],
    [["backup"], 2, /DEST is missing/],
  ];
  for (const [args, code, said] of cases) {
    const outcome = await store(...args);
    assertEquals(
      [outcome.code, outcome.stdout, outcome.stderr.length],
      [code, [], 1],
      args.join(" "),
    );
    assertMatch(outcome.stderr[0]!, said);
  }
  assertEquals([...Deno.readDirSync(folder.path)].length, 3);
  const help = await runMidge(["help", "store"]);
  assertMatch(help.stdout.join("\n"), /midge store check \[FOLDER\].*--repair +of check/s);
});
