/** MQTT 5, enhanced authentication: the exchange of AUTH packets, SCRAM by the vectors of RFC 7677, again later. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { encodeBase64 } from "../../lib/encoding.ts";
import { type Authentication, scram } from "../../mod.ts";
import type { RawClient } from "../support/raw_client.ts";
import { auth5, connack5 } from "../support/raw_packets5.ts";
import { endOf, errorOf, settle, Stage } from "./stage.ts";

const TEXT = new TextDecoder();
const BYTES = new TextEncoder();

/** Section 3 of RFC 7677. */
const NONCE = "rOprNGfwEbeRWgbNEkqO";
const FIRST = `n,,n=user,r=${NONCE}`;
const SERVER_FIRST = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const FINAL = `c=biws,r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,` +
  "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

const RFC = scram("SCRAM-SHA-256", "user", "pencil", () => NONCE);

function dataOf({ properties }: { properties: { authenticationData?: Uint8Array } }): string {
  return TEXT.decode(properties.authenticationData);
}

function auth(code: number, method: string, data: string): Uint8Array {
  return auth5(code, {
    authenticationMethod: method,
    authenticationData: BYTES.encode(data),
  });
}

/** Takes a CONNECT by SCRAM up to its last step. */
async function challenge(broker: RawClient): Promise<void> {
  const connect = await broker.expect5("CONNECT");
  assertEquals(connect.properties.authenticationMethod, "SCRAM-SHA-256");
  assertEquals(dataOf(connect), FIRST);
  await broker.send(auth(0x18, "SCRAM-SHA-256", SERVER_FIRST));
  const answer = await broker.expect5("AUTH");
  assertEquals([answer.reasonCode, dataOf(answer)], [0x18, FINAL]);
}

Deno.test("scram: the example of RFC 7677, with the proof in CONNACK", async () => {
  await using stage = new Stage();
  const client = stage.client({ protocol_version: 5 });
  const connecting = client.connect({ authentication: RFC });
  const broker = await stage.accept();
  await challenge(broker);
  await broker.send(
    connack5(false, 0, {
      authenticationMethod: "SCRAM-SHA-256",
      authenticationData: BYTES.encode(SERVER_FINAL),
    }),
  );
  await connecting;
});

Deno.test("scram: configured, the password does not leave the machine", async () => {
  await using stage = new Stage();
  const client = stage.client({
    connection: {
      uri: stage.uri,
      username: "user",
      password: "pencil",
      authentication_method: "SCRAM-SHA-512",
    },
  });
  const connecting = errorOf(client.connect());
  const broker = await stage.accept();
  const connect = await broker.expect5("CONNECT");
  assertEquals([connect.username, connect.password], ["user", undefined]);
  assertStringIncludes(dataOf(connect), "n,,n=user,r=");
  await broker.send(connack5(false, 0x87));
  assertEquals((await connecting).reasonCode, 0x87);
});

for (
  const [title, first, final, says] of [
    ["a wrong signature", SERVER_FIRST, "v=AAAA", "did not prove that it knows the password"],
    ["no signature", SERVER_FIRST, undefined, "the server has sent no data"],
    ["an error", SERVER_FIRST, "e=other-error", "the server says other-error"],
    ["another nonce", "r=other,s=AAAA,i=4096", undefined, "nonce does not begin"],
    ["few iterations", SERVER_FIRST.replace("4096", "1"), undefined, "wants 1 iterations"],
    ["many iterations", SERVER_FIRST.replace("4096", "99999999"), undefined, "99999999 iterations"],
    ["an extension", `m=x,${SERVER_FIRST}`, undefined, "wants an extension"],
  ] as const
) {
  Deno.test(`scram: ${title} of the server ends it`, async () => {
    await using stage = new Stage();
    const client = stage.client({ protocol_version: 5 });
    const connecting = errorOf(client.connect({ authentication: RFC }));
    const broker = await stage.accept();
    await broker.expect5("CONNECT");
    await broker.send(auth(0x18, "SCRAM-SHA-256", first));
    if (first === SERVER_FIRST) {
      await broker.expect5("AUTH");
      const data = final === undefined ? {} : {
        authenticationMethod: "SCRAM-SHA-256",
        authenticationData: BYTES.encode(final),
      };
      await broker.send(connack5(false, 0, data));
    }
    const error = await connecting;
    assertEquals(error.code, "authentication");
    assertStringIncludes(error.message, says);
    await broker.expectClosed();
    assertEquals(stage.clock.pauses, []);
  });
}

/** Says what it was asked, in capitals. */
const SHOUT: Authentication = {
  method: "SHOUT",
  begin: () => ({
    step: (data) => BYTES.encode(data === undefined ? "HELLO" : TEXT.decode(data).toUpperCase()),
  }),
};

Deno.test("mqtt 5: a method of one's own, as many steps as the broker wants, and once more later", async () => {
  await using stage = new Stage();
  const client = stage.client({ protocol_version: 5 });
  const connecting = client.connect({ authentication: SHOUT });
  const broker = await stage.accept();
  assertEquals(dataOf(await broker.expect5("CONNECT")), "HELLO");
  for (const word of ["one", "two", "three"]) {
    await broker.send(auth(0x18, "SHOUT", word));
    assertEquals(dataOf(await broker.expect5("AUTH")), word.toUpperCase());
  }
  await broker.send(connack5(false));
  await connecting;
  const again = client.reauthenticate();
  const first = await broker.expect5("AUTH");
  assertEquals([first.reasonCode, dataOf(first)], [0x19, "HELLO"]);
  await settle(client, broker);
  await broker.send(auth(0x18, "SHOUT", "four"));
  assertEquals(dataOf(await broker.expect5("AUTH")), "FOUR");
  await broker.send(auth(0, "SHOUT", ""));
  await again;
});

for (const isAsked of [false, true]) {
  const title = isAsked ? "of another method" : "that no one asked for";
  Deno.test(`mqtt 5: AUTH ${title} ends the connection`, async () => {
    await using stage = new Stage();
    const client = stage.client({ protocol_version: 5 });
    const connecting = client.connect({ authentication: SHOUT });
    const { broker } = await stage.welcome5();
    await connecting;
    if (isAsked) {
      client.reauthenticate().catch(() => {}); // the end of the connection ends it
      await broker.expect5("AUTH");
    }
    await broker.send(auth(0x18, isAsked ? "OTHER" : "SHOUT", "x"));
    assertEquals((await broker.expect5("DISCONNECT")).reasonCode, 0x82);
    await broker.close();
    assertEquals((await endOf(client)).code, "protocol");
  });
}

Deno.test("mqtt 5: a re-authentication that the broker refuses, and one without a connection", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  assertEquals((await errorOf(client.reauthenticate())).code, "authentication");
  const again = errorOf(client.reauthenticate({ authentication: SHOUT }));
  await broker.expect5("AUTH");
  await broker.close();
  assertEquals((await again).code, "lost");
  const fresh = stage.client({ protocol_version: 5 });
  assertEquals((await errorOf(fresh.reauthenticate())).code, "closed");
});

Deno.test("mqtt 5: configured data that is not enough says so", async () => {
  await using stage = new Stage();
  const client = stage.client({
    connection: { authentication_method: "TOKEN", authentication_data: "secret" },
  });
  const connecting = errorOf(client.connect());
  const broker = await stage.accept();
  assertEquals(dataOf(await broker.expect5("CONNECT")), "secret");
  await broker.send(auth(0x18, "TOKEN", "more"));
  assertStringIncludes((await connecting).message, "asks for more of TOKEN");
  assertEquals(encodeBase64(BYTES.encode("n,,")), "biws");
});
