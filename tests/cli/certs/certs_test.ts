/** `midge certs`: what the files say, read by another implementation (node:crypto), and what is refused. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import "reflect-metadata";
import { createPrivateKey, generateKeyPairSync, KeyObject, X509Certificate } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";
import { issueLeaf } from "../../../lib/cli/certs/issue.ts";
import { run } from "../../../lib/cli/certs.ts";
import { writeEllipticAuthority } from "../../support/elliptic_authority.ts";
import { UserError } from "../../../lib/user_error.ts";
import { UsageError } from "../../../lib/cli/usage_error.ts";

const DAY_MS = 86_400_000;

/** Runs the command quietly. */
async function certs(...args: string[]): Promise<void> {
  assertEquals(await run(args), 0);
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "midge-certs-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function read(path: string): Promise<X509Certificate> {
  return new X509Certificate(await Deno.readTextFile(path));
}

/** Whole days of validity, counted from now. */
function days(certificate: X509Certificate): number {
  return Math.round((Date.parse(certificate.validTo) - Date.now()) / DAY_MS);
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(() => new Error("fulfilled"), (error) => error);
}

Deno.test("certs: authority, server and device as aMQTT makes them, with private keys", async () => {
  await inFolder(async (folder) => {
    const place = ["--output-dir", folder];
    const authority = ["--ca-crt", `${folder}/ca.crt`, "--ca-key", `${folder}/ca.key`];
    const who = ["--country", "de", "--org-name", "Org, Inc."];
    await certs("ca", "--cn", "My CA", "--state", "S", "--locality", "L", ...who, ...place);
    await certs("server", "--cn", "broker.example", ...who, ...place, ...authority);
    const device = ["--device-id", "dev-1", "--uri", "example.org"];
    await certs("device", ...device, ...who, ...place, ...authority);

    const ca = await read(`${folder}/ca.crt`);
    assert(ca.ca && ca.checkIssued(ca) && ca.verify(ca.publicKey));
    assertEquals(ca.subject.split("\n"), ["C=DE", "ST=S", "L=L", "O=Org, Inc.", "CN=My CA"]);
    assertEquals(ca.publicKey.asymmetricKeyDetails?.modulusLength, 4096);
    assertEquals(days(ca), 3650);

    const server = await read(`${folder}/server.crt`);
    assert(!server.ca && server.checkIssued(ca) && server.verify(ca.publicKey));
    assertEquals(server.subjectAltName, "DNS:broker.example, IP Address:127.0.0.1");
    assertEquals(days(server), 365);

    const made = await read(`${folder}/dev-1.crt`);
    assert(made.verify(ca.publicKey));
    assertEquals(made.subjectAltName, "URI:spiffe://example.org/device/dev-1, DNS:dev-1.local");
    for (const name of ["ca", "server", "dev-1"]) {
      assertEquals((await Deno.stat(`${folder}/${name}.key`)).mode! & 0o777, 0o600);
    }
  });
});

Deno.test("certs: an authority whose key is PKCS #1, as aMQTT writes it, signs as well", async () => {
  await inFolder(async (folder) => {
    const place = ["--output-dir", folder];
    await certs("ca", "--cn", "My CA", ...place);
    const key = createPrivateKey(await Deno.readTextFile(`${folder}/ca.key`));
    const pkcs1 = key.export({ type: "pkcs1", format: "pem" }) as string;
    await Deno.writeTextFile(`${folder}/pkcs1.key`, pkcs1);
    const authority = ["--ca-crt", `${folder}/ca.crt`, "--ca-key", `${folder}/pkcs1.key`];
    await certs("server", "--cn", "192.0.2.7", ...place, ...authority);
    const ca = await read(`${folder}/ca.crt`);
    const server = await read(`${folder}/server.crt`);
    assert(server.verify(ca.publicKey));
    assertEquals(server.subjectAltName, "IP Address:192.0.2.7, IP Address:127.0.0.1");
  });
});

Deno.test("certs: an authority with an elliptic curve signs as well", async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({ name: "CN=ec", keys });
  const key = KeyObject.from(keys.privateKey).export({ type: "sec1", format: "pem" }) as string;
  const request = {
    subject: { commonName: "a" },
    use: "server",
    names: [{ type: "dns", value: "a" }],
    days: 1,
  } as const;
  const made = await issueLeaf(request, { certificate: certificate.toString("pem"), key });
  const authority = new X509Certificate(certificate.toString("pem"));
  assert(new X509Certificate(made.certificate).verify(authority.publicKey));
});

Deno.test("certs: files that are there stay, unless --force is given", async () => {
  await inFolder(async (folder) => {
    const args = ["ca", "--cn", "My CA", "--output-dir", `${folder}/new/deep`];
    await certs(...args);
    const before = await Deno.readTextFile(`${folder}/new/deep/ca.key`);
    const error = await errorOf(run(args));
    assert(error instanceof UserError);
    assertStringIncludes(error.message, "ca.key: exists already");
    assertEquals(await Deno.readTextFile(`${folder}/new/deep/ca.key`), before);
    await certs(...args, "--force");
    assert(await Deno.readTextFile(`${folder}/new/deep/ca.key`) !== before);
  });
});

Deno.test("certs: an authority that is none is named", async () => {
  await inFolder(async (folder) => {
    await certs("ca", "--cn", "My CA", "--output-dir", folder);
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const other = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    await Deno.writeTextFile(`${folder}/other.key`, other);
    await Deno.writeTextFile(`${folder}/nonsense`, "nonsense");
    const server = (crt: string, key: string) =>
      errorOf(run([
        ...["server", "--cn", "a", "--output-dir", folder],
        ...["--ca-crt", `${folder}/${crt}`, "--ca-key", `${folder}/${key}`],
      ]));
    const cases = [
      ["absent", "ca.key", "no such file"],
      ["nonsense", "ca.key", "no PEM certificate"],
      ["ca.crt", "nonsense", "no unencrypted PEM private key"],
      ["ca.crt", "other.key", "not the one of its certificate"],
    ] as const;
    for (const [crt, key, says] of cases) {
      const error = await server(crt, key);
      assert(error instanceof UserError, error.message);
      assertStringIncludes(error.message, says);
    }
  });
});

Deno.test("certs: a server has several names and addresses, each once", async () => {
  await inFolder(async (folder) => {
    const place = ["--output-dir", folder];
    const authority = await writeEllipticAuthority(folder);
    const names = ["*.example.org", "192.0.2.7", "2001:db8::1", "localhost", "a.example"];
    const more = names.flatMap((name) => ["--san", name]);
    await certs("server", "--cn", "a.example", ...more, ...place, ...authority);
    const { subject, subjectAltName } = await read(`${folder}/server.crt`);
    assertEquals(subject, "CN=a.example");
    assertEquals(
      subjectAltName,
      "DNS:a.example, DNS:*.example.org, IP Address:192.0.2.7, IP Address:2001:db8::1, " +
        "DNS:localhost, IP Address:127.0.0.1",
    );
  });
});

const WRONG: readonly [args: string[], says: string][] = [
  [[], "ca, server, device or revoke is missing"],
  [["client"], 'got "client", expected ca, server, device or revoke'],
  [["ca"], "--cn is missing"],
  [["device", "--device-id", "a"], "--uri is missing"],
  [["device", "--device-id", "../x", "--uri", "a"], "--device-id got"],
  [["ca", "--cn", "a", "--country", "Germany"], "expected two letters"],
  [["ca", "--cn", "a", "--days", "0"], "expected 1 to 36500"],
  [["ca", "--cn", "a", "b"], 'unexpected argument "b"'],
  [["server", "--cn", "host:8883"], '--cn got "host:8883", expected a host name, a wildcard'],
  [["server", "--cn", "a", "--san", "a b"], '--san got "a b", expected a host name, a wildcard'],
];

for (const [args, says] of WRONG) {
  Deno.test(`certs: ${args.join(" ") || "nothing"} is not understood`, async () => {
    const error = await errorOf(run(args));
    assert(error instanceof UsageError, error.message);
    assertStringIncludes(error.message, says);
  });
}
