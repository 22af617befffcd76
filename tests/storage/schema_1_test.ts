/** A store that was written in schema 1, as bytes in schema_1/: it opens for ever. */
import { assertEquals } from "@std/assert";
import { openFolder } from "../../lib/storage/files/deno_disk.ts";
import { SegmentLog } from "../../lib/storage/files/segment_log.ts";
import { TempFolder } from "../support/midge_process.ts";
import { replayed } from "../support/replayed.ts";
import { entriesOf } from "./kept_sessions.ts";
import { loaded } from "./batch_log_suite.ts";

const NAME = "journal-0000000001.log";

Deno.test("a store of schema 1 opens, with all that is in it", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/store`;
  await Deno.mkdir(path);
  await Deno.copyFile(new URL(`./schema_1/${NAME}`, import.meta.url), `${path}/${NAME}`);
  const disk = await openFolder(path);
  const log = new SegmentLog(disk, { durability: "full" });
  const was = replayed(await loaded(log));
  await log.close();
  await disk.close();
  const { subscriptions, received, client, detachedAt } = was.state.sessions.get("a")!;
  assertEquals([...subscriptions.keys()], ["t/#"]);
  const { qos, noLocal, retainAsPublished, identifiers } = subscriptions.get("t/#")!;
  assertEquals([qos, noLocal, retainAsPublished, identifiers], [1, true, true, [7]]);
  assertEquals([[...received], client.username, detachedAt], [[7], "ann", 0]);
  assertEquals(entriesOf(was, "a"), ["one/2#1!", "two/2"]);
  assertEquals(new TextDecoder().decode(was.state.retained.get("kept")!.payload), "k");
  const { topicName, delay, due } = was.state.wills.get("w")!;
  assertEquals([topicName, delay, due], ["w", 5000, undefined]);
});
