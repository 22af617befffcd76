/** mosquitto's listeners: which of them it opens, and what stands for them where Deno cannot open the same. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { compareNames } from "../../../lib/cli/import/mosquitto_include.ts";
import { UserError } from "../../../lib/user_error.ts";
import { importTexts } from "./support.ts";

async function importConf(conf: string) {
  return await importTexts({ "mosquitto.conf": conf });
}

Deno.test("an address of IPv4 and one of IPv6: one listener stands for both", async () => {
  for (const pair of [["0.0.0.0", "::"], ["::", "0.0.0.0"]]) {
    const lines = pair.map((host, index) =>
      `listener 1883 ${host}\nmax_connections ${index + 5}\n`
    );
    const { config, notes } = await importConf(lines.join(""));
    assertEquals(config.listeners, { default: { bind: "[::]:1883", max_connections: 11 } });
    assert(notes[0]!.endsWith("one listener on [::]:1883 stands for both of this port"), notes[0]);
  }
});

Deno.test("a pair by socket_domain; without a limit of one there is none of both", async () => {
  const { config } = await importConf(
    "listener 1883\nsocket_domain ipv4 # here\nmax_connections 5\nlistener 1883\nsocket_domain ipv6\n",
  );
  assertEquals(config.listeners, { default: { bind: "[::]:1883", max_connections: 0 } });
});

Deno.test("all of IPv6 beside one address of IPv4: all of IPv4 is not opened for it", async () => {
  const { config, notes } = await importConf("listener 1883 ::\nlistener 1883 127.0.0.1\n");
  assertEquals(config.listeners, { default: { bind: "127.0.0.1:1883" } });
  assertEquals(notes, [
    "not carried over: listener 1883 (mosquitto.conf:1): [::] takes IPv4 too here, and cannot be opened " +
    "beside an address of IPv4; left out",
  ]);
});

Deno.test("other pairs of a port are two listeners", async () => {
  const { config } = await importConf("listener 1883 0.0.0.0\nlistener 1883 ::1\n");
  assertEquals(config.listeners, {
    mqtt_1883: { bind: "0.0.0.0:1883" },
    mqtt_1883_2: { bind: "[::1]:1883" },
  });
});

Deno.test("words of the default above the first listener open none", async () => {
  const above = "protocol mqtt\nmax_qos 2\nmax_connections -1\nrequire_certificate false\n" +
    "use_identity_as_username 0\nuse_username_as_clientid false\ntls_keyform pem\n";
  const { config, notes } = await importConf(`${above}listener 1884 192.0.2.1\n`);
  assertEquals(config.listeners, { default: { bind: "192.0.2.1:1884" } });
  assertEquals(notes.map((note) => note.split(": ").at(-1)), [
    ...Array.from(
      { length: 7 },
      () => "above the first listener, where it has no effect in mosquitto",
    ),
  ]);
});

Deno.test("another word above the first listener opens one on port 1883", async () => {
  const { config } = await importConf("max_connections 5\nlistener 1884 192.0.2.1\n");
  assertEquals(config.listeners, {
    mqtt_1883: { bind: "0.0.0.0:1883", max_connections: 5 },
    mqtt_1884: { bind: "192.0.2.1:1884" },
  });
});

Deno.test("and where that port is taken mosquitto does not start", async () => {
  const error = await assertRejects(
    () => importConf("max_connections 5\nlistener 1883 192.0.2.1\n"),
    UserError,
  );
  assertEquals(
    error.message,
    "mosquitto.conf:1: max_connections: above the first listener it opens one on port 1883, which " +
      "listener 1883 (mosquitto.conf:2) opens too; mosquitto does not start with it",
  );
});

Deno.test("without a listener: this machine, though mosquitto opens all addresses for some words", async () => {
  const { config, notes } = await importConf("max_connections 5\nallow_anonymous false\n");
  assertEquals(config.listeners, { default: { bind: "127.0.0.1:1883", max_connections: 5 } });
  assertEquals(notes, [
    "differs: max_connections (mosquitto.conf:1): this machine only (mosquitto: all addresses, for it " +
    "opens a listener); write a listener to be reached by others",
    "differs: allow_anonymous (mosquitto.conf:2): no one comes in without a password (mosquitto lets " +
    "this machine in, for it has no listener)",
  ]);
});

Deno.test("a socket_domain that is none, a path that is missing", async () => {
  for (const conf of ["listener 1883\nsocket_domain ipv5\n", "listener 0 # here\n"]) {
    await assertRejects(() => importConf(conf), UserError, 'got "');
  }
});

Deno.test("files of a folder that is not here stand in its place, in mosquitto's order", async () => {
  const { config } = await importTexts({
    "mosquitto.conf": "listener 1883 ::1\ninclude_dir /etc/m/conf.d\nmax_queued_messages 7\n",
    "b.conf": "max_inflight_messages 2\nmax_queued_messages 5\n",
    "C.conf": "max_inflight_messages 3\n",
    "a.conf": "max_inflight_messages 1\n",
  });
  assertEquals([config.max_inflight, config.max_queued_messages], [3, 7]);
});

Deno.test("of two folders that are not here, whose files are whose cannot be told", async () => {
  const error = await assertRejects(
    () =>
      importTexts({
        "mosquitto.conf": "include_dir one.d\nlistener 1883 ::1\ninclude_dir two.d\n",
        "a.conf": "max_inflight_messages 1\n",
      }),
    UserError,
  );
  assert(error.message.includes('there is no folder "one.d" here'), error.message);
});

Deno.test("names are compared as mosquitto does", () => {
  const names = ["b", "B", "a1", "A", "a", "_", "aa", "Ab"];
  assertEquals(names.sort(compareNames), ["A", "Ab", "a", "a1", "aa", "B", "b", "_"]);
});

Deno.test("a password file that nothing names lets no one in", async () => {
  const { config, notes } = await importTexts({
    "mosquitto.conf": "listener 1883 ::1\n",
    passwd: "roger:$7$101$PC0tWlK1oCQbhieB$pcEp==\n",
  });
  assertEquals(Object.keys(config.plugins as object), ["event_logger", "broker_sys"]);
  assertEquals(notes, [
    "not carried over: passwd (passwd): not used, for what is carried over of mosquitto.conf does not name it",
  ]);
});
