/** Which listeners cannot be open together: as check says it, and as the system does. */
import { assertEquals } from "@std/assert";
import { readListeners } from "../../lib/config/listeners.ts";
import { overlapOf } from "../../lib/config/overlap.ts";
import { Problems } from "../../lib/config/problems.ts";
import { freePort } from "../services/free_port.ts";

const ADDRESSES = ["0.0.0.0", "::", "127.0.0.1", "127.0.0.2", "::1"];
const isLinux = Deno.build.os === "linux";

function problemsOf(...binds: readonly string[]): readonly string[] {
  const problems = new Problems("c");
  const entries = binds.map((bind, index) => [`l${index}`, { bind }] as const);
  readListeners(Object.fromEntries(entries), { directory: "/", dataDir: "/data" }, problems);
  return problems.errors;
}

/** Does the system open the second while the first is open? */
function canOpen(first: string, second: string): boolean {
  const port = freePort(); // not one that another process may have on another address
  const one = Deno.listen({ hostname: first, port });
  try {
    Deno.listen({ hostname: second, port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  } finally {
    one.close();
  }
}

Deno.test({
  name: "what is said to be taken is what Linux says",
  ignore: !isLinux,
  fn() {
    for (const hostname of ADDRESSES) {
      for (const other of ADDRESSES) {
        const [one, two] = [{ hostname, port: 1 }, { hostname: other, port: 1 }];
        const overlap = overlapOf(one, two) ?? overlapOf(two, one);
        assertEquals(overlap === undefined, canOpen(hostname, other), `${hostname} ${other}`);
      }
    }
  },
});

Deno.test("other ports, any free port and names are not judged", () => {
  const one = { hostname: "::", port: 1 };
  assertEquals(overlapOf(one, { hostname: "::", port: 2 }), undefined);
  assertEquals(overlapOf({ hostname: "::", port: 0 }, { hostname: "::", port: 0 }), undefined);
  assertEquals(overlapOf(one, { hostname: "localhost", port: 1 }), undefined);
  assertEquals(problemsOf("[::]:0", "0.0.0.0:0", "127.0.0.1:1", "[::1]:1"), []);
});

Deno.test({
  name: "a pair that cannot be open together is named, whichever stands first",
  ignore: !isLinux,
  fn() {
    assertEquals(problemsOf("0.0.0.0:1883", "[::]:1883"), [
      "c: listeners.l1.bind: [::]:1883 and 0.0.0.0:1883 of listener l0 cannot be open together, for " +
      "[::]:1883 takes all IPv6 and IPv4; expected one of the two",
    ]);
    assertEquals(problemsOf("[::0]:1883", "192.0.2.1:1883"), [
      "c: listeners.l1.bind: 192.0.2.1:1883 and [::0]:1883 of listener l0 cannot be open together, for " +
      "[::0]:1883 takes all IPv6 and IPv4; expected one of the two",
    ]);
    assertEquals(problemsOf("127.0.0.1:1883", "0.0.0.0:1883"), [
      "c: listeners.l1.bind: 0.0.0.0:1883 and 127.0.0.1:1883 of listener l0 cannot be open together, for " +
      "0.0.0.0:1883 takes all IPv4; expected one of the two",
    ]);
  },
});
