/** An authority as `midge certs ca` makes one, but of an elliptic curve: RSA of 4096 bits takes seconds. */
import { KeyObject } from "node:crypto";
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** Writes ca.crt and ca.key into the folder. @returns the options of `midge certs` that name them */
export async function writeEllipticAuthority(folder: string): Promise<string[]> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const usages = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=My CA",
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(usages, true),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }) as string;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/ca.crt`, certificate.toString("pem"));
  await Deno.writeTextFile(`${folder}/ca.key`, key);
  return ["--ca-crt", `${folder}/ca.crt`, "--ca-key", `${folder}/ca.key`];
}
