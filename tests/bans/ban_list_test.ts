/** Bans in memory: whom they are for, one for each target, bounded. */
import { assertEquals, assertThrows } from "@std/assert";
import {
  type Ban,
  type BanSubject,
  checkedTarget,
  isInForce,
  targetText,
} from "../../lib/bans/ban.ts";
import { BanList } from "../../lib/bans/ban_list.ts";
import { UserError } from "../../lib/user_error.ts";

const NOW = 1_000_000;

function ban(given: Partial<Ban>): Ban {
  return { until: undefined, reason: undefined, by: "admin", since: NOW, ...given };
}

function listOf(...bans: Partial<Ban>[]): BanList {
  const list = new BanList();
  for (const one of bans) list.put(ban(one));
  return list;
}

function client(given: Partial<BanSubject> = {}): BanSubject {
  return { clientId: "c", username: "u", address: "192.0.2.7", ...given };
}

Deno.test("a ban is for those of whom all is true that it names", () => {
  const cases: [target: Partial<Ban>, hit: Partial<BanSubject>[], spared: Partial<BanSubject>[]][] =
    [
      [{ clientId: "c" }, [{}, { username: undefined }, { address: "" }], [{ clientId: "C" }, {
        clientId: "",
      }]],
      [{ username: "u" }, [{}, { clientId: "" }], [{ username: "v" }, { username: undefined }]],
      [{ network: "192.0.2.0/24" }, [{}, { clientId: "" }], [{ address: "192.0.3.7" }, {
        address: "",
      }, { address: "/run/x.sock" }]],
      [{ clientId: "c", username: "u" }, [{}], [{ username: "v" }, { clientId: "d" }]],
      [{ clientId: "c", network: "192.0.2.7" }, [{}], [
        { address: "192.0.2.8" },
        { clientId: "d" },
        {
          address: "",
        },
      ]],
      [{ username: "u", network: "2001:db8::/32" }, [{ address: "2001:db8::1" }], [{}]],
      [{ clientId: "c", username: "u", network: "192.0.2.7" }, [{}], [{ clientId: "d" }, {
        username: "v",
      }, { address: "10.0.0.1" }]],
    ];
  for (const [target, hit, spared] of cases) {
    const list = listOf(target);
    const found = (one: Partial<BanSubject>) => list.ofClient(client(one), NOW) !== undefined;
    assertEquals(hit.map(found), hit.map(() => true), JSON.stringify(target));
    assertEquals(spared.map(found), spared.map(() => false), JSON.stringify(target));
  }
});

Deno.test("before CONNECT only bans of networks alone are known, the widest and the narrowest", () => {
  const list = listOf(
    { network: "10.0.0.0/8" },
    { network: "192.0.2.7" },
    { network: "2001:db8::/48" },
    { clientId: "c", network: "198.51.100.7" },
  );
  const found = (address: string) => list.ofAddress(address, NOW)?.network;
  assertEquals(["10.1.2.3", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7:1"].map(found), [
    "10.0.0.0/8",
    "192.0.2.7",
    "192.0.2.7",
    "2001:db8::/48",
  ]);
  assertEquals(["11.0.0.1", "192.0.2.8", "2001:db8:1::", "198.51.100.7", "", "a.sock"].map(found), [
    ...Array(6).fill(undefined),
  ]);
  const everyone = listOf({ network: "0.0.0.0/0" });
  assertEquals(everyone.ofAddress("203.0.113.1", NOW)?.network, "0.0.0.0/0");
  assertEquals(everyone.ofAddress("2001:db8::1", NOW), undefined);
});

Deno.test("a ban ends by itself, at its time, and is taken away then", () => {
  const list = listOf(
    { clientId: "c", until: NOW + 10 },
    { network: "192.0.2.7", until: NOW + 20 },
    {
      username: "z",
    },
  );
  assertEquals(list.ofClient(client(), NOW + 9)?.clientId, "c");
  assertEquals(list.ofClient(client(), NOW + 10)?.network, "192.0.2.7");
  assertEquals(list.ofAddress("192.0.2.7", NOW + 20), undefined);
  assertEquals(list.takeEnded(NOW + 9), []);
  assertEquals(list.takeEnded(NOW + 10).map(({ clientId }) => clientId), ["c"]);
  assertEquals(list.takeEnded(NOW + 19), []);
  assertEquals(list.takeEnded(NOW + 1e6).map(({ network }) => network), ["192.0.2.7"]);
  assertEquals([...list.values()].map(({ username }) => username), ["z"]);
  assertEquals([isInForce(ban({}), Infinity), isInForce(ban({ until: 5 }), 5)], [true, false]);
});

Deno.test("one ban for each target: a new one replaces it, and deleting takes exactly this one", () => {
  const list = listOf({ clientId: "c", reason: "old" }, { clientId: "c", username: "u" }, {
    network: "10.0.0.0/8",
  }, { network: "10.0.0.0/8", username: "u" });
  list.put(ban({ clientId: "c", reason: "new" }));
  assertEquals(list.size, 4);
  assertEquals(list.get({ clientId: "c" })?.reason, "new");
  assertEquals([list.delete({ clientId: "d" }), list.delete({ clientId: "c" })], [false, true]);
  assertEquals(list.ofClient(client(), NOW)?.username, "u");
  assertEquals(list.ofClient(client({ username: "v" }), NOW), undefined);
  assertEquals(list.delete({ network: "10.0.0.0/8" }), true);
  assertEquals(list.ofAddress("10.1.1.1", NOW), undefined);
  assertEquals(list.ofClient(client({ clientId: "x", address: "10.1.1.1" }), NOW)?.username, "u");
  list.delete({ clientId: "c", username: "u" });
  list.delete({ network: "10.0.0.0/8", username: "u" });
  assertEquals([list.size, list.ofClient(client({ address: "10.1.1.1" }), NOW)], [0, undefined]);
});

Deno.test("bans are bounded in number and in what they name, automatic ones more narrowly", () => {
  const list = new BanList();
  const flapping = (clientId: string) => ban({ clientId, by: "flapping" });
  for (let i = 0; i < 1000; i++) list.put(flapping(`f${i}`));
  const error = assertThrows(() => list.put(flapping("one more")), UserError);
  assertEquals([error.message, list.size], ["there are too many bans by flapping", 1000]);
  list.putIfRoom(flapping("one more"));
  assertEquals(list.size, 1000);
  list.put(flapping("f7"));
  for (let i = 0; i < 9000; i++) list.put(ban({ username: `u${i}` }));
  assertThrows(() => list.put(ban({ username: "one more" })), UserError, "there are too many bans");
  list.put(ban({ username: "u7", reason: "longer" }));
  assertEquals([list.size, list.get({ username: "u7" })?.reason], [10_000, "longer"]);
});

Deno.test("long names fill the room too; what finds none leaves what was there", () => {
  const list = new BanList();
  const long = (index: number, by: Ban["by"]) =>
    ban({ clientId: `${index}`.padEnd(65_000, "x"), by });
  list.put(long(0, "flapping"));
  list.put(long(1, "flapping"));
  assertThrows(() => list.put(long(2, "flapping")), UserError);
  for (let i = 2; i < 16; i++) list.put(long(i, "admin"));
  assertThrows(() => list.put(long(16, "admin")), UserError);
  list.put(ban({ clientId: "c" }));
  assertThrows(() => list.put(ban({ clientId: "c", reason: "y".repeat(65_000) })), UserError);
  assertEquals(list.get({ clientId: "c" })?.reason, undefined);
  assertEquals(list.ofClient(client(), NOW)?.clientId, "c");
  list.delete(long(0, "flapping"));
  list.put(long(17, "flapping"));
});

Deno.test("of all that a ban names the length counts, to the last character", () => {
  const room = 128 * 1024;
  const names = { network: "10.0.0.0/8", reason: "12345" };
  const rest = room - names.network.length - names.reason.length;
  const fits = (username: string, clientId: string) => {
    const list = new BanList();
    list.putIfRoom(ban({ ...names, username, clientId, by: "flapping" }));
    return list.size === 1;
  };
  assertEquals(fits("u".repeat(1000), "c".repeat(rest - 1000)), true);
  assertEquals(fits("u".repeat(1001), "c".repeat(rest - 1000)), false);
  assertEquals(fits("u".repeat(1000), "c".repeat(rest - 999)), false);
  const list = new BanList();
  const admins = (size: number) => list.putIfRoom(ban({ clientId: "x".repeat(size) }));
  admins(1024 * 1024 + 1);
  assertEquals(list.size, 0);
  admins(1024 * 1024);
  assertEquals(list.size, 1);
});

Deno.test("a target names something, its network in one spelling", () => {
  assertEquals(checkedTarget({ network: "10.1.2.3/8" }).network, "10.0.0.0/8");
  assertEquals(checkedTarget({ network: "::ffff:192.0.2.7" }).network, "192.0.2.7");
  assertEquals(checkedTarget({ network: "2001:0DB8:0:0::/64" }).network, "2001:db8::/64");
  for (const target of [{}, { clientId: "" }, { username: "", clientId: "c" }, { network: "" }]) {
    assertThrows(() => checkedTarget(target), UserError, "expected one of them");
  }
  assertThrows(
    () => checkedTarget({ network: "10.0.0.0/33" }),
    UserError,
    "expected an address or network",
  );
  assertEquals(
    targetText({ clientId: "c", username: "u", network: "10.0.0.0/8" }),
    "client id c, user u, from 10.0.0.0/8",
  );
});
