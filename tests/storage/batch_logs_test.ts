/** Every log of batches that comes with Midge passes the suite. */
import { join } from "node:path";
import { openFolder } from "../../lib/storage/files/deno_disk.ts";
import { MemoryLog } from "../../lib/storage/memory_log.ts";
import { type Durability, SegmentLog } from "../../lib/storage/files/segment_log.ts";
import { batchLogSuite, type MakeStore } from "./batch_log_suite.ts";

function inFolder(durability: Durability, segmentSize?: number): MakeStore {
  return async () => {
    const folder = await Deno.makeTempDir();
    const open = async () => {
      const disk = await openFolder(join(folder, "store"));
      const log = new SegmentLog(disk, {
        durability,
        ...segmentSize === undefined ? {} : { segmentSize },
      });
      const close = log.close.bind(log);
      log.close = () => close().finally(() => disk.close());
      return log;
    };
    return { open, remove: () => Deno.remove(folder, { recursive: true }) };
  };
}

batchLogSuite("memory", () => {
  let batches: MemoryLog["batches"] = [];
  const open = () => {
    const log = new MemoryLog(batches);
    log.close = () => Promise.resolve(void (batches = log.batches));
    return Promise.resolve(log);
  };
  return Promise.resolve({ open, remove: () => Promise.resolve() });
});
batchLogSuite("segments, full", inFolder("full"));
batchLogSuite("segments of 500 bytes, full", inFolder("full", 500));
batchLogSuite("segments of 500 bytes, os", inFolder("os", 500));
