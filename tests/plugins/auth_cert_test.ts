/** auth_cert: whom a certificate lets in, under which name. */
import { assertEquals, assertRejects } from "@std/assert";
import type { ClientView } from "../../mod.ts";
import authCert from "../../plugins/auth_cert.ts";
import { fakeClient, login, PluginHarness } from "../support/plugin_harness.ts";

const DEVICE = {
  commonName: "d7",
  subject: "CN=d7",
  uris: ["spiffe://example.org/device/d7", "spiffe://example.org/device/d8"],
};

async function answer(options: unknown, client: Partial<ClientView>): Promise<unknown> {
  const hooks = await new PluginHarness().setUp(authCert, options);
  return await hooks.authenticate?.({ ...login(), client: fakeClient(client) });
}

const URI = { uri_domain: "example.org" };
const ALLOWED = {
  result: "allow",
  username: "d7",
  because: "its certificate has this client id",
};

/** Options, client, answer. */
const TABLE: [title: string, options: unknown, client: Partial<ClientView>, unknown][] = [
  ["no certificate", URI, { clientId: "d7" }, undefined],
  ["the device", URI, { clientId: "d7", certificate: DEVICE }, ALLOWED],
  [
    "its name is its username",
    URI,
    { clientId: "d7", username: "d7", certificate: DEVICE },
    ALLOWED,
  ],
  ["another client id", URI, { clientId: "d8", certificate: DEVICE }, {
    result: "deny",
    because: 'the client id is not the one of its certificate, "d7"',
  }],
  ["another username", URI, { clientId: "d7", username: "admin", certificate: DEVICE }, {
    result: "deny",
    because: 'its certificate is for "d7", expected no other username',
  }],
  [
    "its username is its certificate's",
    URI,
    { clientId: "d7", username: "CN=d7", isNamedByCertificate: true, certificate: DEVICE },
    { result: "allow", because: "its certificate has this client id" },
  ],
  [
    "another domain",
    { uri_domain: "example.com" },
    { clientId: "d7", certificate: DEVICE },
    undefined,
  ],
  ["a domain is not its beginning", { uri_domain: "example" }, {
    clientId: "d7",
    certificate: DEVICE,
  }, undefined],
  ["no URI", URI, { clientId: "d7", certificate: { ...DEVICE, uris: undefined } }, undefined],
  ["an empty id", URI, {
    clientId: "c",
    certificate: { ...DEVICE, uris: ["spiffe://example.org/device/"] },
  }, { result: "deny", because: 'the client id is not the one of its certificate, ""' }],
  ["without uri_domain: the certificate's name", {}, {
    username: "d7",
    isNamedByCertificate: true,
    certificate: DEVICE,
  }, { result: "allow", because: "the username is its certificate's" }],
  ["without uri_domain: a claimed name", {}, { username: "d7", certificate: DEVICE }, undefined],
  ["without uri_domain: no certificate", {}, { username: "d7" }, undefined],
  ["required: no certificate", { ...URI, required: true }, { clientId: "d7" }, {
    result: "deny",
    because: "it has no certificate whose first URI is spiffe://example.org/device/ID",
  }],
  [
    "required: the device",
    { ...URI, required: true },
    { clientId: "d7", certificate: DEVICE },
    ALLOWED,
  ],
  ["required: a claimed name", { required: true }, { username: "d7", certificate: DEVICE }, {
    result: "deny",
    because: "it has no certificate that names its user (cert_as_username)",
  }],
];

for (const [title, options, client, expected] of TABLE) {
  Deno.test(`auth_cert: ${title}`, async () => {
    assertEquals(await answer(options, client), expected);
  });
}

Deno.test("auth_cert says when no client can come with a certificate", async () => {
  for (
    const [asksForCertificates, says] of [[true, undefined], [
      false,
      "no listener asks clients for certificates (ssl, cafile and verify_client)",
    ]] as const
  ) {
    const hooks = await new PluginHarness({ asksForCertificates }).setUp(authCert, {});
    assertEquals(hooks.admitsNoOne?.(), says);
  }
});

Deno.test("auth_cert: wrong options are errors that say what was expected", async () => {
  await assertRejects(
    () => new PluginHarness().setUp(authCert, { uri_domain: "spiffe://example.org" }),
    Error,
    'plugins.auth_cert.uri_domain: got "spiffe://example.org", expected a domain such as example.org',
  );
});
