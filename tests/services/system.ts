/** Programs, users and processes of the system that the tests run on: Linux. */

import { PATIENCE_MS } from "../support/patience.ts";

/** A user and group to run a program as. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Runs a program to its end and gives what it printed; throws that when it failed. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { input = "", user }: { input?: string; user?: SystemUser | undefined } = {},
): Promise<string> {
  const child = new Deno.Command(command, {
    args: [...args],
    cwd: "/",
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    ...user,
  }).spawn();
  // A program that reads no input may be gone before it is written.
  const writing = new Blob([input]).stream().pipeTo(child.stdin).catch(() => {});
  const { success, stdout, stderr } = await child.output();
  await writing;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${command} failed: ${text(stderr)}${text(stdout)}`);
  return text(stdout);
}

/** Is there such a program on the PATH or at this path? */
export async function isInstalled(command: string): Promise<boolean> {
  const args = ["-c", 'command -v "$1"', "sh", command];
  const { success } = await new Deno.Command("sh", { args }).output();
  return success;
}

/** A user by name. */
export async function systemUser(name: string): Promise<SystemUser> {
  const [uid, gid] = await Promise.all([
    runProgram("id", ["-u", name]),
    runProgram("id", ["-g", name]),
  ]);
  return { uid: Number(uid), gid: Number(gid) };
}

/** Sends a signal to those that are still there. */
export function signalAll(pids: readonly number[], signal: Deno.Signal): void {
  for (const pid of pids) {
    try {
      Deno.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** The processes that a process has started. Through cat: Deno itself reads nothing below /proc without every permission. */
export async function childrenOf(pid: number): Promise<number[]> {
  const list = await runProgram("cat", [`/proc/${pid}/task/${pid}/children`]).catch(() => "");
  return list.split(" ").filter((text) => text.trim() !== "").map(Number);
}

/** Resolves when a process has ended; its entry may still wait for the parent to look at it. */
export async function gone(pid: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (await isRunning(pid)) {
    if (performance.now() > deadline) throw new Error(`process ${pid} does not end`);
  }
}

async function isRunning(pid: number): Promise<boolean> {
  const stat = await runProgram("cat", [`/proc/${pid}/stat`]).catch(() => "");
  const [state] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return stat !== "" && state !== "Z";
}

/** How many connections are open to a port of 127.0.0.1. */
export async function connectionsTo(port: number): Promise<number> {
  const table = await runProgram("cat", ["/proc/net/tcp"]);
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const [, ...rows] = table.trim().split("\n").map((line) => line.trim().split(/\s+/));
  return rows.filter(([, address, , state]) => address?.endsWith(local) && state === "01").length;
}
