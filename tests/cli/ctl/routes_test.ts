/** What the HTTP API can do `midge ctl` can, and the other way round. */
import { assertEquals } from "@std/assert";
import { COMMANDS as CTL } from "../../../lib/cli/ctl/commands.ts";
import { COMMANDS } from "../../../lib/manage/commands.ts";

Deno.test("every route is a command of midge ctl by the same name, and every command has a route", () => {
  const names = Object.keys(COMMANDS);
  const routed = Object.entries(COMMANDS).filter(([, { route }]) => route !== undefined);
  assertEquals(routed.filter(([name]) => !Object.hasOwn(CTL, name)), []);
  assertEquals(Object.keys(CTL).filter((name) => !names.includes(name)), []);
  const places = routed.map(([, { route }]) => route);
  assertEquals(new Set(places).size, places.length);
});
