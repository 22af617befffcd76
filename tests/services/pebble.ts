/**
 * Pebble, the test server for ACME, with a DNS server beside it that says 127.0.0.1 for every name. Invariant: it asks on
 * a port of its own, and refuses some good nonces as an authority may.
 */
import { type Certificates, makeCertificates } from "./certificates.ts";
import { DataFolder } from "./data_folder.ts";
import { freePort } from "./free_port.ts";
import { type Service, ServiceProcess } from "./process.ts";
import type { Requirement } from "./service_test_case.ts";

const FOLDER = Deno.env.get("MIDGE_PEBBLE") ?? cachedFolder();
const EXECUTABLES = [`${FOLDER}/pebble`, `${FOLDER}/pebble-challtestsrv`] as const;

/** What `serviceTest` needs to know. tests/services/build_pebble.sh makes the executables. */
export const PEBBLE: Requirement = { name: "Pebble", programs: EXECUTABLES };

/** How it is started. */
export interface PebbleOptions {
  /** External accounts without which it makes none: key ids and keys in base64url. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
  /** How many of a hundred good nonces it refuses; default 20. */
  readonly badNonces?: number;
}

/** A running authority. */
export interface Pebble extends Service {
  /** URL of its directory. */
  readonly directory: string;
  /** Who signed the directory's own certificate. */
  readonly cafile: string;
  /** Where it asks for proofs. */
  readonly httpPort: number;
  /** The certificate that what it issues can be checked against (PEM); another one after each start. */
  root(): Promise<string>;
  /** How often it was asked for a certificate, over all starts. */
  orders(): Promise<number>;
}

/** Starts one. */
export async function startPebble(options: PebbleOptions = {}): Promise<Pebble> {
  await using cleanup = new AsyncDisposableStack();
  const certificates = cleanup.use(await makeCertificates());
  const dnsPort = await startDns(cleanup);
  const folder = cleanup.use(await DataFolder.make("pebble"));
  const [port, managementPort, httpPort] = [freePort(), freePort(), freePort()];
  const config = configOf({ port, managementPort, httpPort }, certificates, options);
  const configFile = await folder.write("pebble.json", JSON.stringify({ pebble: config }));
  const settings = [
    ...["PEBBLE_VA_NOSLEEP=1", "PEBBLE_VA_ALWAYS_VALID=0", "PEBBLE_AUTHZREUSE=0"],
    `PEBBLE_WFE_NONCEREJECT=${options.badNonces ?? 20}`,
  ];
  const args = [...settings, EXECUTABLES[0], "-config", configFile];
  const server = cleanup.use(
    await ServiceProcess.start({
      name: "pebble",
      command: "env",
      args: [...args, "-dnsserver", `127.0.0.1:${dnsPort}`],
      port,
      folder,
    }),
  );
  const client = cleanup.adopt(await clientFor(certificates.caFile), (one) => one.close());
  const owned = cleanup.move();
  return Object.assign(server, {
    directory: `https://localhost:${port}/dir`,
    cafile: certificates.caFile,
    httpPort,
    root: async () => {
      const url = `https://localhost:${managementPort}/roots/0`;
      return await (await fetch(url, { client })).text();
    },
    orders: async () => {
      const log = await Deno.readTextFile(`${folder.path}/midge_service.log`);
      return log.split("POST /order-plz -> calling handler").length - 1;
    },
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  });
}

async function clientFor(caFile: string): Promise<Deno.HttpClient> {
  return Deno.createHttpClient({ caCerts: [await Deno.readTextFile(caFile)] });
}

async function startDns(cleanup: AsyncDisposableStack): Promise<number> {
  const folder = cleanup.use(await DataFolder.make("pebble_dns"));
  const port = freePort();
  const without = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""];
  const addresses = ["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""];
  const own = ["-dnsserver", `127.0.0.1:${port}`, "-management", `127.0.0.1:${freePort()}`];
  const args = [...without, ...addresses, ...own];
  cleanup.use(
    await ServiceProcess.start({
      name: "pebble's DNS",
      command: EXECUTABLES[1],
      args,
      port,
      folder,
    }),
  );
  return port;
}

function configOf(
  ports: { readonly port: number; readonly managementPort: number; readonly httpPort: number },
  { certFile, keyFile }: Certificates,
  { externalAccounts }: PebbleOptions,
) {
  return {
    listenAddress: `127.0.0.1:${ports.port}`,
    managementListenAddress: `127.0.0.1:${ports.managementPort}`,
    certificate: certFile,
    privateKey: keyFile,
    httpPort: ports.httpPort,
    tlsPort: freePort(),
    ocspResponderURL: "",
    externalAccountBindingRequired: externalAccounts !== undefined,
    externalAccountMACKeys: externalAccounts ?? {},
    retryAfter: { authz: 0, order: 0 },
    profiles: { default: { description: "90 days", validityPeriod: 90 * 86_400 } },
  };
}

/** Where tests/services/build_pebble.sh puts them. */
function cachedFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return `${cache}/midge/pebble-v2.10.3`;
}
