/** Bans as options of `midge ctl`, and what it prints about them. */
import { assertEquals, assertThrows } from "@std/assert";
import { banLines, readBan, readTarget, unbanLines } from "../../../lib/cli/ctl/bans.ts";
import { OPTIONS } from "../../../lib/cli/ctl/options.ts";
import { banTable } from "../../../lib/cli/ctl/tables.ts";
import { readOptions } from "../../../lib/cli/options.ts";
import { UsageError } from "../../../lib/cli/usage_error.ts";
import type { RowOf } from "../../../lib/manage/commands.ts";

const given = (...args: string[]) => readOptions(args, OPTIONS, []);

const ROW: RowOf<"ban list"> = {
  clientId: "c",
  username: null,
  network: "10.0.0.0/8",
  until: Date.UTC(2026, 0, 31),
  reason: "noise",
  by: "admin",
  since: 0,
};

Deno.test("whom: a client id of any characters, a user, an address", () => {
  assertEquals(
    readTarget(given("--clientid=--odd \u009b id", "--user", "-u", "--address", "::1")),
    {
      clientId: "--odd \u009b id",
      username: "-u",
      network: "::1",
    },
  );
  assertThrows(() => readTarget(given("--reason", "x")), UsageError, "whom is missing");
});

Deno.test("how long: for a time, until a time, or neither; and why", () => {
  const ban = (...args: string[]) => readBan(given("-i", "c", ...args));
  const nothing = { clientId: "c", username: undefined, network: undefined };
  assertEquals(ban(), { ...nothing, seconds: undefined, until: undefined, reason: undefined });
  assertEquals([
    ban("--for", "1h").seconds,
    ban("--for", "90").seconds,
    ban("--for", "1.5m").seconds,
  ], [3600, 90, 90]);
  assertEquals(ban("--until", "2026-01-31T12:00:00Z").until, Date.UTC(2026, 0, 31, 12));
  assertEquals(ban("--until", "2026-01-31 12:00").until, new Date(2026, 0, 31, 12).getTime());
  assertEquals(ban("--reason", "too loud").reason, "too loud");
  assertThrows(
    () => ban("--for", "1h", "--until", "2026-01-31"),
    UsageError,
    "expected only one of them",
  );
  for (const time of ["soon", "0", "-1", "1y"]) {
    assertThrows(() => ban("--for", time), UsageError, "expected a duration such as 30m");
  }
  for (const time of ["tomorrow", "1h", "2026-13-31"]) {
    assertThrows(() => ban("--until", time), UsageError, "expected a time such as 2026");
  }
});

Deno.test("lines and columns", () => {
  const result = { ban: ROW, disconnected: 2, notSaved: null };
  assertEquals(banLines(result), [
    "client id c, from 10.0.0.0/8: banned until 2026-01-31T00:00:00.000Z; disconnected: 2",
  ]);
  assertEquals(unbanLines(result), ["client id c, from 10.0.0.0/8: no longer banned"]);
  const forEver = {
    ...result,
    ban: { ...ROW, clientId: null, username: "u", network: null, until: null },
  };
  assertEquals(banLines(forEver), ["user u: banned for ever; disconnected: 2"]);
  assertEquals(
    banTable.line(ROW),
    "c                            -                  10.0.0.0/8               2026-01-31T00:00:00.000Z admin    noise",
  );
  assertEquals(
    banTable.line({ ...forEver.ban, reason: null, by: "flapping" }),
    "-                            u                  -                        for ever                 flapping",
  );
});
