/**
 * acl_file's lines as rules: against a model of what mosquitto 2 does (mosquitto_behaviour_test.ts holds both to
 * the real one), over many made-up files; and line by line.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { RuleSet } from "../../../lib/access/rules/rule_set.ts";
import { parseYamlRules } from "../../../lib/access/rules/yaml_rules.ts";
import { UserError } from "../../../lib/user_error.ts";
import { Draft, showNote } from "../../../lib/cli/import/draft.ts";
import { aclRules } from "../../../lib/cli/import/mosquitto_acl.ts";
import { filterMatches } from "../../../lib/topic/filter.ts";
import { Random } from "../../support/random.ts";

type Access = "publish" | "receive";
type Client = { clientId: string; username?: string };

function rulesOf(text: string, allowAnonymous = true, clientIdIsUsername = false) {
  const draft = new Draft();
  const file = { name: "acl", path: "/acl", text };
  const rules = aclRules(file, draft, { allowAnonymous, clientIdIsUsername });
  return {
    rules,
    set: new RuleSet(parseYamlRules(rules, "acl")),
    notes: draft.notes.map(showNote),
  };
}

function allows(
  set: RuleSet,
  action: Access | "subscribe",
  topic: string,
  client: Client,
): boolean {
  const who = { address: "192.0.2.7", username: client.username, clientId: client.clientId };
  const request = { client: who, action, topic, qos: 0, retain: false } as const;
  const answer = set.decide(request, "strict");
  assert(answer !== undefined, `no answer to ${action} ${topic}`);
  return answer?.result === "allow";
}

/** One `topic` or `pattern` line of a made-up file. */
interface Line {
  user: string | undefined;
  isPattern: boolean;
  access: "read" | "write" | "readwrite" | "deny";
  topic: string;
}

/** mosquitto 2's decision, as its source has it. */
function mosquittoAllows(lines: readonly Line[], access: Access, topic: string, client: Client) {
  const own = lines.filter((line) => !line.isPattern && line.user === client.username);
  const patterns = lines.filter((line) => line.isPattern);
  const steps: [Line[], (text: string) => string][] = [
    [own, (text) => text],
    [
      patterns,
      (text) => text.replaceAll("%c", client.clientId).replaceAll("%u", client.username ?? "%u"),
    ],
  ];
  for (const [group, fill] of steps) {
    const matching = group.filter((line) => filterMatches(fill(line.topic), topic));
    if (matching.some((line) => line.access === "deny")) return false;
    const wanted = access === "publish" ? "write" : "read";
    if (matching.some((line) => line.access.includes(wanted))) return true;
  }
  return false;
}

Deno.test("made-up files mean what they mean to mosquitto", () => {
  const random = new Random(7);
  const users = [undefined, "u1", "u2"];
  const levels = ["a", "b", "+", "%c", "%u", "u1", "c1"];
  const names = [
    "a",
    "b",
    "u1",
    "c1",
    "c2",
    "a/b",
    "a/u1",
    "a/c1/b",
    "u1/c1",
    "b/a",
    "$SYS/a",
    "u2",
  ];
  let grants = 0;
  for (let round = 0; round < 400; round++) {
    const lines = random.list(1, 8, (): Line => {
      const isPattern = random.oneIn(2);
      const own = levels.filter((level) => isPattern || !level.startsWith("%"));
      const topic = random.list(1, 3, () => random.pick(own)).join("/");
      return {
        isPattern,
        user: isPattern ? undefined : random.pick(users),
        access: random.pick(["read", "write", "readwrite", "deny"]),
        topic: random.oneIn(4) ? (random.oneIn(2) ? `${topic}/#` : "#") : topic,
      };
    }).sort((a, b) => (a.user ?? "").localeCompare(b.user ?? ""));
    const text = lines.map(({ user, isPattern, access, topic }) =>
      `${user === undefined ? "" : `user ${user}\n`}${
        isPattern ? "pattern" : "topic"
      } ${access} ${topic}`
    ).join("\n");
    const { set } = rulesOf(text);
    for (const username of users) {
      for (const clientId of ["c1", "c2"]) {
        const client = username === undefined ? { clientId } : { clientId, username };
        for (const topic of names) {
          for (const access of ["publish", "receive"] as const) {
            const expected = mosquittoAllows(lines, access, topic, client);
            const what = `${JSON.stringify(client)} ${access} ${topic} with:\n${text}`;
            assertEquals(allows(set, access, topic, client), expected, what);
            if (expected) grants++;
          }
        }
      }
    }
  }
  assert(grants > 1000, `only ${grants} grants were compared`);
});

Deno.test("every subscription is granted: rights show when messages are delivered", () => {
  const { set } = rulesOf("user u1\ntopic deny #");
  assertEquals(allows(set, "subscribe", "#", { clientId: "c", username: "u1" }), true);
  assertEquals(allows(set, "subscribe", "$SYS/#", { clientId: "c" }), true);
  assertEquals(allows(set, "receive", "a", { clientId: "c", username: "u1" }), false);
});

Deno.test("a denial that a client's name or id would slip past gives that client nothing", () => {
  const { set } = rulesOf("pattern readwrite #\npattern deny private/%c/#\n");
  for (const clientId of ["+", "#", "a/b", "a\n#"]) {
    assertEquals(allows(set, "receive", "open", { clientId }), false, clientId);
    assertEquals(allows(set, "publish", "open", { clientId: "c", username: clientId }), false);
  }
  assertEquals(allows(set, "receive", "open", { clientId: "a\nb" }), true);
  assertEquals(allows(set, "receive", "private/c1/x", { clientId: "c1" }), false);
});

Deno.test("names with line ends count as names, not as clients without one", () => {
  const { set } = rulesOf("topic read open");
  assertEquals(allows(set, "receive", "open", { clientId: "c" }), true);
  assertEquals(allows(set, "receive", "open", { clientId: "c", username: "a\nb" }), false);
});

Deno.test("text that Midge would fill in stays text, and where it cannot, less is allowed", () => {
  const { set, notes } = rulesOf(
    "topic readwrite a/%u\ntopic read b/%a/#\ntopic deny a/+/${x}\ntopic readwrite a/#\ntopic read all\n" +
      "pattern read p/%a/%c",
  );
  const client = { clientId: "c1" };
  assertEquals(allows(set, "receive", "a/%u", client), true);
  assertEquals(allows(set, "receive", "b/192.0.2.7/x", client), false);
  assertEquals(allows(set, "receive", "a/b/${x}", client), false);
  assertEquals(allows(set, "receive", "a/b/c", client), false);
  assertEquals(allows(set, "receive", "a/b/c/d", client), true);
  assertEquals(allows(set, "receive", "all", client), true);
  assertEquals(allows(set, "receive", "any", client), false);
  assertEquals(allows(set, "receive", "p/192.0.2.7/c1", client), false);
  const what = "has text that is a placeholder in Midge";
  assertEquals(notes.slice(0, 3).sort(), [
    `not carried over: a/+/\${x} (acl:3): ${what}; the rule denies more: any level in its place`,
    `not carried over: b/%a/# (acl:2): ${what}`,
    `not carried over: p/%a/%c (acl:6): ${what}`,
  ]);
});

Deno.test("where nobody comes in without a name, lines for such clients are left out and noted", () => {
  const { rules, notes } = rulesOf("topic read news/#\nuser u1\ntopic a", false);
  assertEquals(rules.length, 5);
  assertEquals(notes, [
    "not carried over: lines above the first user (acl:1): nobody without a user name gets in",
  ]);
});

Deno.test("use_username_as_clientid: %c is the user name", () => {
  const { set } = rulesOf("pattern write up/%c/x%c", true, true);
  assertEquals(allows(set, "publish", "up/u1/xu1", { clientId: "c1", username: "u1" }), true);
  assertEquals(allows(set, "publish", "up/c1/xc1", { clientId: "c1", username: "u1" }), false);
});

Deno.test("a line that mosquitto refuses is an error with its number", () => {
  const text = "# comment\ntopic\nuser\ntopic allow a\npattern read a/#/b\n topics a\n\n" +
    "topic read a b\r\ntopic  write   c  \n";
  const error: UserError = assertThrows(() => rulesOf(text), UserError);
  assertEquals(error.problems.map((line) => line.replace(/ \[.*/, "")), [
    'acl:2: "": a topic filter must not be empty',
    "acl:3: expected a user name",
    'acl:4: got "allow", expected read, write, readwrite or deny',
    'acl:5: "a/#/b": # must be alone in the last level of a topic filter',
    'acl:6: got "topics", expected user, topic or pattern',
  ]);
});
