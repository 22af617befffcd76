/** auth_scram through sockets: users of a file, what each may find out, and a file that changes. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import authScram from "../../../plugins/auth_scram.ts";
import { formatScramSecret, makeScramSecret } from "../../../lib/access/passwords/scram.ts";
import type { ScramMechanism } from "../../../lib/access/passwords/scram.ts";
import { ClockedBroker } from "../../support/clocked_broker.ts";
import { PluginHarness } from "../../support/plugin_harness.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { latin1 } from "../../support/raw_packets.ts";
import { auth5, connect5, type RawConnect5 } from "../../support/raw_packets5.ts";
import type { ReadProperties } from "../../support/raw_properties5.ts";
import { ScramClient } from "../../support/scram_client.ts";
import { until } from "../../support/until.ts";

const SHA256 = "SCRAM-SHA-256";
const SHA512 = "SCRAM-SHA-512";
const DECOY_KEY = "# key of the salts of unknown users: 0123456789abcdef0123456789abcdef";

async function lineOf(
  user: string,
  mechanism: ScramMechanism,
  password = "pencil",
): Promise<string> {
  return `${user}:${formatScramSecret(await makeScramSecret(password, mechanism, 4096))}`;
}

/** A broker whose users stand in a file. */
class Fixture implements AsyncDisposable {
  readonly broker: ClockedBroker;
  readonly #folder: string;

  private constructor(folder: string, broker: ClockedBroker) {
    this.#folder = folder;
    this.broker = broker;
  }

  static async start(lines: readonly string[], plugins: Record<string, unknown> = {}) {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/scram`, lines.join("\n") + "\n");
    const auth_scram = { password_file: `${folder}/scram` };
    return new Fixture(
      folder,
      await ClockedBroker.start({ plugins: { auth_scram, ...plugins } }),
    );
  }

  get path(): string {
    return `${this.#folder}/scram`;
  }

  /** CONNECT with a first message, and what AUTH says. */
  async begin(
    mechanism: string,
    first: string,
    options: RawConnect5 = {},
  ): Promise<[raw: RawClient, message: string]> {
    const raw = await this.broker.dial();
    await raw.send(connect5({ clientId: "c", ...options, properties: saying(mechanism, first) }));
    return [raw, dataOf(await raw.expect5("AUTH"))];
  }

  /** A whole login: the code of CONNACK, and does the client trust the server? */
  async login(
    mechanism: string,
    user: string,
    password = "pencil",
    options: RawConnect5 = {},
  ): Promise<[code: number, data: string]> {
    const client = new ScramClient(mechanism, user, password);
    const [raw, message] = await this.begin(mechanism, client.first, options);
    await raw.send(auth5(0x18, saying(mechanism, await client.final(message))));
    const connack = await raw.expect5("CONNACK");
    const data = dataOf(connack);
    return [connack.reasonCode, client.trusts(data) ? "trusted" : data];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

function saying(authenticationMethod: string, authenticationData: string) {
  return { authenticationMethod, authenticationData };
}

function dataOf({ properties }: { properties: ReadProperties }): string {
  return latin1(properties.authenticationData ?? new Uint8Array(0));
}

Deno.test("auth_scram: both mechanisms, right and wrong; the session is the SCRAM user's", async () => {
  await using it = await Fixture.start([
    await lineOf("alice", SHA256),
    await lineOf("alice", SHA512),
  ]);
  for (const mechanism of [SHA256, SHA512]) {
    assertEquals(await it.login(mechanism, "alice"), [0, "trusted"]);
    assertEquals(it.broker.broker.clients[0]?.username, "alice");
    assertEquals(await it.login(mechanism, "alice", "pencil2", { clientId: "d" }), [
      0x86,
      "e=invalid-proof",
    ]);
  }
  const log = it.broker.log.join("\n");
  assertMatch(log, /auth_scram: wrong password/);
  assert(!/pencil|n=alice|biws/.test(log), "no message of an exchange in the log");
});

Deno.test("auth_scram: an unknown user is not told from a known one", async () => {
  const lines = [DECOY_KEY, await lineOf("alice", SHA256)];
  const asked = async (): Promise<string[]> => {
    await using it = await Fixture.start(lines);
    const salts: string[] = [];
    for (const user of ["bob", "bob", "carol", "alice"]) {
      const client = new ScramClient(SHA256, user, "pencil");
      const [raw, message] = await it.begin(SHA256, client.first, { clientId: user });
      assertMatch(message, /^r=abc123[A-Za-z0-9+/]{32},s=[A-Za-z0-9+/]{22}==,i=4096$/);
      salts.push(message.split(",")[1]!);
      await raw.send(auth5(0x18, saying(SHA256, await client.final(message))));
      const connack = await raw.expect5("CONNACK");
      assertEquals(connack.reasonCode, user === "alice" ? 0 : 0x86);
      assertEquals(connack.properties.reasonString, undefined);
      if (user !== "alice") assertEquals(dataOf(connack), "e=invalid-proof");
    }
    return salts;
  };
  const salts = await asked();
  assertEquals(salts[0], salts[1]);
  assertNotEquals(salts[0], salts[2]);
  assertEquals(await asked(), salts, "the same after a restart");
});

Deno.test("auth_scram: a mechanism that the user has no secret for is as an unknown user", async () => {
  await using it = await Fixture.start([await lineOf("alice", SHA256)]);
  assertEquals(await it.login(SHA512, "alice"), [0x86, "e=invalid-proof"]);
});

Deno.test("auth_scram: nonces never come again", async () => {
  await using it = await Fixture.start([await lineOf("alice", SHA256)]);
  const client = new ScramClient(SHA256, "alice", "pencil");
  const [, first] = await it.begin(SHA256, client.first);
  const [raw, second] = await it.begin(SHA256, client.first);
  assertNotEquals(first.split(",")[0], second.split(",")[0]);
  await raw.send(auth5(0x18, saying(SHA256, await client.final(first))));
  assertEquals(dataOf(await raw.expect5("CONNACK")), "e=other-error");
});

Deno.test("auth_scram: the header has to come again as it was", async () => {
  await using it = await Fixture.start([await lineOf("alice", SHA256)]);
  const client = new ScramClient(SHA256, "alice", "pencil", "y,,");
  const [raw, message] = await it.begin(SHA256, client.first);
  const final = await client.final(message, (text) => text.replace("c=eSws", "c=biws"));
  await raw.send(auth5(0x18, saying(SHA256, final)));
  const connack = await raw.expect5("CONNACK");
  assertEquals([connack.reasonCode, dataOf(connack)], [0x87, "e=channel-bindings-dont-match"]);
});

Deno.test("auth_scram: channel binding is refused with a sentence in the log", async () => {
  await using it = await Fixture.start([await lineOf("alice", SHA256)]);
  const raw = await it.broker.dial();
  await raw.send(connect5({ properties: saying(SHA256, "p=tls-unique,,n=alice,r=x") }));
  const connack = await raw.expect5("CONNACK");
  assertEquals([connack.reasonCode, dataOf(connack)], [0x87, "e=channel-binding-not-supported"]);
  assertMatch(it.broker.log.join(), /asks for channel binding .*; expected n or y/);
});

Deno.test("auth_scram: CONNECT's username may be the same, and no other", async () => {
  await using it = await Fixture.start([await lineOf("alice", SHA256)]);
  assertEquals(await it.login(SHA256, "alice", "pencil", { username: "alice" }), [0, "trusted"]);
  const raw = await it.broker.dial();
  const properties = saying(SHA256, "n,,n=alice,r=x");
  await raw.send(connect5({ clientId: "d", username: "root", properties }));
  const connack = await raw.expect5("CONNACK");
  assertEquals([connack.reasonCode, dataOf(connack)], [0x87, "e=other-error"]);
});

Deno.test("auth_scram: other methods are not its own; alone it lets no password in", async () => {
  await using it = await Fixture.start([await lineOf("alice", SHA256)]);
  for (const method of ["SCRAM-SHA-1", "SCRAM-SHA-256-PLUS", "PLAIN", "toString"]) {
    const raw = await it.broker.dial();
    await raw.send(connect5({ properties: saying(method, "n,,n=alice,r=x") }));
    assertEquals((await raw.expect5("CONNACK")).reasonCode, 0x8c, method);
  }
  assertMatch(it.broker.log.join(), /known are SCRAM-SHA-256, SCRAM-SHA-512/);
  const raw = await it.broker.dial();
  await raw.send(connect5({ clientId: "e", username: "alice", password: "pencil" }));
  assertEquals((await raw.expect5("CONNACK")).reasonCode, 0x86);
});

Deno.test("auth_scram: re-authentication by SCRAM; a wrong proof ends the connection", async () => {
  await using it = await Fixture.start([
    await lineOf("alice", SHA256),
    await lineOf("bob", SHA256),
  ]);
  for (const [password, code] of [["pencil", 0], ["wrong", 0x87]] as const) {
    const client = new ScramClient(SHA256, "alice", "pencil");
    const [raw, message] = await it.begin(SHA256, client.first);
    await raw.send(auth5(0x18, saying(SHA256, await client.final(message))));
    assertEquals((await raw.expect5("CONNACK")).reasonCode, 0);
    const again = new ScramClient(SHA256, "alice", password);
    await raw.send(auth5(0x19, saying(SHA256, again.first)));
    const next = dataOf(await raw.expect5("AUTH"));
    await raw.send(auth5(0x18, saying(SHA256, await again.final(next))));
    if (code !== 0) assertEquals((await raw.expect5("DISCONNECT")).reasonCode, code);
    else {
      const end = await raw.expect5("AUTH");
      assertEquals([end.reasonCode, again.trusts(dataOf(end))], [0, true]);
      await raw.expectNothing();
    }
  }
});

Deno.test("auth_scram: the file is read again when it changes; what cannot be used is said, and not used", async () => {
  await using it = await Fixture.start([await lineOf("alice", SHA256)]);
  await Deno.writeTextFile(it.path, `${await lineOf("bob", SHA256)}\nnonsense\n`);
  it.broker.clock.advance(2000);
  await until(() => it.broker.logged("has changed").length > 0, "the change is seen");
  assertMatch(it.broker.log.join("\n"), /line 2 is not used: expected USER:SCRAM/);
  assertEquals((await it.login(SHA256, "bob"))[0], 0);
  assertEquals((await it.login(SHA256, "alice"))[0], 0x86);
  await Deno.writeTextFile(it.path, "");
  it.broker.clock.advance(2000);
  await until(() => it.broker.logged("the last good one stays").length > 0, "the loss is said");
  assertEquals((await it.login(SHA256, "bob"))[0], 0);
});

Deno.test("auth_scram: a file that cannot be read, or has no line to use, stops the start", async () => {
  const folder = await Deno.makeTempDir();
  const harness = new PluginHarness({ directory: folder });
  const setUp = () => harness.setUp(authScram, { password_file: "scram" });
  await assertRejects(setUp, Error, "expected a file that midge passwd --scram writes");
  await Deno.writeTextFile(`${folder}/scram`, "alice:$6$salt$hash\n");
  await assertRejects(setUp, Error, "line 1 is not used: expected SCRAM-SHA-256");
  await Deno.writeTextFile(`${folder}/scram`, "# no users\n");
  const hooks = await setUp();
  assertMatch(hooks.admitsNoOne?.() ?? "", /has no user/);
  await hooks.dispose?.();
  await Deno.remove(folder, { recursive: true });
});
