/**
 * What is tried over every way to a broker, with certificates that lib/cli/certs has made: one round trip with all that
 * a client sends. Invariant: the certificates of one process are the same everywhere, for making keys takes seconds.
 */
import { assertEquals } from "@std/assert";
import { issueAuthority, issueLeaf } from "../../lib/cli/certs/issue.ts";
import { Client } from "../../lib/client/client.ts";
import type { ClientOptions } from "../../lib/client/config_types.ts";

/** A broker's listeners. */
export interface Doors {
  /** Of each, by name. */
  readonly ports: Readonly<Record<string, number>>;
  /** With the certificates. */
  readonly folder: string;
}

const certificates = once(async () => {
  const authority = await issueAuthority({ commonName: "test authority" }, 2);
  const leaf = (use: "server" | "device", name: string) => {
    const names = [{ type: "dns", value: name }] as const;
    return issueLeaf({ subject: { commonName: name }, use, names, days: 1 }, authority);
  };
  return {
    ca: authority,
    server: await leaf("server", "broker.test"),
    device: await leaf("device", "dev"),
  };
});

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

/** `ca`, `server` and `device`, each as .crt and .key, and the folder `authorities`. */
export async function writeCertificates(folder: string): Promise<void> {
  for (const [name, { certificate, key }] of Object.entries(await certificates())) {
    await Deno.writeTextFile(`${folder}/${name}.crt`, certificate);
    await Deno.writeTextFile(`${folder}/${name}.key`, key);
  }
  await Deno.mkdir(`${folder}/authorities`);
  await Deno.copyFile(`${folder}/ca.crt`, `${folder}/authorities/one.pem`);
}

/** Sends each QoS through the broker and back, and a payload larger than any buffer. */
export async function roundTrip(options: ClientOptions): Promise<void> {
  await using client = new Client({ plugins: null, reconnect_retries: 0, ...options });
  await client.connect();
  const messages = client.messages("loop/#");
  await client.subscribe("loop/#", { qos: 2 });
  const large = crypto.getRandomValues(new Uint8Array(65_536));
  for (const qos of [0, 1, 2] as const) await client.publish("loop/small", `at ${qos}`, { qos });
  await client.publish("loop/large", large, { qos: 1 });
  for (const qos of [0, 1, 2]) assertEquals((await messages.next()).value?.text(), `at ${qos}`);
  assertEquals((await messages.next()).value?.payload, large);
  await client.ping();
}

/** Options for one of the listeners; files are named as they are in the folder. */
export function to(
  { ports, folder }: Doors,
  listener: string,
  more: Record<string, unknown> = {},
  scheme: string = listener,
): ClientOptions {
  const uri = `${scheme}://127.0.0.1:${ports[listener]}/`;
  const connection: Record<string, unknown> = { uri, ...more };
  for (const key of ["cafile", "capath", "certfile", "keyfile"]) {
    if (typeof connection[key] === "string") connection[key] = `${folder}/${connection[key]}`;
  }
  return { connection };
}

/** The authority. */
export const CA = { cafile: "ca.crt" };
/** And the name in the server's certificate. */
export const NAMED = { ...CA, server_name: "broker.test" };
/** A certificate of the client's own. */
export const DEVICE = { certfile: "device.crt", keyfile: "device.key" };
