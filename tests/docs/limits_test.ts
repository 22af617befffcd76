/** The examples of docs/LISTENERS.md, sections Limits and Bans: they load, and every key is in their tables. */
import { assert, assertEquals } from "@std/assert";
import { formatBans, parseBans } from "../../lib/bans/ban_file.ts";
import { LISTENER_LIMIT_KEYS } from "../../lib/config/listener_limits.ts";
import { read } from "../config/read.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/LISTENERS.md", import.meta.url));

/** What stands below a heading, up to the next of its level. */
function section(heading: string): string {
  return TEXT.split(`\n## ${heading}\n`)[1]!.split(/\n## /)[0]!;
}

function yamlOf(text: string): string[] {
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, content]) => content!);
}

Deno.test("the limits of the page load, and every key has its row", () => {
  const text = section("Limits");
  const [listeners, flapping] = yamlOf(text);
  assertEquals(read(listeners!).listeners[0]!.limits, {
    connectionsPerAddress: 50,
    connectionRate: { perSecond: 5, burst: 50 },
    messagesRate: { perSecond: 100, burst: 1000 },
    bytesRate: { perSecond: 65_536, burst: 1024 * 1024 },
  });
  assertEquals(read(flapping!).flapping.enable, true);
  for (const key of Object.keys(LISTENER_LIMIT_KEYS)) assert(text.includes(`| \`${key}\``), key);
});

Deno.test("the bans of the page read, and the times of its session are those of its file", () => {
  const text = section("Bans");
  const bans = parseBans(yamlOf(text)[0]!, "bans.yaml", Date.UTC(2026, 0, 31));
  assertEquals(bans.map(({ clientId, username, network }) => [clientId, username, network]), [
    ["sensor7", undefined, undefined],
    [undefined, undefined, "192.0.2.0/24"],
    [undefined, "alice", "10.0.0.0/8"],
  ]);
  for (const { until } of bans) {
    assert(until === undefined || text.includes(new Date(until).toISOString()));
  }
  assertEquals(parseBans(formatBans(bans), "bans.yaml", Date.UTC(2026, 0, 31)), bans);
});
