/** `midge store compact` and `backup`: what a broker finds on what they have made. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { MidgeProcess, TempFolder } from "../../support/midge_process.ts";
import { RawClient } from "../../support/raw_client.ts";
import { publish, suback, subscribe } from "../../support/raw_packets.ts";
import { DenoDisk } from "../../../lib/storage/files/deno_disk.ts";
import { fill } from "../../storage/stores.ts";
import { makeStore, rot, stateOf, stateWith, store } from "./support.ts";

function config(folder: TempFolder, path: string): string {
  return folder.write(
    `${path}.yaml`,
    `listeners: {default: {bind: "127.0.0.1:0"}}\nstorage: {path: ${path}}\nmanagement: null\n` +
      "max_queued_messages: 0\n",
  );
}

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("compact: one file with what is live, and a broker goes on with it", async () => {
  await using folder = new TempFolder();
  const kept = `${folder.path}/kept`;
  Deno.mkdirSync(kept);
  await fill(new DenoDisk(kept), 40);
  const state = await stateOf(kept);
  const many = namesIn(kept).length;
  const { code, stdout, stderr } = await store("compact", kept);
  assertEquals([code, stderr], [0, []]);
  assertMatch(stdout[0]!, /kept: \d+\.\d kB before, \d+ bytes now$/);
  assert(many > 3);
  assertEquals(namesIn(kept).filter((name) => name.startsWith("journal-")).length, 1);
  assertEquals((await stateOf(kept)).retained.keys().toArray(), state.retained.keys().toArray());
  await using midge = await MidgeProcess.start(["-c", config(folder, "kept")]);
  await using client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port });
  await client.send(subscribe(1, ["t/#", 0]));
  await client.expect(suback(1, 0));
  const retained = [];
  for (let i = 0; i < 3; i++) retained.push((await client.expectPublish()).payload);
  assertEquals(retained, ["40", "40", "40"]);
});

Deno.test("backup: DEST has to be new or empty; a damaged store leaves it empty", async () => {
  await using folder = new TempFolder();
  const [from, full, file, to] = ["from", "full", "file", "to"]
    .map((name) => `${folder.path}/${name}`) as [string, string, string, string];
  await makeStore(from, stateWith("dev", 3, ["a"]));
  await makeStore(full, stateWith("dev", 1, ["a"]));
  folder.write("file", "");
  for (
    const [target, said] of [
      [full, /full: has journal-0000000001\.log in it; expected a new or an empty folder$/],
      [file, /file: is a file; expected a new or an empty folder$/],
    ] as const
  ) {
    const { code, stderr } = await store("backup", target, "--store", from);
    assertEquals([code, stderr.length], [1, 1]);
    assertMatch(stderr[0]!, said);
  }
  const copied = await store("backup", to, "--store", from);
  assertEquals([copied.code, copied.stderr], [0, []]);
  assertMatch(copied.stdout[1]!, /^copied: 1 session, 1 subscription, 3 messages that wait, 1 ret/);
  assertEquals((await stateOf(to)).sessions.get("dev")?.entries.size, 3);
  await rot(`${from}/journal-0000000001.log`, 130);
  await Deno.remove(to, { recursive: true });
  const damaged = await store("backup", to, "--store", from);
  assertEquals([damaged.code, damaged.stdout, damaged.stderr.length], [1, [], 1]);
  assertEquals(namesIn(to), ["lock"]);
});

/** Publishes in groups until it is told to stop, or this often. */
class Load {
  /** By topic, the newest that was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  readonly #client: RawClient;
  isStopped = false;
  groups = 0;
  #number = 0;

  constructor(client: RawClient) {
    this.#client = client;
  }

  /** @param mayStop asked behind every group */
  async run(topics: number, payload: string, mayStop: () => boolean): Promise<void> {
    while (!mayStop()) {
      const number = ++this.#number;
      const names = Array.from({ length: topics }, (_, at) => `r/${at}`);
      const packets = names.map((topic, at) =>
        publish(topic, `${number} ${payload}`, { qos: 1, id: at + 1, retain: true })
      );
      await this.#client.send(...packets);
      for (const topic of names) {
        await this.#client.expectPacket("PUBACK");
        this.acknowledged.set(topic, number);
      }
      this.groups++;
    }
  }
}

Deno.test("backup under load: a broker on the copy has all that was acknowledged before", async () => {
  await using folder = new TempFolder();
  await using first = await MidgeProcess.start(["-c", config(folder, "first")]);
  const at = { hostname: "127.0.0.1", port: first.port };
  {
    await using away = await RawClient.open(at, { clientId: "away", cleanSession: false });
    await away.send(subscribe(1, ["q/#", 1]));
    await away.expect(suback(1, 1));
  }
  await using publisher = await RawClient.open(at);
  for (let id = 1; id <= 200; id++) {
    await publisher.send(publish(`q/${id % 3}`, String(id), { qos: 1, id }));
    await publisher.expectPacket("PUBACK");
  }
  const load = new Load(publisher);
  // As much as makes the broker use files again.
  const payload = "x".repeat(20_000);
  await load.run(50, payload, () => load.groups === 30);
  const promised = new Map(load.acknowledged);
  const running = load.run(50, payload, () => load.isStopped);
  const backup = store("backup", `${folder.path}/second`, "-c", `${folder.path}/first.yaml`);
  const { code, stderr } = await backup.finally(() => load.isStopped = true);
  await running;
  assertEquals([code, stderr], [0, []]);
  assert(load.groups > 35, `${load.groups} groups`);
  await assertHasAll(folder, promised);
});

async function assertHasAll(folder: TempFolder, promised: Map<string, number>): Promise<void> {
  await using second = await MidgeProcess.start(["-c", config(folder, "second")]);
  const at = { hostname: "127.0.0.1", port: second.port };
  await using away = await RawClient.open(at, { clientId: "away", cleanSession: false });
  assertEquals(away.sessionPresent, true);
  const queued: string[] = [];
  await using reader = await RawClient.open(at);
  await reader.send(subscribe(1, ["r/#", 0]));
  await reader.expect(suback(1, 0));
  for (let count = 0; count < promised.size; count++) {
    const { topic, payload } = await reader.expectPublish();
    const number = Number(payload.split(" ", 1)[0]);
    const least = promised.get(topic)!;
    assert(number >= least, `${topic}: ${number}, acknowledged ${least}`);
  }
  for (let id = 1; id <= 20; id++) queued.push((await away.expectPublish()).payload);
  assertEquals(queued, Array.from({ length: 20 }, (_, at) => String(at + 1)));
}
