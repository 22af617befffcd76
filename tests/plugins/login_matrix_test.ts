/** auth_anonymous and auth_file in a broker: who gets which CONNACK. */
import { assertEquals } from "@std/assert";
import { MOSQUITTO } from "../access/passwords/vectors.ts";
import { RawClient } from "../support/raw_client.ts";
import { connack, connect, type RawConnect } from "../support/raw_packets.ts";
import { startBroker } from "../support/running_broker.ts";

const ACCEPTED = 0;
const BAD_CREDENTIALS = 4;
const NOT_AUTHORIZED = 5;

const { password, hash } = MOSQUITTO[0]!;

const LOGINS: Record<string, RawConnect> = {
  "no username": {},
  "known user, right password": { username: "alice", password },
  "known user, wrong password": { username: "alice", password: "wrong" },
  "known user, no password": { username: "alice" },
  "unknown user": { username: "nobody", password },
};

/** allow_anonymous (undefined: not loaded), auth_file is loaded, the five answers. */
const TABLE: [boolean | undefined, boolean, number[]][] = [
  [true, false, [ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED]],
  [true, true, [ACCEPTED, ACCEPTED, BAD_CREDENTIALS, BAD_CREDENTIALS, BAD_CREDENTIALS]],
  [false, false, [NOT_AUTHORIZED, ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED]],
  [false, true, [NOT_AUTHORIZED, ACCEPTED, BAD_CREDENTIALS, BAD_CREDENTIALS, BAD_CREDENTIALS]],
  [undefined, true, [NOT_AUTHORIZED, ACCEPTED, BAD_CREDENTIALS, BAD_CREDENTIALS, BAD_CREDENTIALS]],
  [undefined, false, [
    NOT_AUTHORIZED,
    BAD_CREDENTIALS,
    BAD_CREDENTIALS,
    BAD_CREDENTIALS,
    BAD_CREDENTIALS,
  ]],
];

/** auth_anonymous comes first here: it must answer last all the same. */
function pluginsOf(allowAnonymous: boolean | undefined, file: string | undefined) {
  return {
    ...(allowAnonymous !== undefined && { auth_anonymous: { allow_anonymous: allowAnonymous } }),
    ...(file && { auth_file: { password_file: file } }),
  };
}

for (const [allowAnonymous, hasFile, expected] of TABLE) {
  const file = hasFile ? "with" : "without";
  Deno.test(`allow_anonymous ${allowAnonymous}, ${file} auth_file`, async (t) => {
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, `alice:${hash}\n`);
    const plugins = pluginsOf(allowAnonymous, hasFile ? path : undefined);
    await using running = await startBroker({ plugins });
    for (const [index, [name, options]] of Object.entries(LOGINS).entries()) {
      await t.step(name, async () => {
        await using client = await RawClient.dial(running.address);
        await client.send(connect({ ...options, clientId: `c${index}` }));
        const returnCode = expected[index]!;
        await client.expect(connack(false, returnCode));
        if (returnCode === ACCEPTED) await client.expectNothing();
        else await client.expectClosed();
      });
    }
    await Deno.remove(path);
  });
}

Deno.test("a client that gave a username keeps it, one without is anonymous", async () => {
  await using running = await startBroker({ plugins: { auth_anonymous: null } });
  await using _named = await RawClient.open(running.address, { clientId: "a", username: "alice" });
  await using _nameless = await RawClient.open(running.address, { clientId: "b" });
  const seen = running.broker.clients.map((
    { clientId, username, anonymous },
  ) => [clientId, username, anonymous]);
  assertEquals(seen.sort(), [["a", "alice", false], ["b", undefined, true]]);
});
