/** Listeners on socket files and behind proxies: what their keys become, and what goes with what. */
import { assertEquals } from "@std/assert";
import { read } from "./read.ts";

const listenersOf = (text: string) => read(`listeners: {${text}}`).listeners;

Deno.test("a socket file: its path from the configuration's folder, its mode, its group", () => {
  const [one] = listenersOf("a: {type: unix, bind: ./run/mqtt.sock, mode: '0600', group: mqtt}");
  assertEquals(one?.socketFile, { path: "/conf/run/mqtt.sock", mode: 0o600, group: "mqtt" });
  assertEquals([one?.transport, one?.hostname, one?.port], ["unix", "", 0]);
  const [other] = listenersOf("a: {type: unix, bind: /run/mqtt.sock}");
  assertEquals(other?.socketFile, { path: "/run/mqtt.sock", mode: 0o660, group: undefined });
});

Deno.test("the PROXY protocol on a socket file needs no trusted_proxies, and has no use for them", () => {
  const config = read(
    "listeners: {a: {type: unix, bind: ./s, proxy_protocol: true, trusted_proxies: [10.0.0.1]}}",
  );
  assertEquals(config.listeners[0]?.proxyProtocol, true);
  assertEquals(config.warnings, [
    "c.yaml: listeners.a.trusted_proxies: is for a listener with addresses, which a socket file's clients do not have; not used",
  ]);
  assertEquals(listenersOf("a: {type: unix, bind: ./s, proxy_protocol: true}").length, 1);
});

Deno.test("what is inherited by a socket file is not warned about", () => {
  const config = read(
    "listeners: {default: {proxy_protocol: true, trusted_proxies: [10.0.0.1]}, " +
      "a: {type: unix, bind: ./s}}",
  );
  assertEquals(config.warnings, []);
  assertEquals(config.listeners.map(({ proxyProtocol }) => proxyProtocol), [true, true]);
});

for (const type of ["tcp", "ws"]) {
  for (
    const [bind, hostname, port] of [
      ["[::]:1999", "::", 1999],
      ["[::1]:1999", "::1", 1999],
      ["[fe80::1%eth0]:1999", "fe80::1%eth0", 1999],
      ["[2001:db8::1]", "2001:db8::1", type === "ws" ? 8883 : 1883],
      [":1999", "0.0.0.0", 1999],
    ] as const
  ) {
    Deno.test(`${type}: bind ${bind}`, () => {
      const [one] = listenersOf(`a: {type: ${type}, bind: "${bind}"}`);
      assertEquals([one?.hostname, one?.port, one?.transport], [hostname, port, type]);
    });
  }
}
