/** Web origins in one form. */
import { assertEquals } from "@std/assert";
import { normalizedOrigin } from "../lib/origin.ts";

Deno.test("origin: equal ones are equal texts", () => {
  const same: [text: string, origin: string][] = [
    ["https://example.org", "https://example.org"],
    ["HTTPS://EXAMPLE.org:443", "https://example.org"],
    ["http://example.org:80", "http://example.org"],
    ["http://example.org:443", "http://example.org:443"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    ["http://[::1]:8080", "http://[::1]:8080"],
    ["http://localhost:3000", "http://localhost:3000"],
    ["chrome-extension://ABC", "chrome-extension://abc"],
    ["null", "null"],
  ];
  for (const [text, origin] of same) assertEquals(normalizedOrigin(text), origin);
});

Deno.test("origin: what is none", () => {
  const none = [
    "",
    "*",
    "example.org",
    "//example.org",
    "https://",
    "https://example.org/",
    "https://example.org/path",
    "https://example.org?x",
    "https://user@example.org",
    "https://*.example.org:x",
    "https://a https://b",
    "https://example.org:99999",
    "javascript:alert(1)",
    "NULL",
  ];
  for (const text of none) assertEquals(normalizedOrigin(text), undefined, text);
});
