/** `acme` of a listener: what is read, where its files stand, and the sentence for each mistake. */
import { assertEquals } from "@std/assert";
import { problemsOf, read } from "./read.ts";

const tlsOf = (text: string, name = "a") =>
  read(`listeners: ${text}`).listeners.find((one) => one.name === name)?.tls;

Deno.test("acme: names, defaults, and the files that the listener follows", () => {
  const tls = tlsOf(
    "{a: {ssl: on, bind: 8883, acme: {domains: [MQTT.Example.org, mqtt.example.org, bücher.example]}}}",
  );
  const accountFolder = "/conf/data/acme/acme-v02.api.letsencrypt.org_directory";
  const folder = `${accountFolder}/mqtt.example.org`;
  assertEquals(tls?.acme, {
    domains: ["mqtt.example.org", "xn--bcher-kva.example"],
    email: undefined,
    directory: "https://acme-v02.api.letsencrypt.org/directory",
    httpPort: 80,
    cafile: undefined,
    externalAccount: undefined,
    accountFolder,
    folder,
  });
  assertEquals(tls?.certificates, [{
    certfile: `${folder}/cert.pem`,
    keyfile: `${folder}/key.pem`,
    keyPassphrase: undefined,
  }]);
});

Deno.test("acme: every key", () => {
  const acme = tlsOf(
    "{a: {ssl: on, acme: {domains: [a.test], email: me@a.test, directory: 'https://ca.test:9000/acme/dir', " +
      "http_port: 8080, cafile: ca.crt, eab_kid: k, eab_hmac_key: c2VjcmV0}}}",
  )?.acme;
  assertEquals(acme, {
    domains: ["a.test"],
    email: "me@a.test",
    directory: "https://ca.test:9000/acme/dir",
    httpPort: 8080,
    cafile: "/conf/ca.crt",
    externalAccount: { keyId: "k", hmacKey: "c2VjcmV0" },
    accountFolder: "/conf/data/acme/ca.test_9000_acme_dir",
    folder: "/conf/data/acme/ca.test_9000_acme_dir/a.test",
  });
});

Deno.test("acme: the staging directory has folders of its own", () => {
  const acme = tlsOf("{a: {ssl: on, acme: {domains: [a.test], directory: staging}}}")?.acme;
  assertEquals(acme?.directory, "https://acme-staging-v02.api.letsencrypt.org/directory");
  assertEquals(
    acme?.folder,
    "/conf/data/acme/acme-staging-v02.api.letsencrypt.org_directory/a.test",
  );
});

Deno.test("acme: what is nearer wins: a listener's own files or its own acme", () => {
  const text = "{default: {ssl: on, bind: 8883, acme: {domains: [a.test]}}, " +
    "a: {bind: 8884, certfile: c, keyfile: k}, b: {bind: 8885}}";
  assertEquals(tlsOf(text)?.acme, undefined);
  assertEquals(tlsOf(text)?.certificates[0]?.certfile, "/conf/c");
  assertEquals(tlsOf(text, "b")?.acme?.domains, ["a.test"]);
  const other = "{default: {ssl: on, bind: 8883, certfile: c, keyfile: k}, " +
    "a: {bind: 8884, acme: {domains: [a.test]}}}";
  assertEquals(tlsOf(other)?.acme?.domains, ["a.test"]);
  assertEquals(tlsOf(other)?.certificates.length, 1);
  const off = "{default: {ssl: on, bind: 8883, acme: {domains: [a.test]}}, " +
    "a: {bind: 8884, ssl: off}}";
  assertEquals(tlsOf(off), undefined);
});

Deno.test("acme: further certificates stand behind it", () => {
  const tls = tlsOf(
    "{a: {ssl: on, acme: {domains: [a.test]}, certificates: [{certfile: c, keyfile: k}]}}",
  );
  assertEquals(tls?.certificates.map(({ keyfile }) => keyfile.split("/").at(-1)), ["key.pem", "k"]);
});

const AT = "c.yaml: listeners.a.acme";
const NAMES = 'a list of names such as ["mqtt.example.org"]';
const MISTAKES: readonly [acme: string, ...problems: string[]][] = [
  ["{}", `${AT}.domains: expected the names that the certificate is for`],
  ["{domains: []}", `${AT}.domains: got [], expected ${NAMES}`],
  ["{domains: a.test}", `${AT}.domains: got "a.test", expected ${NAMES}`],
  ["{domains: [7]}", `${AT}.domains: got 7, expected ${NAMES}`],
  [
    "{domains: ['*.a.test']}",
    `${AT}.domains: got "*.a.test", a wildcard, which http-01 cannot prove; expected the name of each host`,
  ],
  ...["192.0.2.7", "2001:db8::1", "a.test:80"].map((name): [string, string] => [
    `{domains: ["${name}"]}`,
    `${AT}.domains: got "${name}", an address, or a name with a port; expected a name such as mqtt.example.org`,
  ]),
  ...["a b", "a/b", "-a.test", "a..test", "a_b.test", "me@a.test", ""].map((
    name,
  ): [string, string] => [
    `{domains: ["${name}"]}`,
    `${AT}.domains: got "${name}", expected a name such as mqtt.example.org`,
  ]),
  [
    `{domains: [${Array.from({ length: 101 }, (_, index) => `a${index}.test`).join()}]}`,
    `${AT}.domains: got 101 names, expected 100 at most`,
  ],
  [
    "{domains: [a.test], directory: 'http://ca.test/dir'}",
    `${AT}.directory: got "http://ca.test/dir", expected letsencrypt, staging (of Let's Encrypt, for trying ` +
    "out), or the https URL of a directory",
  ],
  ["{domains: [a.test], http_port: 0}", `${AT}.http_port: got 0, expected a port from 1 to 65535`],
  [
    "{domains: [a.test], tls_port: 443}",
    `${AT}.tls_port: tls-alpn-01 is not done here; expected http_port: names are proven by http-01`,
  ],
  [
    "{domains: [a.test], eab_kid: k}",
    `${AT}: expected eab_kid and eab_hmac_key, or neither: one goes with the other`,
  ],
  [
    "{domains: [a.test], eab_kid: k, eab_hmac_key: 'no secret!'}",
    `${AT}.eab_hmac_key: got a text, expected a text in base64url, as the authority shows it`,
  ],
  [
    "{domain: [a.test]}",
    `${AT}.domain: unknown key; did you mean domains? Known keys: domains, email, directory, http_port, ` +
    "tls_port, cafile, eab_kid, eab_hmac_key",
  ],
];

for (const [acme, ...problems] of MISTAKES) {
  Deno.test(`acme: a mistake: ${acme.slice(0, 60)}`, () => {
    assertEquals(problemsOf(`listeners: {a: {ssl: on, bind: 8883, acme: ${acme}}}`), problems);
  });
}

Deno.test("acme: files beside it", () => {
  const files = "certfile: c, keyfile: k, acme: {domains: [a.test]}";
  const problem = "expected either this or certfile and keyfile: both are given";
  assertEquals(problemsOf(`listeners: {a: {ssl: on, ${files}}}`), [`${AT}: ${problem}`]);
});

Deno.test("acme: a port that a listener has", () => {
  for (const bind of ["80", '"127.0.0.1:80"', '"[::1]:80"', '"localhost:80"']) {
    const text =
      `listeners: {a: {ssl: on, bind: 8883, acme: {domains: [a.test]}}, web: {type: ws, bind: ${bind}}}`;
    assertEquals(problemsOf(text), [`${AT}.http_port: 80 belongs to listener web`]);
  }
});

Deno.test("acme: two sections of one folder that differ", () => {
  const section = (more: string) =>
    `{ssl: on, bind: ${8880 + more.length}, acme: {domains: [${more}]}}`;
  const text = `listeners: {b: ${section("a.test")}, a: ${section("a.test, b.test")}}`;
  assertEquals(problemsOf(text), [
    `${AT}: begins with a.test, as that of listener b does; expected the same keys`,
  ]);
});

Deno.test("acme: without ssl it is not used, and that is said", () => {
  const { warnings } = read("listeners: {a: {acme: {domains: [a.test]}}}");
  assertEquals(warnings, [`${AT}: is for a listener with ssl: true; not used`]);
});
