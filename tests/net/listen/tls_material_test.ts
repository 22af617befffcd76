/** A TLS listener's files: every mistake is one line that names the key and the file, and is found before anyone connects. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { TlsConfig } from "../../../lib/config/types.ts";
import { ListenerKeyError } from "../../../lib/net/listen/listener_error.ts";
import { readTlsMaterial } from "../../../lib/net/listen/tls_material.ts";
import { withTls } from "../../../lib/net/listen/tls_runtime.ts";
import { normalizeConfig } from "../../../lib/config/normalize.ts";
import { optionalTest } from "../../support/optional.ts";
import { AUTHORITY, missingOpenssl, openssl, Pki, PKI_NOW } from "../../support/pki.ts";

const PLAIN: Omit<TlsConfig, "certificates"> = {
  cafile: undefined,
  capath: undefined,
  cadata: undefined,
  crlfile: undefined,
  verifyClient: "none",
  minVersion: "1.2",
  alpn: undefined,
};

interface Given extends Partial<TlsConfig> {
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
}

/** What reading says: its warnings, or its problems. Files are in the folder. */
async function said(pki: Pki, given: Given = {}): Promise<readonly string[]> {
  const { cert = "server.pem", key = "server.key", passphrase, ...others } = given;
  const at = (name: string) => `${pki.folder}/${name}`;
  const certificates = [{ certfile: at(cert), keyfile: at(key), keyPassphrase: passphrase }];
  const short = (line: string) => line.replaceAll(`${pki.folder}/`, "");
  try {
    return (await readTlsMaterial({ ...PLAIN, certificates, ...others }, PKI_NOW)).warnings
      .map(short);
  } catch (cause) {
    if (!(cause instanceof ListenerKeyError)) throw cause;
    return cause.problems.map(short);
  }
}

async function madePki(): Promise<Pki> {
  const pki = await Pki.make();
  await pki.issue({ name: "root", extensions: AUTHORITY });
  const extensions = ["subjectAltName=DNS:example.org,DNS:*.example.org"];
  await pki.issue({ name: "server", issuer: "root", extensions });
  await pki.issue({ name: "later", issuer: "root", extensions, from: "20270101000000Z" });
  for (const name of ["server", "later"]) await Deno.chmod(`${pki.folder}/${name}.key`, 0o600);
  return pki;
}

optionalTest(missingOpenssl(), "good files have their names and nothing to say", async () => {
  using pki = await madePki();
  assertEquals(await said(pki), []);
  const file = { certfile: `${pki.folder}/server.pem`, keyfile: `${pki.folder}/server.key` };
  const { certificates: [one] } = await readTlsMaterial(
    { ...PLAIN, certificates: [{ ...file, keyPassphrase: undefined }] },
    PKI_NOW,
  );
  assertEquals([one?.title, one?.names], ["example.org", ["example.org", "*.example.org"]]);
  assertEquals(one?.notAfter, Date.UTC(2035, 0, 1));
});

optionalTest(missingOpenssl(), "every mistake of certificate and key is one line", async () => {
  using pki = await madePki();
  const write = (name: string, text: string) => Deno.writeTextFile(`${pki.folder}/${name}`, text);
  const head = "-----BEGIN CERTIFICATE-----\n";
  await write("garbage", "garbage");
  await write("damaged", `${head}AAAA\n-----END CERTIFICATE-----\n`);
  await write("badkey", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  const rows: [Given, RegExp][] = [
    [{ cert: "none.pem" }, /^certfile: none\.pem: no such file$/],
    [{ cert: "garbage" }, /^certfile: garbage: expected PEM text/],
    [{ cert: "server.key" }, /^certfile: server\.key: expected a certificate in PEM/],
    [{ cert: "damaged" }, /^certfile: damaged: cannot be used as a certificate/],
    [{ key: "none.key" }, /^keyfile: none\.key: no such file$/],
    [{ key: "server.pem" }, /^keyfile: server\.pem: expected a private key in PEM/],
    [{ key: "badkey" }, /^keyfile: badkey: cannot be used as a key/],
    [{ key: "root.key" }, /^keyfile: root\.key: is not the key of server\.pem: expected the one/],
  ];
  for (const [given, expected] of rows) {
    const lines = await said(pki, given);
    assertEquals(lines.length, 1, lines.join("\n"));
    assertMatch(lines[0]!, expected);
  }
  const both = await said(pki, { cert: "none.pem", key: "none.key" });
  assertEquals(both.length, 2, "both are said at once");
});

optionalTest(
  missingOpenssl(),
  "an encrypted key: none, a wrong and the right passphrase",
  async () => {
    using pki = await madePki();
    await openssl(
      [
        "pkcs8",
        "-topk8",
        "-v2",
        "aes-256-cbc",
        "-in",
        "server.key",
        "-out",
        "aes.key",
        "-passout",
        "pass:secret",
      ],
      pki.folder,
    );
    await openssl(
      [
        "pkcs8",
        "-topk8",
        "-v2",
        "des3",
        "-in",
        "server.key",
        "-out",
        "des.key",
        "-passout",
        "pass:secret",
      ],
      pki.folder,
    );
    assertEquals(await said(pki, { key: "aes.key" }), [
      "keyfile: aes.key: the key is encrypted: expected key_passphrase",
    ]);
    assertEquals(await said(pki, { key: "aes.key", passphrase: "wrong" }), [
      "keyfile: aes.key: key_passphrase is wrong: it does not open it",
    ]);
    assertMatch((await said(pki, { key: "des.key", passphrase: "secret" })).join(), /expected AES/);
    assertEquals(await said(pki, { key: "aes.key", passphrase: "secret" }), []);
  },
);

optionalTest(
  missingOpenssl(),
  "what TLS cannot serve is refused: a small RSA key, a rare curve",
  async () => {
    using pki = await madePki();
    await pki.issue({
      name: "small",
      key: ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    });
    assertMatch(
      (await said(pki, { cert: "small.pem", key: "small.key" })).join(),
      /^keyfile: small\.key: got a key of kind rsa 1024, expected RSA of 2048 bits/,
    );
    const rare = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"];
    await pki.issue({ name: "rare", key: rare });
    assertMatch(
      (await said(pki, { cert: "rare.pem", key: "rare.key" })).join(),
      /^keyfile: rare\.key: got a key of kind ec secp256k1, expected RSA of 2048 bits/,
    );
  },
);

optionalTest(
  missingOpenssl(),
  "doubtful things are warnings: dates, the chain's order, an open key",
  async () => {
    using pki = await madePki();
    assertMatch(
      (await said(pki, { cert: "later.pem", key: "later.key" })).join(),
      /^later\.pem: the certificate is valid from 2027-01-01 on, not yet/,
    );
    await pki.issue({ name: "other", extensions: AUTHORITY });
    await Deno.writeTextFile(`${pki.folder}/chain`, pki.read("server.pem") + pki.read("other.pem"));
    assertMatch(
      (await said(pki, { cert: "chain" })).join(),
      /^chain: certificate 2 in it has not signed/,
    );
    await Deno.writeTextFile(`${pki.folder}/good`, pki.read("server.pem") + pki.read("root.pem"));
    assertEquals(await said(pki, { cert: "good" }), []);
    await Deno.chmod(`${pki.folder}/server.key`, 0o644);
    assertMatch(
      (await said(pki)).join(),
      /^server\.key: every user of this machine can read the key/,
    );
  },
);

optionalTest(
  missingOpenssl(),
  "authorities and lists that cannot be used are said by their key",
  async () => {
    using pki = await madePki();
    const asks = { verifyClient: "optional", cafile: `${pki.folder}/root.pem` } as const;
    assertEquals(await said(pki, asks), []);
    assertMatch(
      (await said(pki, { ...asks, cafile: "/none" })).join(),
      /^cafile: \/none: no such file$/,
    );
    assertMatch(
      (await said(pki, { ...asks, capath: "/none" })).join(),
      /^capath: \/none: no such file$/,
    );
    assertMatch((await said(pki, { ...asks, cadata: "x" })).join(), /^cadata: expected PEM text/);
    assertMatch(
      (await said(pki, { ...asks, crlfile: asks.cafile })).join(),
      /^crlfile: root\.pem: expected a revocation list in PEM/,
    );
    assertMatch(
      (await said(pki, { verifyClient: "optional", cafile: `${pki.folder}/server.pem` })).join(),
      /^cafile: server\.pem: cannot be used: /,
    );
  },
);

Deno.test("a Deno that cannot serve TLS is refused, with what to do", async () => {
  const options = { ssl: true, certfile: "a", keyfile: "b" };
  const { listeners: [config] } = normalizeConfig({ listeners: { default: options } }, {
    directory: "/",
  });
  await assertRejects(
    () => Promise.resolve().then(() => withTls(config!, "2.6.10")),
    ListenerKeyError,
    "Deno 2.6.10, which cannot serve TLS; expected Deno 2.9 or newer",
  );
  for (const good of ["2.9.0", "2.10.1", "3.0.0"]) {
    assertEquals(withTls(config!, good), config!.tls);
  }
});
