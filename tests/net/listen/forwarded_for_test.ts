/** Who is behind a proxy: what of X-Forwarded-For is believed. */
import { assertEquals } from "@std/assert";
import { parseNetwork } from "../../../lib/cidr.ts";
import { forwardedPeer } from "../../../lib/net/listen/forwarded_for.ts";

const TRUSTED = ["127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"].map((text) => parseNetwork(text)!);
const PROXY = {
  address: "10.0.0.1",
  port: 4711,
  certificate: { commonName: "p", subject: "CN=p" },
};

Deno.test("forwarded for: the right-most address that is no trusted proxy", () => {
  const cases: [values: string[], address: string][] = [
    [["192.0.2.7"], "192.0.2.7"],
    [["198.51.100.1, 192.0.2.7"], "192.0.2.7"],
    [["198.51.100.1, 192.0.2.7, 10.1.2.3,127.0.0.1"], "192.0.2.7"],
    [["198.51.100.1", "192.0.2.7", "10.1.2.3"], "192.0.2.7"],
    [["garbage, 192.0.2.7"], "192.0.2.7"],
    [["2001:db8:2::7"], "2001:db8:2::7"],
    [["[2001:db8:2::7]:4711, 10.0.0.2"], "2001:db8:2::7"],
    [["[2001:db8:2::7]"], "2001:db8:2::7"],
    [["192.0.2.7:51234"], "192.0.2.7"],
    [["10.0.0.5, 10.0.0.6"], "10.0.0.5"],
  ];
  for (const [values, address] of cases) {
    assertEquals(
      forwardedPeer(PROXY, values, TRUSTED),
      { ...PROXY, address, port: 0 },
      `${values}`,
    );
  }
});

Deno.test("forwarded for: nothing of it, garbage, or a stranger: the socket's address", () => {
  const doubtful = [
    "",
    ",",
    "unknown",
    "192.0.2.7, garbage",
    "192.0.2.7, garbage, 10.0.0.2",
    "192.0.2.7,",
    "192.0.2.256",
    "192.0.2.7 192.0.2.8",
    "192.0.2.7:port",
    "for=192.0.2.7",
    "_hidden",
  ];
  assertEquals(forwardedPeer(PROXY, [], TRUSTED), PROXY);
  for (const value of doubtful) assertEquals(forwardedPeer(PROXY, [value], TRUSTED), PROXY, value);
  for (const address of ["192.0.2.1", "11.0.0.1", ""]) {
    const stranger = { address, port: 1 };
    assertEquals(forwardedPeer(stranger, ["198.51.100.1"], TRUSTED), stranger);
    assertEquals(forwardedPeer(PROXY, ["198.51.100.1"], []), PROXY);
  }
});
