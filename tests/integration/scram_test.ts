/** auth_scram with a client of another make: mqtt.js, whose user gives it the method and answers AUTH. */
import { assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import mqtt, { type MqttClient } from "mqtt";
import { formatScramSecret, makeScramSecret } from "../../lib/access/passwords/scram.ts";
import type { ScramMechanism } from "../../lib/access/passwords/scram.ts";
import { type RunningBroker, startBroker } from "../support/running_broker.ts";
import { ScramClient } from "../support/scram_client.ts";

const USER = "alice";

/** A broker that lets alice in by either mechanism. */
async function start(folder: string): Promise<RunningBroker> {
  const mechanisms: ScramMechanism[] = ["SCRAM-SHA-256", "SCRAM-SHA-512"];
  const lines = await Promise.all(
    mechanisms.map(async (mechanism) =>
      `${USER}:${formatScramSecret(await makeScramSecret("pencil", mechanism, 4096))}\n`
    ),
  );
  await Deno.writeTextFile(`${folder}/scram`, lines.join(""));
  return await startBroker({ plugins: { auth_scram: { password_file: `${folder}/scram` } } });
}

/** The client connected, with the data of its CONNACK; rejects where it is refused. */
async function connect(
  { address }: RunningBroker,
  method: string,
  scram: ScramClient,
): Promise<[client: MqttClient, data: string]> {
  const client = mqtt.connect(`mqtt://${address.hostname}:${address.port}`, {
    protocolVersion: 5,
    clientId: "c",
    reconnectPeriod: 0,
    manualConnect: true,
    properties: { authenticationMethod: method, authenticationData: Buffer.from(scram.first) },
  });
  client.handleAuth = (packet, callback) => {
    const message = String(packet.properties?.authenticationData);
    scram.final(message).then((final) =>
      callback(undefined, {
        cmd: "auth",
        reasonCode: 0x18,
        properties: { authenticationMethod: method, authenticationData: Buffer.from(final) },
      })
    );
  };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  client.on("connect", ({ properties }) => resolve(String(properties?.authenticationData)));
  client.on("error", reject);
  client.connect();
  try {
    return [client, await promise];
  } catch (error) {
    await client.endAsync(true);
    throw error;
  }
}

for (const method of ["SCRAM-SHA-256", "SCRAM-SHA-512"]) {
  Deno.test(`mqtt.js comes in by ${method}, and is who it says`, async () => {
    const folder = await Deno.makeTempDir();
    await using running = await start(folder);
    const scram = new ScramClient(method, USER, "pencil");
    const [client, data] = await connect(running, method, scram);
    assertEquals(scram.trusts(data), true);
    assertEquals(running.broker.clients.map(({ username }) => username), [USER]);
    const got = Promise.withResolvers<string>();
    client.on("message", (_topic, payload) => got.resolve(String(payload)));
    await client.subscribeAsync("t", { qos: 1 });
    await client.publishAsync("t", "hello", { qos: 1 });
    assertEquals(await got.promise, "hello");
    await client.endAsync();
    await Deno.remove(folder, { recursive: true });
  });

  Deno.test(`mqtt.js with a wrong password is refused by ${method}`, async () => {
    const folder = await Deno.makeTempDir();
    await using running = await start(folder);
    const outcome = await connect(running, method, new ScramClient(method, USER, "wrong"))
      .then(() => "let in", (error: Error) => error.message);
    assertMatch(outcome, /Bad User Name or Password|Bad username or password/i);
    await Deno.remove(folder, { recursive: true });
  });
}
