/**
 * HAProxy as a plain process, for tests of what stands behind it. Where it is not installed such tests are skipped and
 * say so; MIDGE_REQUIRE_ALL=1 makes that a failure. Invariant: after disposal no process and no file is left.
 */
import { optionalTest } from "./optional.ts";
import { until } from "./until.ts";
import { kill } from "./kill.ts";

/** One proxied address. */
export interface ProxyRule {
  /** What `bind` takes, with its options; it must not be taken. */
  readonly bind: string;
  /** What `server` takes behind its name: an address, and how the header is sent. */
  readonly server: string;
}

/** The program; Debian puts it where ordinary users' PATH does not reach. */
async function program(): Promise<string | undefined> {
  for (const name of ["haproxy", "/usr/sbin/haproxy"]) {
    try {
      await new Deno.Command(name, { args: ["-v"], stdout: "null", stderr: "null" }).output();
      return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Registers a test that needs HAProxy. Await it: it looks whether HAProxy is there. */
export async function haproxyTest(title: string, run: () => Promise<void>): Promise<void> {
  const isThere = await program() !== undefined;
  optionalTest(isThere ? undefined : "haproxy is not installed", title, run);
}

/** Starts it with these rules; resolves when each of them listens. */
export async function startHaproxy(rules: readonly ProxyRule[]): Promise<AsyncDisposable> {
  const command = await program();
  if (command === undefined) throw new Error("haproxy is not installed");
  const folder = await Deno.makeTempDir({ prefix: "midge-haproxy-" });
  const sections = rules.map(({ bind, server }, at) =>
    `listen rule${at}\n  bind ${bind}\n  server midge ${server}\n`
  );
  const config = "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n" +
    `  timeout server 30s\n${sections.join("")}`;
  await Deno.writeTextFile(`${folder}/haproxy.cfg`, config);
  const child = new Deno.Command(command, {
    args: ["-db", "-f", `${folder}/haproxy.cfg`],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let isOver = false;
  const ended = child.status.then(() => void (isOver = true));
  const complaints = new Response(child.stderr).text();
  const stop = async () => {
    kill(child);
    await ended;
    await complaints;
    await Deno.remove(folder, { recursive: true });
  };
  const addresses = rules.map(({ bind }) => bind.split(" ")[0]!);
  for (const address of addresses) {
    const isThere = await listening(address, () => isOver);
    if (isThere) continue;
    await stop();
    throw new Error(`haproxy does not listen on ${address}: ${await complaints}`);
  }
  return { [Symbol.asyncDispose]: stop };
}

/** Waits for someone who listens on `HOST:PORT` or `unix@PATH`; false when no one will. */
async function listening(address: string, isOver: () => boolean): Promise<boolean> {
  let isThere = false;
  let asking: Promise<void> | undefined;
  const look = () => {
    asking ??= dial(address).then((connection) => {
      connection.close();
      isThere = true;
    }).catch(() => {}).finally(() => asking = undefined);
    return isThere || isOver();
  };
  await until(look, `haproxy on ${address}`).catch(() => {});
  await asking;
  return isThere;
}

function dial(address: string): Promise<Deno.Conn> {
  if (address.startsWith("unix@")) {
    return Deno.connect({ transport: "unix", path: address.slice("unix@".length) });
  }
  const at = address.lastIndexOf(":");
  return Deno.connect({ hostname: address.slice(0, at), port: Number(address.slice(at + 1)) });
}
