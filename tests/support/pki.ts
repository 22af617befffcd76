/**
 * Certificates of every kind for tests, made by openssl for one run: authorities, clients, revocation lists. Invariant:
 * all dates are fixed, so a test says at which time it looks at them.
 */
import { DerReader } from "../../lib/x509/der.ts";
import { pemBlocks } from "../../lib/pem.ts";

/** A time at which what nothing else is said of is valid. */
export const PKI_NOW = Date.UTC(2026, 5, 1);

/** What is to be made. */
export interface CertificateRequest {
  /** Of its files; also how others refer to it. */
  readonly name: string;
  /** `/CN=a/O=b`; default `/CN=NAME`. */
  readonly subject?: string;
  /** The name of who signs; absent: it signs itself. */
  readonly issuer?: string;
  /** Lines of openssl's extensions; none: X.509 version 1. */
  readonly extensions?: readonly string[];
  /** `20250101000000Z`. */
  readonly from?: string;
  readonly until?: string;
  /** Default sha256. */
  readonly digest?: string;
  /** Arguments that make its key; default: P-256. */
  readonly key?: readonly string[];
  /** The name whose key it has; absent: one of its own. */
  readonly keyOf?: string;
  /** How it is signed: of RSA-PSS. */
  readonly signing?: readonly string[];
}

/** Extensions of an authority. */
export const AUTHORITY = [
  "basicConstraints=critical,CA:TRUE",
  "keyUsage=critical,keyCertSign,cRLSign",
];
/** Extensions of a client. */
export const CLIENT = [
  "basicConstraints=critical,CA:FALSE",
  "keyUsage=critical,digitalSignature",
  "extendedKeyUsage=clientAuth",
];

const P256 = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/** Runs openssl; rejects with what it says. @returns what it wrote, both ways */
export async function openssl(args: readonly string[], cwd: string): Promise<string> {
  const { success, output } = await tryOpenssl(args, cwd);
  if (!success) throw new Error(`openssl ${args.join(" ")}: ${output}`);
  return output;
}

/** The same, and whether it succeeded. */
export async function tryOpenssl(
  args: readonly string[],
  cwd: string,
): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command("openssl", { args: [...args], cwd })
    .output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** A folder of certificates. */
export class Pki implements Disposable {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Pki> {
    return new Pki(await Deno.makeTempDir({ prefix: "midge-pki-" }));
  }

  /** Makes NAME.key and NAME.pem. */
  async issue(request: CertificateRequest): Promise<void> {
    const { name, subject = `/CN=${name}`, issuer = name, extensions, digest = "sha256" } = request;
    const { from = "20250101000000Z", until = "20350101000000Z", key = P256 } = request;
    const { keyOf, signing = [] } = request;
    if (keyOf === undefined) await openssl([...key, "-out", `${name}.key`], this.folder);
    else await Deno.copyFile(`${this.folder}/${keyOf}.key`, `${this.folder}/${name}.key`);
    await openssl(
      ["req", "-new", "-utf8", "-key", `${name}.key`, "-subj", subject, "-out", `${name}.csr`],
      this.folder,
    );
    await openssl([
      ...["ca", "-batch", "-preserveDN", "-notext", "-md", digest],
      ...["-config", await this.#config(issuer, extensions)],
      ...["-startdate", from, "-enddate", until, "-in", `${name}.csr`, "-out", `${name}.pem`],
      ...signing.flatMap((option) => ["-sigopt", option]),
      ...["-keyfile", `${issuer}.key`],
      ...(issuer === name ? ["-selfsign"] : ["-cert", `${issuer}.pem`]),
    ], this.folder);
  }

  /** Makes LIST.crl, with the certificates of these names. */
  async list(
    list: string,
    issuer: string,
    revoked: readonly string[],
    { from = "20260501000000Z", until = "20260701000000Z", digest = "sha256" } = {},
  ): Promise<void> {
    const config = await this.#config(issuer, undefined);
    const who = ["-config", config, "-keyfile", `${issuer}.key`, "-cert", `${issuer}.pem`];
    for (const name of revoked) {
      await openssl(["ca", ...who, "-revoke", `${name}.pem`], this.folder);
    }
    await openssl([
      ...["ca", ...who, "-gencrl", "-md", digest],
      ...["-crl_lastupdate", from, "-crl_nextupdate", until, "-out", `${list}.crl`],
    ], this.folder);
  }

  /** The text of a file. */
  read(file: string): string {
    return Deno.readTextFileSync(`${this.folder}/${file}`);
  }

  /** A certificate as it is sent. */
  der(name: string): Uint8Array {
    return new DerReader(pemBlocks(this.read(`${name}.pem`), "certificate")[0]!).next().whole;
  }

  remove(): void {
    Deno.removeSync(this.folder, { recursive: true });
  }

  [Symbol.dispose](): void {
    this.remove();
  }

  async #config(issuer: string, extensions: readonly string[] | undefined): Promise<string> {
    const file = `${issuer}.cnf`;
    const names = ["commonName", "organizationName", "countryName", "domainComponent", "userId"];
    await Deno.writeTextFile(`${this.folder}/${issuer}.index`, "", { append: true });
    await Deno.writeTextFile(`${this.folder}/${issuer}.index.attr`, "unique_subject = no\n");
    await Deno.writeTextFile(
      `${this.folder}/${file}`,
      [
        "[ca]",
        "default_ca = here",
        "[here]",
        `database = ${issuer}.index`,
        "new_certs_dir = .",
        "default_md = sha256",
        "rand_serial = yes",
        "policy = any",
        "unique_subject = no",
        ...(extensions === undefined ? [] : ["x509_extensions = wanted"]),
        "[any]",
        ...names.map((name) => `${name} = optional`),
        "[wanted]",
        ...(extensions ?? []),
      ].join("\n") + "\n",
    );
    return file;
  }
}

/** Why no certificates can be made. */
export function missingOpenssl(): string | undefined {
  try {
    new Deno.Command("openssl", { args: ["version"] }).outputSync();
    return undefined;
  } catch {
    return "openssl is not installed";
  }
}
