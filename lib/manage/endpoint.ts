/**
 * Where the broker can be managed: a socket file or a port of this machine. Invariants: the socket file is no one
 * else's from its first moment on; a living broker's endpoint is never taken away; closing removes the file only
 * while it is still ours.
 */
import { openSocketFile, SocketFileError } from "../socket_file.ts";
import { hasSocketFiles, type System } from "../platform.ts";
import { UserError } from "../user_error.ts";
import { dirname } from "../config/paths.ts";
import { endpointFileSays, readEndpointFile, writeEndpointFile } from "./endpoint_file.ts";
import type { ManagementConfig } from "../config/types.ts";

type UnixConfig = Extract<ManagementConfig, { kind: "unix" }>;
type TcpConfig = Extract<ManagementConfig, { kind: "tcp" }>;

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
export function openEndpoint(
  config: ManagementConfig,
  system: System = Deno.build.os,
): Promise<Endpoint> {
  return config.kind === "unix" ? openSocket(config, system) : openPort(config, system);
}

async function openSocket({ path }: UnixConfig, system: System): Promise<Endpoint> {
  if (!hasSocketFiles(system)) {
    throw new Error(
      "there are no socket files on Windows; expected management.bind in place of path",
    );
  }
  Deno.mkdirSync(dirname(path), { recursive: true });
  const file = await openSocketFile({ path, mode: 0o600 }).catch((cause) => {
    throw cause instanceof SocketFileError ? problemOf(cause, path) : cause;
  });
  return { listener: file.listener, where: path, token: undefined, close: () => file.close() };
}

/** What people should read: a path that is too long leaves the broker without management, the others stop it. */
function problemOf({ kind, message }: SocketFileError, path: string): Error {
  if (kind === "too long") {
    return new TypeError(`${message}; expected a shorter data_dir or management.path`);
  }
  const why = kind === "taken"
    ? "belongs to a running broker; give each broker a path of its own"
    : message;
  return new UserError(`management.path: ${path} ${why}`);
}

async function openPort(config: TcpConfig, system: System): Promise<Endpoint> {
  const { hostname, endpointFile } = config;
  if (endpointFile !== undefined) await checkEndpointFile(endpointFile);
  const listener = listenOnPort(config);
  const { addr } = listener;
  const token = config.token ?? newToken();
  const file = { hostname, port: addr.port, token };
  try {
    if (endpointFile !== undefined) writeEndpointFile(endpointFile, file, system);
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
