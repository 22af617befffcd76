/** Clients by page and in an order: only what is asked for comes, in the order of what they do. */
import { assertEquals, assertRejects } from "@std/assert";
import { ask } from "../../../lib/manage/client.ts";
import type { ArgsOf, RowOf } from "../../../lib/manage/commands.ts";
import { UserError } from "../../../lib/user_error.ts";
import { ClockedBroker } from "../../support/clocked_broker.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { PINGREQ, PINGRESP, publish } from "../../support/raw_packets.ts";

Deno.test("pages of clients", async (t) => {
  await using folder = new TempFolder();
  const path = `${folder.path}/m.sock`;
  await using it = await ClockedBroker.start({ management: { path } });
  const listed = async (args: ArgsOf<"clients">) => {
    const rows: RowOf<"clients">[] = [];
    await ask({ kind: "unix", path }, "clients", args, (part) => {
      rows.push(...part as RowOf<"clients">[]);
    });
    return rows;
  };
  const names = async (args: ArgsOf<"clients">) =>
    (await listed(args)).map(({ clientId }) => clientId);
  const [first] = [await it.open("d")];
  it.clock.advance(1000);
  for (const name of ["b", "c", "a"]) await it.open(name);
  it.clock.advance(1000);

  await t.step("an order, an offset, a limit, a search", async () => {
    assertEquals(await names({ sort: "clientId" }), ["a", "b", "c", "d"]);
    assertEquals(await names({ sort: "clientId", offset: 1, limit: 2 }), ["b", "c"]);
    assertEquals(await names({ sort: "clientId", offset: 9 }), []);
    assertEquals(await names({ sort: "since" }), ["d", "a", "b", "c"]);
    assertEquals(await names({ limit: 0 }), []);
    assertEquals(await names({ sort: "clientId", search: "B" }), ["b"]);
    assertEquals(await names({ sort: "queue" }), ["a", "b", "c", "d"]);
  });

  await t.step("traffic is what was moved since the listing before", async () => {
    await listed({ sort: "traffic" });
    await first.raw.send(publish("t", "x".repeat(1990)), PINGREQ);
    await first.raw.expect(PINGRESP);
    it.clock.advance(2000);
    const rows = await listed({ sort: "traffic", limit: 1 });
    assertEquals(rows.map((row) => [row.clientId, row.bytesPerSecond]), [["d", 1000]]);
    assertEquals(rows[0]!.bytesSent, 6);
    it.clock.advance(2000);
    assertEquals((await listed({ sort: "traffic" })).map((row) => row.bytesPerSecond), [
      0,
      0,
      0,
      0,
    ]);
  });

  await t.step("what is no page is refused", async () => {
    for (const args of [{ limit: -1 }, { offset: 0.5 }, { sort: "x" }]) {
      await assertRejects(() => ask({ kind: "unix", path }, "clients", args), UserError, "args.");
    }
  });
});
