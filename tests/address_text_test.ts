/** Addresses as text, and back. */
import { assertEquals } from "@std/assert";
import { addressText } from "../lib/address_text.ts";
import { parseAddress } from "../lib/cidr.ts";

for (
  const [written, expected] of [
    ["192.0.2.7", "192.0.2.7"],
    ["255.255.255.255", "255.255.255.255"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ] as const
) {
  Deno.test(`the text of ${written}`, () => {
    assertEquals(addressText(parseAddress(written)!), expected);
  });
}
