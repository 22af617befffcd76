/** bans.yaml: what is written reads back, whatever the names are, and a mistake is said with its place. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Ban } from "../../lib/bans/ban.ts";
import { formatBans, parseBans } from "../../lib/bans/ban_file.ts";
import { UserError } from "../../lib/user_error.ts";
import { Random } from "../support/random.ts";

const NOW = Date.UTC(2026, 0, 31);

function problemsIn(text: string): readonly string[] {
  return assertThrows(() => parseBans(text, "bans.yaml", NOW), UserError).problems;
}

function ban(given: Partial<Ban>): Ban {
  return {
    clientId: undefined,
    username: undefined,
    network: undefined,
    until: undefined,
    reason: undefined,
    by: "admin",
    since: NOW,
    ...given,
  };
}

Deno.test("bans read as people write them", () => {
  const text = `
# a comment
- clientid: sensor
  until: 2026-02-01T12:00:00+01:00
- {user: alice, address: 10.1.2.3/8, reason: why not, by: flapping, since: "2026-01-01T00:00:00Z"}
- address: "2001:db8::/32"
  until: 2026-02-01
`;
  assertEquals(parseBans(text, "bans.yaml", NOW), [
    ban({ clientId: "sensor", until: Date.UTC(2026, 1, 1, 11) }),
    ban({
      username: "alice",
      network: "10.0.0.0/8",
      reason: "why not",
      by: "flapping",
      since: Date.UTC(2026, 0, 1),
    }),
    ban({ network: "2001:db8::/32", until: Date.UTC(2026, 1, 1) }),
  ]);
});

Deno.test("what has ended is left out, and comments alone are no bans", () => {
  const text =
    '- {user: a, until: "2026-01-30T00:00:00Z"}\n- {user: b, until: "2026-02-01T00:00:00Z"}';
  assertEquals(parseBans(text, "f", NOW).map(({ username }) => username), ["b"]);
  assertEquals(parseBans("# none\n", "f", NOW), []);
  assertEquals(parseBans(formatBans([]), "f", NOW), []);
  assert(formatBans([]).includes("# There are none."));
});

Deno.test("the file is readable: a ban a line, times in ISO 8601", () => {
  const lines = formatBans([
    ban({ clientId: "größe \u202e#1", until: NOW + 1500, reason: 'say "no"' }),
    ban({ network: "10.0.0.0/8", by: "flapping" }),
  ]).split("\n").filter((line) => line.startsWith("-"));
  assertEquals(lines, [
    '- {clientid: "größe \\u202e#1", until: "2026-01-31T00:00:01.500Z", reason: "say \\"no\\"", by: "admin", since: "2026-01-31T00:00:00.000Z"}',
    '- {address: "10.0.0.0/8", by: "flapping", since: "2026-01-31T00:00:00.000Z"}',
  ]);
});

Deno.test("names of any characters read back the same", () => {
  const random = new Random(11);
  const odd = [
    0,
    9,
    10,
    13,
    27,
    34,
    39,
    58,
    92,
    0x7f,
    0x85,
    0xa0,
    0xad,
    0x2028,
    0x202e,
    0xfeff,
    0xfffe,
    0x1f600,
    0xe0001,
    0x10ffff,
  ];
  for (let round = 0; round < 300; round++) {
    const name = () =>
      String.fromCodePoint(
        ...random.list(1, 12, () => random.oneIn(2) ? random.pick(odd) : 32 + random.below(200)),
      );
    const bans = random.list(
      1,
      4,
      () => ban({ clientId: name(), username: name(), reason: name() }),
    );
    assertEquals(parseBans(formatBans(bans), "f", NOW), bans);
  }
});

Deno.test("each mistake is a line with its place", () => {
  assertEquals(
    problemsIn(
      "- {user: 7}\n- {}\n- {adress: 10.0.0.1}\n- {address: 10.0.0.0/40}\n- {user: a, until: soon}\n- x",
    ),
    [
      "bans.yaml: [0].user: got 7, expected text",
      "bans.yaml: [1]: a ban is for a client id, a user or an address; expected one of them, not empty",
      "bans.yaml: [2].adress: unknown key; did you mean address? Known keys: clientid, user, address, until, reason, by, since",
      'bans.yaml: [3]: got "10.0.0.0/40", expected an address or network such as 192.0.2.7 or 10.0.0.0/8',
      'bans.yaml: [4].until: got "soon", expected a time such as "2026-01-31T12:00:00Z"',
      'bans.yaml: [5]: got "x", expected a mapping with keys such as clientid, user, address',
    ],
  );
  assertEquals(
    problemsIn('- {user: a, until: "2026-02-01T00:00:00"}').length,
    1,
    "a time without a zone",
  );
  assertEquals(problemsIn("- {user: a, by: me}").length, 1);
  assertEquals(problemsIn("user: a"), ['bans.yaml: expected a list of bans: - {user: "NAME"}']);
  assertEquals(problemsIn(" \n"), [
    "bans.yaml: is empty; expected bans, or a comment where there are none",
  ]);
  assertEquals(problemsIn("- {user: a").length, 1);
  assertEquals(problemsIn("- {user: a}\n".repeat(10_001)), [
    "bans.yaml: got 10001 bans, expected 10000 at most",
  ]);
  assertEquals(problemsIn("#".repeat(8 * 1024 * 1024 + 1)).length, 1);
});
