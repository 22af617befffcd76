/**
 * Where the broker can be managed: a socket file or a port of this machine. Invariants: the socket file is no one
 * else's from its first moment on; a living broker's endpoint is never taken away; closing removes the file only
 * while it is still ours.
 */
import { UserError } from "../user_error.ts";
import { dirname, join } from "../config/paths.ts";
import { endpointFileSays, readEndpointFile, writeEndpointFile } from "./endpoint_file.ts";
import type { ManagementConfig } from "../config/types.ts";

type UnixConfig = Extract<ManagementConfig, { kind: "unix" }>;
type TcpConfig = Extract<ManagementConfig, { kind: "tcp" }>;

/** Bytes that the system takes as the path of a socket. */
const MAX_SOCKET_PATH = Deno.build.os === "linux" ? 107 : 103;

/** An open endpoint. */
export interface Endpoint {
  readonly listener: Deno.Listener;
  /** For people: the path, or the address. */
  readonly where: string;
  /** What every request must carry; undefined: nothing. */
  readonly token: string | undefined;
  /** Stops accepting and removes the file. Does not throw. */
  close(): void;
}

/**
 * Opens the endpoint.
 * @throws UserError when another process has it; any other error where it cannot be made here
 */
export function openEndpoint(config: ManagementConfig): Promise<Endpoint> {
  return config.kind === "unix" ? openSocketFile(config) : openPort(config);
}

async function openSocketFile({ path }: UnixConfig): Promise<Endpoint> {
  if (Deno.build.os === "windows") {
    throw new Error("there are no socket files on Windows; give management.bind and token");
  }
  Deno.mkdirSync(dirname(path), { recursive: true });
  checkLength(path);
  await checkPlace(path);
  const listener = listenPrivately(path);
  const { dev, ino } = Deno.statSync(path);
  return {
    listener,
    where: path,
    token: undefined,
    close() {
      listener.close();
      removeIf(path, () => {
        const now = Deno.lstatSync(path);
        return now.dev === dev && now.ino === ino;
      });
    },
  };
}

/** Listening would succeed, for the socket is moved to its place, but no one could connect. */
function checkLength(path: string): void {
  const { length } = new TextEncoder().encode(path);
  if (length <= MAX_SOCKET_PATH) return;
  throw new TypeError(
    `the path has ${length} bytes, the system takes ${MAX_SOCKET_PATH} (SUN_LEN); ` +
      "expected a shorter data_dir or management.path",
  );
}

/** There may be nothing, or the socket file of a process that is gone. */
async function checkPlace(path: string): Promise<void> {
  const isSocket = isSocketFile(path);
  if (isSocket === undefined) return;
  if (!isSocket) {
    throw new UserError(`management.path: ${path} is there and is no socket file`);
  }
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    const isDead = error instanceof Deno.errors.ConnectionRefused ||
      error instanceof Deno.errors.NotFound;
    if (isDead) return;
    throw error;
  }
  throw new UserError([
    `management.path: ${path} belongs to a running broker; give each broker a path of its own`,
  ]);
}

/** Undefined: there is nothing. */
function isSocketFile(path: string): boolean | undefined {
  try {
    return Deno.lstatSync(path).isSocket ?? false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Listens in a folder that no one else can enter, and moves the socket from there: a file made by listening alone
 * would be open to others until its mode is changed.
 */
function listenPrivately(path: string): Deno.Listener {
  // Short names, for this path has a limit too: MAX_SOCKET_PATH.
  const folder = join(dirname(path), `.m${crypto.randomUUID().slice(0, 4)}`);
  const draft = join(folder, "s");
  Deno.mkdirSync(folder, { mode: 0o700 });
  let listener: Deno.Listener | undefined;
  try {
    listener = Deno.listen({ transport: "unix", path: draft });
    Deno.chmodSync(draft, 0o600);
    Deno.renameSync(draft, path);
    return listener;
  } catch (error) {
    listener?.close();
    throw error;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

async function openPort(config: TcpConfig): Promise<Endpoint> {
  const { hostname, endpointFile } = config;
  if (endpointFile !== undefined) await checkEndpointFile(endpointFile);
  const listener = listenOnPort(config);
  const { addr } = listener;
  const token = config.token ?? newToken();
  const file = { hostname, port: addr.port, token };
  try {
    if (endpointFile !== undefined) writeEndpointFile(endpointFile, file);
  } catch (error) {
    listener.close();
    throw error;
  }
  return {
    listener,
    where: hostname.includes(":") ? `[${hostname}]:${addr.port}` : `${hostname}:${addr.port}`,
    token,
    close() {
      listener.close();
      if (endpointFile === undefined) return;
      removeIf(endpointFile, () => endpointFileSays(endpointFile, file));
    },
  };
}

function listenOnPort({ hostname, port }: TcpConfig): Deno.TcpListener {
  try {
    return Deno.listen({ transport: "tcp", hostname, port });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
    const problem = `management.bind: ${hostname}:${port} is taken by another process`;
    throw new UserError(problem, { cause });
  }
}

/** 244 random bits. */
function newToken(): string {
  return crypto.randomUUID() + crypto.randomUUID();
}

/** The file may be that of a broker that is gone. */
async function checkEndpointFile(path: string): Promise<void> {
  const { isAnswering } = await import("./client.ts");
  const file = await readEndpointFile(path).catch(() => undefined); // not there, or not one of ours: written anew
  if (file === undefined || !await isAnswering({ kind: "tcp", ...file })) return;
  throw new UserError([
    `management: ${path} belongs to a running broker; give each broker a folder, or a token, of its own`,
  ]);
}

function removeIf(path: string, isOurs: () => boolean): void {
  try {
    if (isOurs()) Deno.removeSync(path);
  } catch {
    // it is gone already, or the disk is: nothing depends on it
  }
}
