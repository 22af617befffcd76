/** A folder that an earlier Midge has made: this one goes on with it, and that one goes on with what this one leaves. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Tokens } from "../../lib/broker/face/tokens.ts";
import { decodeHeader, encodeHeader } from "../../lib/storage/files/segment.ts";
import { VERSION } from "../../lib/version.ts";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { optionalTest } from "../support/optional.ts";
import { RawClient } from "../support/raw_client.ts";
import { connect, publish, suback, subscribe } from "../support/raw_packets.ts";
import { MADE, oldBrokerIn } from "./support.ts";

const { user, password } = MADE;

/** A session of the fixture: something waits for it. */
async function comeBack(port: number): Promise<RawClient> {
  const client = await RawClient.dial({ hostname: "127.0.0.1", port });
  await client.send(connect({ clientId: "away", cleanSession: false, username: user, password }));
  const { body } = await client.expectPacket("CONNACK");
  assertEquals([...body], [1, 0]);
  return client;
}

Deno.test("session, message that waits, retained message, ban, token and users are there", async () => {
  await using folder = new TempFolder();
  const config = await oldBrokerIn(folder);
  await using midge = await MidgeProcess.start(["-c", config]);
  await using client = await comeBack(midge.port);
  assertEquals((await client.expectPublish()).topic, "q/1");
  await client.send(subscribe(9, ["kept/#", 0]));
  await client.expect(suback(9, 0));
  assertEquals((await client.expectPublish()).payload, "hello");
  const { stdout } = await runMidge(["ctl", "-c", config, "ban", "list"]);
  assertMatch(stdout[1]!, /^evil /);
  const tokens = new Tokens(`${folder.path}/old/data`, { epoch: () => 0 });
  assertEquals((await tokens.holderOf(MADE.token))?.name, "old");
});

Deno.test("the configuration that 0.1 shipped starts a broker", async () => {
  await using folder = new TempFolder();
  const text = await Deno.readTextFile(new URL("./config_0.1.yaml", import.meta.url));
  const config = folder.write("config.yaml", text.replace("0.0.0.0:1883", "127.0.0.1:0"));
  await using midge = await MidgeProcess.start(["-c", config]);
  assert(midge.port > 0);
});

Deno.test("what a newer Midge has written is refused by name: start, check, backup, restore", async () => {
  await using folder = new TempFolder();
  const config = await oldBrokerIn(folder);
  const file = `${folder.path}/b.tar`;
  assertEquals((await runMidge(["backup", "-c", config, file])).code, 0);
  const segment = `${folder.path}/old/data/store/journal-0000000001.log`;
  const bytes = await Deno.readFile(segment);
  encodeHeader(bytes, { ...decodeHeader(bytes)!, schema: 4, writer: "0.3.0" });
  await Deno.writeFile(segment, bytes);
  const said =
    `written by Midge 0.3.0 (schema 4); this is ${VERSION}, which reads up to 1: run Midge 0.3.0`;
  for (const args of [["start"], ["store", "check"], ["backup", `${folder.path}/c.tar`]]) {
    const { code, stderr } = await runMidge([...args, "-c", config]);
    assertEquals([code, stderr.at(-1)?.includes(said)], [1, true], stderr.join("\n"));
  }
  const back = await runMidge(["restore", file, "--in-place", "--force"]);
  assertEquals([back.code, back.stderr], [0, []]);
  await using midge = await MidgeProcess.start(["-c", config]);
  await using _client = await comeBack(midge.port);
});

/** The commit before files said who wrote them. */
const OLD = "635e796";
const HOUSE = new URL("../../", import.meta.url).pathname;

async function git(...args: string[]): Promise<Deno.CommandOutput> {
  return await new Deno.Command("git", { args, cwd: HOUSE }).output();
}

const hasOld = await git("cat-file", "-e", `${OLD}:main.ts`).then(
  ({ success }) => success,
  () => false,
);

optionalTest(
  hasOld ? undefined : `the history has no ${OLD}`,
  "the Midge of before goes on with what this one has written",
  async () => {
    await using folder = new TempFolder();
    const config = await oldBrokerIn(folder);
    {
      await using midge = await MidgeProcess.start(["-c", config]);
      await using client = await comeBack(midge.port);
      await client.send(publish("kept/b", "new", { qos: 1, id: 5, retain: true }));
      await client.expectPacket("PUBLISH");
      await client.expectPacket("PUBACK");
      const made = await runMidge(["ctl", "-c", config, "token", "new", "--name", "new"]);
      assertEquals(made.code, 0);
      const banned = await runMidge(["ctl", "-c", config, "ban", "add", "--clientid", "worse"]);
      assertEquals(banned.code, 0);
      midge.signal("SIGTERM");
      assertEquals(await midge.exitCode(), 0);
    }
    const old = `${folder.path}/midge`;
    await Deno.mkdir(old);
    const { stdout } = await git("archive", OLD);
    await Deno.writeFile(`${folder.path}/old.tar`, stdout);
    await new Deno.Command("tar", { args: ["xf", "../old.tar"], cwd: old }).output();
    const executable = folder.write(
      "old_midge",
      `#!/bin/sh\nexec "${Deno.execPath()}" run --no-prompt -A "${old}/main.ts" "$@"\n`,
    );
    await Deno.chmod(executable, 0o755);
    await using midge = await MidgeProcess.start(["-c", config], { executable });
    await using client = await comeBack(midge.port);
    assertEquals((await client.expectPublish()).topic, "q/1");
    await client.send(subscribe(9, ["kept/b", 0]));
    await client.expect(suback(9, 0));
    assertEquals((await client.expectPublish()).payload, "new");
    const { stdout: bans } = await runMidge(["ctl", "-c", config, "ban", "list"], { executable });
    assertEquals(bans.slice(1).map((line) => line.split(" ")[0]), ["evil", "worse"]);
    const { stdout: tokens } = await runMidge(["ctl", "-c", config, "token", "list"], {
      executable,
    });
    assertEquals(tokens.length, 3);
  },
);
