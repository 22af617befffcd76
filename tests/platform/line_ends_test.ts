/** Files as an editor of Windows leaves them: CRLF, and a mark of byte order in front. */
import { assertEquals, assertMatch } from "@std/assert";
import { parseBans } from "../../lib/bans/ban_file.ts";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { suback, subscribe } from "../support/raw_packets.ts";

const CONFIG = `# a comment
listeners:
  default:
    bind: "127.0.0.1:0"
plugins:
  auth_file:
    password_file: passwords
  auth_scram:
    password_file: scram
  acl_file:
    file: acl.FORM
management: null
`;

const RULES = {
  conf: '%% people\n{allow, {user, "bob"}, subscribe, ["own/#"]}.\n{deny, all}.\n',
  yaml: "- {permission: allow, user: bob, action: subscribe, topics: [own/#]}\n" +
    "- {permission: deny, all: true, action: all, topics: all}\n",
};

function crlf(text: string): string {
  return text.replaceAll("\n", "\r\n");
}

for (const form of ["conf", "yaml"] as const) {
  for (const mark of ["", "\ufeff"]) {
    Deno.test(`configuration, passwords and acl.${form} ${mark === "" ? "" : "with a mark, "}with CRLF`, async () => {
      await using folder = new TempFolder();
      for (const args of [["passwords"], ["--scram", "scram"]]) {
        const set = await runMidge(["passwd", ...args, "bob"], {
          stdin: "secret\r\n",
          cwd: folder.path,
        });
        assertEquals(set.code, 0);
      }
      for (const name of ["passwords", "scram"]) folder.write(name, crlf(folder.read(name)));
      folder.write(`acl.${form}`, mark + crlf(RULES[form]));
      const config = folder.write("config.yaml", mark + crlf(CONFIG.replace("FORM", form)));
      await using midge = await MidgeProcess.start(["-c", config]);
      const who = { username: "bob", password: "secret", clientId: "c" };
      await using client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port }, who);
      await client.send(subscribe(1, ["own/a", 0], ["other", 0]));
      await client.expect(suback(1, 0, 0x80));
      assertEquals(midge.log.filter((line) => line.includes("error")), []);
    });
  }
}

Deno.test("bans with CRLF", () => {
  const [ban] = parseBans(crlf("# none\n- {user: bob, reason: x}\n"), "bans.yaml", 0);
  assertEquals([ban?.username, ban?.reason], ["bob", "x"]);
});

Deno.test("what midge passwd changes keeps the other lines, CRLF or not", async () => {
  await using folder = new TempFolder();
  const path = folder.write("passwords", crlf("# people\nann:$7$101$c2FsdA==$aGFzaA==\n"));
  const set = await runMidge(["passwd", path, "bob"], { stdin: "secret\r\n" });
  assertEquals(set.code, 0);
  const lines = folder.read("passwords").split("\n").map((line) => line.trimEnd());
  assertEquals(lines.slice(0, 2), ["# people", "ann:$7$101$c2FsdA==$aGFzaA=="]);
  assertMatch(lines[2]!, /^bob:\$argon2id\$/);
});
