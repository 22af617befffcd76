/** Tokens for the HTTP API, and what of them is in their file. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Tokens } from "../../../lib/broker/face/tokens.ts";
import { NotFoundError, UserError } from "../../../lib/user_error.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/midge_process.ts";

const HOUR = 3_600_000;

Deno.test("a token lets in until it is removed; its file has its digest, for its owner's eyes", async () => {
  await using folder = new TempFolder();
  const data = `${folder.path}/data`;
  const clock = new FakeClock();
  const tokens = new Tokens(data, clock);
  assertEquals([await tokens.isEmpty(), await tokens.list()], [true, []]);
  const { token, row } = await tokens.make({ name: "ci", role: "viewer" });
  assertMatch(token, /^midge_[\w-]{43}$/);
  assertEquals(await tokens.holderOf(token), { id: row.id, name: "ci", role: "viewer" });
  const file = `${data}/tokens.json`;
  const text = await Deno.readTextFile(file);
  assert(!text.includes(token) && !text.includes(token.slice(6)));
  assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
  const again = new Tokens(data, clock);
  assertEquals((await again.holderOf(token))?.id, row.id);
  assertEquals([await again.isValid(row.id), await again.isEmpty()], [true, false]);
  for (const wrong of ["", "midge_", `${token}x`, token.toLowerCase(), token.slice(6), row.id]) {
    assertEquals(await again.holderOf(wrong), undefined);
  }
  await again.remove(row.id);
  assertEquals([await again.holderOf(token), await again.isValid(row.id)], [undefined, false]);
  await assertRejects(() => again.remove(row.id), NotFoundError, `no token "${row.id}" is known`);
  assertEquals(await new Tokens(data, clock).list(), []);
});

Deno.test("a token ends with its time", async () => {
  await using folder = new TempFolder();
  const clock = new FakeClock();
  const tokens = new Tokens(folder.path, clock);
  const { token, row } = await tokens.make({ seconds: 60 });
  assertEquals(row.expires, clock.epoch() + 60_000);
  clock.advance(59_999);
  assertEquals(await tokens.isValid(row.id), true);
  clock.advance(1);
  assertEquals([await tokens.isValid(row.id), await tokens.holderOf(token)], [false, undefined]);
  assertEquals(await tokens.list(), []);
});

Deno.test("the last use is known at once and written once an hour", async () => {
  await using folder = new TempFolder();
  const clock = new FakeClock();
  const tokens = new Tokens(folder.path, clock);
  const { token } = await tokens.make({});
  const written = async () => (await new Tokens(folder.path, clock).list())[0]?.lastUsed;
  clock.advance(HOUR - 1);
  await tokens.holderOf(token);
  assertEquals([(await tokens.list())[0]?.lastUsed, await written()], [clock.epoch(), null]);
  clock.advance(1);
  await tokens.holderOf(token);
  assertEquals(await written(), clock.epoch());
});

Deno.test("names and times that are none are refused", async () => {
  await using folder = new TempFolder();
  const tokens = new Tokens(folder.path, new FakeClock());
  const wrong = [{ name: "x".repeat(101) }, { name: "a\nb" }, { seconds: 0 }, { seconds: -1 }, {
    seconds: NaN,
  }, { seconds: 1e12 }];
  for (const args of wrong) await assertRejects(() => tokens.make(args), UserError);
  assertEquals(await tokens.isEmpty(), true);
});

Deno.test("a file that cannot be understood lets no one in and is not overwritten", async () => {
  for (const text of ["", "{", '{"tokens": [{}]}', '{"tokens": {}}', "[]"]) {
    await using folder = new TempFolder();
    const file = folder.write("tokens.json", text);
    const tokens = new Tokens(folder.path, new FakeClock());
    await assertRejects(() => tokens.holderOf("midge_x"), UserError, "cannot be understood");
    await assertRejects(() => tokens.make({}), UserError, "cannot be understood");
    assertEquals(await Deno.readTextFile(file), text);
    await Deno.remove(file);
    assertEquals(await tokens.isEmpty(), true); // mended
  }
});

Deno.test("changes at the same time all hold; one that cannot be written does not", async () => {
  await using folder = new TempFolder();
  const clock = new FakeClock();
  const tokens = new Tokens(folder.path, clock);
  await Promise.all(Array.from({ length: 20 }, (_, index) => tokens.make({ name: String(index) })));
  assertEquals((await new Tokens(folder.path, clock).list()).length, 20);
  const nowhere = new Tokens(folder.write("file", ""), clock);
  await assertRejects(() => nowhere.make({}), UserError, "tokens.json: ");
});
