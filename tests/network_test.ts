/** Which addresses count as one place. */
import { assertEquals } from "@std/assert";
import { networkOf } from "../lib/network.ts";

const NETWORKS: readonly [address: string, network: string][] = [
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:DB8:0000:0::2", "2001:db8:0:0::/64"],
  ["2001:db8:0:0:1:2:3:4", "2001:db8:0:0::/64"],
  ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
  ["1:2:3:4:5:6:7:8", "1:2:3:4::/64"],
  ["1:2:3:4:5:6::", "1:2:3:4::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["", ""],
  ["/run/midge.sock", "/run/midge.sock"],
];

for (const [address, network] of NETWORKS) {
  Deno.test(`${address} belongs to ${network}`, () => assertEquals(networkOf(address), network));
}
