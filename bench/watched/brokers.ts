/** The brokers under comparison: the four plugins of the default, and the same with dashboard and prometheus. */
import { freePorts } from "../doors.ts";
import { type StoringKind, storingMidge } from "../storage/brokers.ts";
import type { Places } from "./watcher.ts";

const FOUR = "plugins:\n  event_logger:\n  packet_logger:\n" +
  "  auth_anonymous: {allow_anonymous: true}\n  broker_sys: {sys_interval: 20}\n";

/** Midge without them. */
export function plainMidge(): Promise<StoringKind> {
  return storingMidge("off", { more: FOUR });
}

/** Midge with both, and where they are. */
export async function watchedMidge(): Promise<
  StoringKind & { readonly urls: Omit<Places, "token"> }
> {
  const [dashboard, metrics] = [...freePorts(["tcp", "ws"]).values()];
  const more = `${FOUR}  dashboard: {bind: "127.0.0.1:${dashboard}"}\n` +
    `  prometheus: {bind: "127.0.0.1:${metrics}"}\n`;
  const kind = await storingMidge("off", { more });
  const urls = {
    dashboard: `http://127.0.0.1:${dashboard}/`,
    metrics: `http://127.0.0.1:${metrics}/metrics`,
  };
  return Object.assign(kind, { urls });
}

/** A token of a running broker with that folder. */
export async function tokenOf({ folder }: StoringKind): Promise<string> {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, "ctl", "--socket", `${folder}/midge.sock`, "token", "new", "--json"],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("no token could be made");
  const { token } = JSON.parse(new TextDecoder().decode(stdout)) as { token: string };
  return token;
}
