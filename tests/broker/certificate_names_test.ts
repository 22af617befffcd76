/** Names from certificates at CONNECT: what becomes of CONNECT's own, who is refused, whose sessions they are. */
import { assertEquals, assertMatch } from "@std/assert";
import type { PeerOptions } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { connect, DISCONNECT, publish, type RawConnect } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

const CERTIFICATE = {
  commonName: "d7",
  subject: "CN=d7,O=Org",
  emails: ["d7@example.org"],
  dnsNames: ["d7.local", "other.local"],
  uris: ["spiffe://example.org/device/d7"],
};

type Who = Partial<PeerOptions>;

/** A client that came with a certificate; its CONNACK's code and who it is then. */
async function arrive(it: ClockedBroker, who: Who, options: RawConnect = {}) {
  const stream = new FakeStream();
  const served = it.broker.accept(stream, { address: "192.0.2.7", ...who });
  stream.give(connect({ clientId: "claimed", username: "admin", ...options }));
  await until(() => stream.written.length >= 4, "CONNACK");
  const code = stream.written[3];
  const info = code === 0 ? it.broker.clients.at(-1) : undefined;
  return { stream, served, code, info, names: info && [info.clientId, info.username] };
}

const FIELDS = [
  ["cn", "d7"],
  ["dn", "CN=d7,O=Org"],
  ["san_email", "d7@example.org"],
  ["san_dns", "d7.local"],
  ["san_uri", "spiffe://example.org/device/d7"],
] as const;

Deno.test("the certificate's name replaces CONNECT's, field by field", async () => {
  await using it = await ClockedBroker.start();
  for (const [field, name] of FIELDS) {
    const peer = { certificate: CERTIFICATE, certAsUsername: field };
    assertEquals((await arrive(it, peer)).names, ["claimed", name]);
    const both = { certificate: CERTIFICATE, certAsClientid: field, certAsUsername: "cn" } as const;
    assertEquals((await arrive(it, both)).names, [name, "d7"]);
  }
});

Deno.test("a client id from a certificate needs none in CONNECT", async () => {
  await using it = await ClockedBroker.start();
  const peer = { certificate: CERTIFICATE, certAsClientid: "cn" } as const;
  const { names } = await arrive(it, peer, { clientId: "", cleanSession: false });
  assertEquals(names, ["d7", "admin"]);
});

const BARE = { commonName: "", subject: "" };

for (
  const [who, says] of [
    [{ certAsUsername: "cn" }, "its certificate has no single common name (cert_as_username: cn)"],
    [{ certAsUsername: "dn" }, "has no subject (cert_as_username: dn)"],
    [
      { certAsUsername: "san_dns" },
      "no DNS name in its subjectAltName (cert_as_username: san_dns)",
    ],
    [{ certAsClientid: "san_email" }, "no e-mail address in its subjectAltName (cert_as_clientid"],
    [
      { certAsClientid: "san_uri", certificate: { ...BARE, uris: ["spiffe://a-long-one"] } },
      "the URI in its subjectAltName of its certificate has 19 bytes, max_client_id_length is 16",
    ],
    [
      { certAsUsername: "cn", certificate: { ...BARE, commonName: "x".repeat(17) } },
      "common name of its certificate has 17 bytes, max_client_id_length is 16 (cert_as_username",
    ],
  ] as [Who, string][]
) {
  Deno.test(`refused: ${says}`, async () => {
    await using it = await ClockedBroker.start({ max_client_id_length: 16 });
    const { code, served } = await arrive(it, { certificate: BARE, ...who });
    await served;
    assertEquals(code, 5);
    assertEquals(it.logged(says).length, 1);
  });
}

Deno.test("without a certificate CONNECT's names stay, as claims", async () => {
  await using it = await ClockedBroker.start();
  const names = { certAsUsername: "cn", certAsClientid: "cn" } as const;
  const { info } = await arrive(it, names, { username: "d7" });
  assertEquals([info?.clientId, info?.username, info?.isNamedByCertificate], [
    "claimed",
    "d7",
    false,
  ]);
});

Deno.test("a session belongs to the certificate's name: who claims it gets another one", async () => {
  await using it = await ClockedBroker.start();
  const peer = { certificate: CERTIFICATE, certAsUsername: "cn" } as const;
  const options = { clientId: "c", cleanSession: false };
  const sessionPresent = async (who: Who, more: RawConnect = {}) => {
    const { stream, served } = await arrive(it, who, { ...options, ...more });
    const [, , present] = stream.written;
    stream.give(DISCONNECT);
    await served;
    return present === 1;
  };
  assertEquals(await sessionPresent(peer), false);
  assertEquals(await sessionPresent(peer), true);
  assertEquals(await sessionPresent({}, { username: "d7" }), false, "a claim");
  assertEquals(await sessionPresent(peer), false);
});

Deno.test("auth_cert lets a certificate's name in, alone no one else", async () => {
  const plugins = { auth_cert: null };
  await using it = await ClockedBroker.start({ plugins });
  const peer = { certificate: CERTIFICATE, certAsUsername: "cn" } as const;
  assertEquals((await arrive(it, peer)).names, ["claimed", "d7"]);
  assertEquals((await arrive(it, { certificate: CERTIFICATE })).code, 4);
  assertEquals((await arrive(it, {})).code, 4);
  assertEquals((await arrive(it, peer, { username: "", clientId: "c2" })).code, 0);
});

Deno.test("a device of uri_domain goes by its id: session, rights and all", async () => {
  const rules = [
    { permission: "allow", user: "d7", action: "all", topics: ["of/%u/#"] },
    { permission: "deny", all: true, action: "all", topics: "all" },
  ];
  const plugins = { auth_cert: { uri_domain: "example.org" }, acl_file: { rules } };
  await using it = await ClockedBroker.start({ plugins });
  const device = await arrive(it, { certificate: CERTIFICATE }, {
    clientId: "d7",
    username: "",
  });
  assertEquals(device.names, ["d7", "d7"]);
  const other = await arrive(it, { certificate: CERTIFICATE }, {
    clientId: "d8",
    username: "",
  });
  assertEquals(other.code, 5);
  assertMatch(
    it.logged("d8").at(-1)!,
    /auth_cert: the client id is not the one of its certificate, "d7"/,
  );
});

Deno.test("aMQTT's plugin lets in no one without a certificate, anonymous ones neither", async () => {
  const plugins = { "amqtt.contrib.cert.UserAuthCertPlugin": { uri_domain: "example.org" } };
  await using it = await ClockedBroker.start({ plugins });
  assertEquals((await arrive(it, {}, { username: "" })).code, 5);
  const device = { certificate: CERTIFICATE };
  assertEquals((await arrive(it, device, { clientId: "d7", username: "" })).code, 0);
});

Deno.test("rules, wills and explanations go by the certificate's names", async () => {
  const rules = [
    { permission: "allow", all: true, action: "publish", topics: ["user/%u", "id/%c", "cn/%C"] },
    { permission: "deny", all: true, action: "publish", topics: "all" },
  ];
  await using it = await ClockedBroker.start({ plugins: { acl_file: { rules } } });
  const reader = await it.open("reader");
  await reader.subscribed(["user/+", 0]);
  const peer = {
    certificate: CERTIFICATE,
    certAsUsername: "cn",
    certAsClientid: "san_dns",
  } as const;
  const topics = ["user/d7", "user/admin", "id/d7.local", "id/claimed", "cn/d7"];
  for (const will of ["user/admin", "user/d7"]) {
    const { stream, served } = await arrive(it, peer, {
      will: { topic: will, payload: "gone" },
    });
    const verdicts = await Promise.all(
      topics.map((topic) => it.broker.explain({ client: "d7.local", action: "publish", topic })),
    );
    assertEquals(verdicts.map(({ verdict }) => verdict), [
      "allow",
      "deny",
      "allow",
      "deny",
      "allow",
    ]);
    stream.give(publish("user/admin", "lie"));
    stream.give(publish("user/d7", "true"));
    await reader.gets("true/0");
    stream.end();
    await served;
  }
  await reader.gets("gone/0");
});
