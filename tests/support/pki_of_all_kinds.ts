/** One certificate and one list of every kind that a listener may meet. Invariant: a name here is the name of its files. */
import { AUTHORITY, CLIENT, Pki } from "./pki.ts";

const P384 = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const PSS = ["rsa_padding_mode:pss", "rsa_pss_saltlen:32"];

let made: Promise<Pki> | undefined;

/** All of them; made once for a file of tests, in a few seconds, and removed with it. */
export function pkiOfAllKinds(): Promise<Pki> {
  return made ??= make();
}

async function make(): Promise<Pki> {
  const pki = await Pki.make();
  const issue = pki.issue.bind(pki);
  const root = { subject: "/O=Org/CN=ca", extensions: AUTHORITY };
  const ended = { until: "20260102000000Z" };
  await issue({ name: "ca", ...root });
  await issue({ name: "twin", ...root });
  for (const name of ["foreign", "forger"]) await issue({ name, extensions: AUTHORITY });
  await issue({ name: "selfsigned", extensions: CLIENT });

  const authority = (name: string, extensions: readonly string[] = AUTHORITY, more = {}) =>
    issue({ name, issuer: "ca", extensions, ...more });
  const usage = "keyUsage=critical,keyCertSign,cRLSign";
  for (const name of ["sub", "badsub"]) await authority(name);
  await authority("oldsub", AUTHORITY, ended);
  await authority("renewed", AUTHORITY, { subject: "/O=Org/CN=ca" });
  await authority("serversub", [...AUTHORITY, "extendedKeyUsage=serverAuth"]);
  await authority("nosign", ["basicConstraints=CA:TRUE", "keyUsage=critical,cRLSign"]);
  await authority("nolist", ["basicConstraints=CA:TRUE", "keyUsage=critical,keyCertSign"]);
  await authority("short", ["basicConstraints=critical,CA:TRUE,pathlen:0", usage]);
  await authority("sha1sub", AUTHORITY, { digest: "sha1" });
  await authority("small", AUTHORITY, {
    key: ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
  });
  await authority("constrained", [...AUTHORITY, "nameConstraints=permitted;DNS:.example.org"]);
  await issue({ name: "deep", issuer: "short", extensions: AUTHORITY });
  await issue({ name: "forged", issuer: "twin", extensions: AUTHORITY });

  const client = (name: string, issuer = "ca", more = {}) =>
    issue({ name, issuer, extensions: CLIENT, ...more });
  for (const name of ["client", "revoked"]) await client(name);
  for (const name of ["subclient", "revokedsub"]) await client(name, "sub");
  for (
    const issuer of [
      ...["oldsub", "badsub", "renewed", "serversub", "nosign", "nolist", "short", "sha1sub"],
      ...["small", "constrained", "deep", "forged", "foreign", "twin"],
    ]
  ) await client(`${issuer}client`, issuer);
  await client("leafsigned", "client");
  await client("expired", "ca", ended);
  await client("future", "ca", { from: "20270102000000Z" });
  await client("far", "ca", { until: "20600101000000Z" });
  await client("sha1", "ca", { digest: "sha1" });
  await client("v1", "ca", { extensions: undefined });
  const withExtensions = (name: string, ...extensions: string[]) =>
    client(name, "ca", { extensions });
  await withExtensions("anyuse", "basicConstraints=CA:FALSE");
  await withExtensions("anyeku", "extendedKeyUsage=2.5.29.37.0");
  await withExtensions("server", "extendedKeyUsage=serverAuth");
  await withExtensions("mail", "extendedKeyUsage=emailProtection");
  await withExtensions("encipher", "keyUsage=critical,keyEncipherment");
  await withExtensions("critical", ...CLIENT, "1.2.3.4=critical,DER:05:00");
  await withExtensions("uncritical", ...CLIENT, "1.2.3.4=DER:05:00");

  const otherRoot = (name: string, key: readonly string[], digest: string) =>
    issue({ name, extensions: AUTHORITY, key, digest });
  await otherRoot(
    "rsaca",
    ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "sha512",
  );
  await otherRoot("p384ca", P384, "sha384");
  await otherRoot("edca", ["genpkey", "-algorithm", "ed25519"], "default");
  await client("rsa", "rsaca", {
    key: ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    digest: "sha512",
  });
  await client("pss", "rsaca", { signing: PSS });
  await client("otherpss", "rsaca", { signing: ["rsa_padding_mode:pss", "rsa_pss_saltlen:20"] });
  await client("md5", "rsaca", { digest: "md5" });
  await client("p384", "p384ca", { digest: "sha384" });
  await client("ed25519", "edca", { digest: "default" });
  await makeLists(pki);
  addEventListener("unload", () => pki.remove());
  return pki;
}

async function makeLists(pki: Pki): Promise<void> {
  await pki.list("empty", "ca", [], { from: "20260430000000Z" });
  await pki.list("ca", "ca", ["revoked", "badsub"]);
  await pki.list("newer", "ca", [], { from: "20260502000000Z" });
  await pki.list("outdated", "ca", [], { until: "20260520000000Z" });
  await pki.list("early", "ca", [], { from: "20260615000000Z" });
  await pki.list("sha1", "ca", [], { digest: "sha1" });
  await pki.list("twin", "twin", []);
  await pki.list("sub", "sub", ["revokedsub"]);
  await pki.list("badsub", "badsub", []);
  await pki.list("nolist", "nolist", []);
}
