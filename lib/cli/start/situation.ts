/** What can be found out about a start that failed. Invariants: nothing is written; what cannot be asked is unknown. */
import { join } from "../../config/paths.ts";
import type { BrokerConfig } from "../../config/types.ts";
import { holderNow } from "../../storage/files/folder_lock.ts";
import { ownerText } from "../../text_file.ts";
import type { Situation } from "./next_step.ts";

/** `config`: undefined where it could not be read. */
export async function situationOf(
  file: string | undefined,
  config: BrokerConfig | undefined,
): Promise<Situation> {
  return {
    file,
    running: config === undefined ? undefined : await runningIn(config),
    dataDir: config?.dataDir,
    os: Deno.build.os,
    ownerOf,
    exists: (path) => infoOf(path)?.isFile ?? false,
  };
}

/** A Midge has the lock of the storage, or answers at the management socket. */
async function runningIn({ storage, management }: BrokerConfig): Promise<string | undefined> {
  if (storage !== undefined && storage.plugin === undefined) {
    const holder = await holderNow(join(storage.path, "lock"));
    if (holder !== undefined) return holder;
  }
  if (management?.kind !== "unix") return undefined;
  const { isAnswering } = await import("../../manage/client.ts");
  return await isAnswering(management).catch(() => false) ? "" : undefined;
}

function ownerOf(path: string): string | undefined {
  const info = infoOf(path);
  return info && ownerText(info);
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
