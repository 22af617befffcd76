/** What a service manager says in the environment. */
import { assertEquals } from "@std/assert";
import { notifyWishes, serviceFolders } from "../../lib/service/environment.ts";

const reading = (variables: Record<string, string>) => (name: string) => variables[name];

Deno.test("the first folder of each kind counts; what is no absolute path is none", () => {
  const read = reading({ STATE_DIRECTORY: "/var/lib/a:/var/lib/b", RUNTIME_DIRECTORY: "/run/a" });
  assertEquals(serviceFolders(read), { state: "/var/lib/a", runtime: "/run/a" });
  const other = reading({ STATE_DIRECTORY: "", RUNTIME_DIRECTORY: "run/a" });
  assertEquals(serviceFolders(other), { state: undefined, runtime: undefined });
});

Deno.test("the watchdog's time is in microseconds; without a socket there are no wishes", () => {
  const socket = "/run/systemd/notify";
  assertEquals(notifyWishes(reading({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: "30000000" })), {
    socket,
    watchdogMs: 30_000,
  });
  for (const microseconds of ["", "0", "soon", "-1"]) {
    const wishes = notifyWishes(
      reading({ NOTIFY_SOCKET: "@midge", WATCHDOG_USEC: microseconds }),
    );
    assertEquals(wishes, { socket: "@midge", watchdogMs: undefined });
  }
  for (const none of ["", "@", "vsock:1:2", "relative"]) {
    assertEquals(notifyWishes(reading({ NOTIFY_SOCKET: none })), undefined);
  }
  assertEquals(notifyWishes(reading({ WATCHDOG_USEC: "1" })), undefined);
});
