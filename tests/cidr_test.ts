/** Addresses and networks of access rules. */
import { assertEquals } from "@std/assert";
import { networkContains, parseAddress, parseNetwork, plainAddress } from "../lib/cidr.ts";

/** Network, address, is it inside? */
const CONTAINS: [string, string, boolean][] = [
  ["127.0.0.1", "127.0.0.1", true],
  ["127.0.0.1", "127.0.0.2", false],
  ["10.0.0.0/8", "10.255.255.255", true],
  ["10.0.0.0/8", "11.0.0.0", false],
  ["10.1.2.3/8", "10.200.0.1", true],
  ["192.168.1.128/25", "192.168.1.127", false],
  ["192.168.1.128/25", "192.168.1.255", true],
  ["192.168.1.7/31", "192.168.1.6", true],
  ["0.0.0.0/0", "255.255.255.255", true],
  ["255.255.255.255/32", "255.255.255.255", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["::/0", "10.0.0.1", false],
  ["::/0", "2001:db8::1", true],
  ["2001:db8::/32", "2001:db8:ffff::1", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["2001:DB8::/33", "2001:db8:8000::", false],
  ["fe80::/10", "fe80::1%eth0", true],
  ["::1", "::1", true],
  ["::1", "0:0:0:0:0:0:0:1", true],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", true],
  ["10.0.0.0/8", "::ffff:10.1.1.1", true],
  ["10.0.0.0/8", "::ffff:0a01:0101", true],
  ["::ffff:10.0.0.0/104", "10.9.9.9", true],
  ["::ffff:10.0.0.1", "10.0.0.1", true],
  ["::/64", "::ffff:10.0.0.1", false],
  ["10.0.0.0/8", "/run/midge.sock", false],
  ["10.0.0.0/8", "", false],
];

Deno.test("a network contains the addresses with its prefix", () => {
  for (const [network, text, expected] of CONTAINS) {
    const parsed = parseNetwork(network);
    const address = parseAddress(text);
    const inside = parsed !== undefined && address !== undefined &&
      networkContains(parsed, address);
    assertEquals([parsed === undefined, inside], [false, expected], `${text} in ${network}`);
  }
});

const MALFORMED = [
  "",
  "/8",
  "10",
  "10.0.0",
  "10.0.0.0.0",
  "10.0.0.256",
  "10.0.0.-1",
  "10.0.0.01",
  "010.0.0.1",
  "0x0a.0.0.1",
  "10.0.0.1 ",
  " 10.0.0.1",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/08",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "10.0.0.0/255.0.0.0",
  "localhost",
  "%a",
  ":",
  ":::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1::2::3",
  "1:2:3:4:5:6:7:8::",
  "12345::",
  "g::",
  "::10.0.0.1:1",
  "::10.0.0.256",
  "[::1]",
  "::1/129",
  "fe80::1%eth0",
  "1:2:3:4:5:6:7:1.2.3.4",
];

Deno.test("a malformed network is refused", () => {
  for (const text of MALFORMED) assertEquals(parseNetwork(text), undefined, text);
});

Deno.test("bits behind the prefix do not count", () => {
  assertEquals(parseNetwork("10.1.2.3/8"), parseNetwork("10.0.0.0/8"));
  assertEquals(parseNetwork("2001:db8::1/32"), parseNetwork("2001:db8::/32"));
});

Deno.test("plainAddress takes ::ffff: off IPv4 addresses and leaves everything else", () => {
  assertEquals(plainAddress("::ffff:10.1.2.255"), "10.1.2.255");
  assertEquals(plainAddress("::FFFF:0a01:02ff"), "10.1.2.255");
  for (const text of ["10.0.0.1", "::1", "::ffff:1:2:3", "/run/x.sock", ""]) {
    assertEquals(plainAddress(text), text);
  }
});
