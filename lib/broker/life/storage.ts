/**
 * The storage of a broker: opened before its listeners, closed behind its connections. Invariants: a storage that cannot
 * be used refuses the start with one line; a failure while the broker runs is said once, and so is its end.
 */
import type { StorageConfig } from "../../config/types.ts";
import { maskedUrls } from "../../secrets.ts";
import { messageOf, UserError } from "../../user_error.ts";
import { withDeadline } from "../../wait.ts";
import type { BatchLog } from "../../storage/batch_log.ts";
import type { Core } from "../core.ts";
import { liveState } from "../live_state.ts";

/** What of a storage the stop needs. */
export interface Storage {
  close(): Promise<void>;
}

/** How long a stop waits for the disk, milliseconds; where all is saved at the stop, longer. */
const CLOSE_MS = 3000;
const SAVE_MS = 60_000;
/** The log is cleaned from this size on, and from this multiple of what is live. */
const CLEANING = { leastBytes: 16 * 1024 * 1024, factor: 3 };
/** How often the log says how far the reading is, milliseconds. */
const PROGRESS_MS = 1000;

/** Opens the log of a storage; `said`: told what a person may want to know, a line each. */
export type OpenLog = (config: StorageConfig, said: (line: string) => void) => Promise<BatchLog>;

/**
 * Reads what is stored into an empty core, whose journal goes on from there; undefined: all is in memory alone.
 * @throws UserError for a storage that cannot be used
 */
export async function openStorage(
  core: Core,
  openLog: OpenLog = pluginsLog(core) ?? openFolderLog,
): Promise<Storage | undefined> {
  const { storage } = core.config;
  if (storage === undefined) return undefined;
  core.pulse.onLoading();
  try {
    return await open(core, storage, openLog);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`storage: ${messageOf(cause)}`, { cause });
  }
}

async function open(core: Core, config: StorageConfig, openLog: OpenLog): Promise<Storage> {
  const log = await openLog(config, (line) => core.logger.warn(`storage: ${line}`));
  try {
    return await begin(core, config, log);
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Of the plugin that brings a storage, if there is one: then it is the one that the configuration names. */
function pluginsLog({ plugins }: Core): OpenLog | undefined {
  for (const plugin of plugins) {
    const { storage } = plugin.hooks;
    if (storage === undefined) continue;
    return async () => {
      const { PluginLog } = await import("./plugin_log.ts");
      return new PluginLog(plugin, storage);
    };
  }
  return undefined;
}

/** Late, for a broker without storage does without all of it. */
async function openFolderLog(
  { path, durability }: StorageConfig,
  onDamage: (line: string) => void,
): Promise<BatchLog> {
  const { openFolder } = await import("../../storage/files/deno_disk.ts");
  const { SegmentLog } = await import("../../storage/files/segment_log.ts");
  const disk = await openFolder(path);
  const isFlushed = durability === "full";
  return new SegmentLog(disk, {
    durability: isFlushed ? "full" : "os",
    // A power cut may leave holes in what was not flushed: that is what was asked for.
    damage: isFlushed ? "refuse" : "salvage",
    onDamage,
  });
}

/** Reads the log, and goes on with it. */
async function begin(core: Core, config: StorageConfig, log: BatchLog): Promise<Storage> {
  const { Journal } = await import("../../storage/journal.ts");
  const { restore } = await import("../restore.ts");
  const replayed = await replay(core, log);
  const isLate = config.durability === "none";
  const place = maskedUrls(config.plugin ?? config.path);
  const journal = new Journal(log, replayed, {
    maxPendingBytes: config.maxPending,
    cleaning: CLEANING,
    isLate,
    writeDelayMs: config.writeDelay,
  }, {
    clock: core.clock,
    live: liveState(core),
    retained: (topicName) => core.retained.get(topicName),
    retainedWritten: (message) => core.retained.written(message),
    failed: (cause) =>
      core.logger.error(
        `storage: writing to ${place} fails, what must be kept waits: ${messageOf(cause)}`,
      ),
    recovered: () => core.logger.info("storage: what waited is written"),
  });
  core.journal = journal;
  core.retained.isRecorded = true;
  restore(core, journal, replayed);
  return {
    close: async () => {
      const closed = journal.close();
      closed.catch(() => {});
      if (await withDeadline(closed, isLate ? SAVE_MS : CLOSE_MS)) return;
      core.logger.error("storage: what was not acknowledged could not be written in time");
    },
  };
}

async function replay(core: Core, log: BatchLog) {
  const { Replay } = await import("../../storage/replay.ts");
  const replay = new Replay();
  let bytes = 0;
  let saidAt = core.clock.now();
  for await (const batch of log.load()) {
    replay.add(batch);
    bytes += batch.body.length;
    const now = core.clock.now();
    if (now - saidAt < PROGRESS_MS) continue;
    saidAt = now;
    core.pulse.onLoading();
    core.logger.info(`storage: ${Math.round(bytes / 1e6)} MB read`);
  }
  return replay.result;
}
