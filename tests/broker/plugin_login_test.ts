/** A plugin asks who someone is: by the broker's own sources, behind the gate that CONNECT has. */
import { assertEquals, assertMatch } from "@std/assert";
import type { BrokerOptions, Hooks, PluginContext } from "../../mod.ts";
import type { RowOf } from "../../lib/manage/commands.ts";
import { ReasonCode } from "../../lib/wire/codes.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { TempFolder } from "../support/midge_process.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { connack, connect } from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

/** Knows that ann's password is `right`, and root, who may do everything. */
const SOURCE: Hooks = {
  authenticate({ client: { username }, password }) {
    if (username === "broken") throw new Error("the table is gone");
    if (username === "never") return new Promise(() => {});
    if (text(password) !== "right") return { result: "deny", reason: "wrong password" };
    return { result: "allow", superuser: username === "root" };
  },
};

async function start(...hooks: Hooks[]) {
  return await startIn({}, ...hooks);
}

async function startIn(options: BrokerOptions, ...hooks: Hooks[]) {
  let context: PluginContext | undefined;
  const asker = inlinePlugin((given) => {
    context = given;
    return {};
  });
  const it = await ClockedBroker.start({ ...options, plugins: { [asker]: null } }, ...hooks);
  const login = (username: string, password: string, address = "192.0.2.7") =>
    context!.authenticate!({ username, password, address });
  const why = async () => {
    const caller = { name: "test", isAdmin: true, user: undefined };
    const parts = await context!.manage!("why", { kind: "login" }, caller);
    return [...parts as Iterable<RowOf<"why">[]>].flat();
  };
  return Object.assign(it, { login, why, asker });
}

Deno.test("the broker's sources decide, and say who is a superuser", async () => {
  await using it = await start(SOURCE);
  const { because, ...ann } = await it.login("ann", "right");
  assertEquals(ann, { allowed: true, username: "ann", superuser: false });
  assertEquals(because.includes("inline"), true, because);
  assertEquals((await it.login("root", "right")).superuser, true);
  const wrong = await it.login("ann", "secret");
  assertEquals([wrong.allowed, wrong.superuser], [false, false]);
  assertEquals((await it.login("", "right")).allowed, true, "as the source says");
});

Deno.test("a source that lets in without a proof is not asked; where all do, none is", async () => {
  await using open = await start();
  assertEquals(await open.login("ann", "right"), {
    allowed: false,
    username: "ann",
    superuser: false,
    because: "no plugin asks for passwords",
  });
  await using it = await start({ authenticate: () => undefined });
  const { allowed, because } = await it.login("ann", "right");
  assertEquals([allowed, because], [false, "no source knows this user"]);
});

Deno.test("a refusal is in the log as a client's, without the password", async () => {
  await using it = await start(SOURCE);
  await it.login("ann\n", "secret");
  const [line = "", ...more] = it.logged("refused");
  assertEquals(more, []);
  assertEquals(line.includes("secret"), false);
  assertMatch(line, /midge\.broker: 192\.0\.2\.7 \(\S+\) refused, username ann\\n: \S+inline/);
});

Deno.test("why has a refused login, with what the source said and without the password", async () => {
  await using it = await start(SOURCE);
  await it.login("ann", "secret");
  const rows = await it.why();
  const kept = rows.map(({ username, address, times, code }) => [username, address, times, code]);
  assertEquals(kept, [["ann", "192.0.2.7", 1, ReasonCode.BAD_USERNAME_OR_PASSWORD]]);
  assertMatch(rows[0]!.rule, /inline/);
  assertEquals(JSON.stringify(rows).includes("secret"), false);
});

Deno.test("guesses are slowed down as those of CONNECT are, and together with them", async () => {
  await using it = await start(SOURCE);
  for (let i = 0; i < 5; i++) await it.login("ann", `${i}`, "127.0.0.1");
  const timers = it.clock.timerCount;
  const client = await it.dial();
  await client.send(connect({ clientId: "c", username: "ann", password: "guess" }));
  await until(() => it.clock.timerCount > timers, "an answer that waits");
  let isAnswered = false;
  const asked = it.login("ann", "guess", "127.0.0.1").finally(() => isAnswered = true);
  for (let i = 0; i < 10; i++) await turn();
  assertEquals(isAnswered, false);
  for (let i = 0; i < 40; i++) {
    it.clock.advance(1000);
    await turn();
  }
  await client.expect(connack(false, 4));
  assertEquals((await asked).allowed, false);
});

Deno.test("more failures than a network may have are not looked at", async () => {
  await using it = await start(SOURCE);
  const logins = [];
  for (let i = 0; i < 100; i++) logins.push(it.login(`user${i}`, "guess"));
  await turn();
  for (let i = 0; i < 3; i++) {
    it.clock.advance(1000);
    await turn();
  }
  const reasons = (await Promise.all(logins)).map(({ because }) => because);
  assertEquals(reasons.includes("too many failed logins from this network"), true);
});

Deno.test("a source that fails, or never answers, lets no one in", async () => {
  await using it = await start(SOURCE);
  const { allowed, because } = await it.login("broken", "right");
  assertEquals([allowed, because.includes("the table is gone")], [false, true]);
  const timers = it.clock.timerCount;
  const never = it.login("never", "right");
  await until(() => it.clock.timerCount > timers, "the deadline");
  it.clock.advance(31_000);
  assertEquals((await never).allowed, false);
});

Deno.test("bans hold, of the address and of the name", async () => {
  await using folder = new TempFolder();
  await using it = await startIn({ data_dir: folder.path }, SOURCE);
  await it.broker.bans.add({ username: "ann" });
  assertEquals((await it.login("ann", "right")).allowed, false);
  assertEquals((await it.login("bob", "right")).allowed, true);
  await it.broker.bans.add({ network: "192.0.2.7" });
  assertEquals((await it.login("bob", "right")).allowed, false);
  assertEquals((await it.login("bob", "right", "192.0.2.8")).allowed, true);
});

Deno.test("a ban holds of the name by which the source knows a user", async () => {
  await using folder = new TempFolder();
  await using it = await startIn({ data_dir: folder.path }, {
    authenticate: () => ({ result: "allow", username: "ann" }),
  });
  assertEquals((await it.login("ANN", "right")).username, "ann");
  await it.broker.bans.add({ username: "ann" });
  assertEquals((await it.login("ANN", "right")).allowed, false);
});
