/** `midge acl`: explanations and tables of expectations against a configuration, and how they refuse. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { AclOutcome } from "../../lib/manage/cases/outcome.ts";
import { type Outcome, runMidge, TempFolder } from "../support/midge_process.ts";
import type { AccessReport } from "../../lib/manage/access_report.ts";
import { freePort } from "../services/free_port.ts";

const CONFIG = `
listeners: {default: {bind: "127.0.0.1:0"}}
acl_deny_action: disconnect
plugins:
  auth_anonymous:
  topic_taboo:
  acl_file: {file: acl.conf}
`;

const RULES = `{allow, {user, "alice"}, publish, ["home/#"]}.
{deny, {ipaddr, "192.0.2.0/24"}, subscribe, ["#"]}.
{deny, all, receive, ["%c/secret"]}.
{deny, all, publish, ["cert/%C"]}.
`;

/** A folder with a configuration and its rules. */
function makeFolder(): TempFolder {
  const folder = new TempFolder();
  folder.write("c.yaml", CONFIG);
  folder.write("acl.conf", RULES);
  return folder;
}

async function explain(folder: TempFolder, ...args: string[]): Promise<AccessReport> {
  const options = { cwd: folder.path };
  const { code, stdout, stderr } = await runMidge(
    ["acl", "explain", "-c", "c.yaml", "--json", ...args],
    options,
  );
  assertEquals([code, stderr, stdout.length], [0, [], 1]);
  return JSON.parse(stdout[0]!);
}

Deno.test("explain: what is said of the client is what the rules see", async () => {
  await using folder = makeFolder();
  const verdicts: [args: string[], verdict: string, because: RegExp][] = [
    [["-u", "alice", "publish", "home/a"], "allow", /^acl_file: acl\.conf:1: /],
    [["publish", "home/a"], "allow", /^acl_nomatch$/],
    [["--ip", "192.0.2.7", "subscribe", "#", "-q", "2"], "deny", /^acl_file: acl\.conf:2: /],
    [["--ip", "198.51.100.7", "subscribe", "#"], "allow", /^acl_nomatch$/],
    [["-i", "c1", "receive", "c1/secret"], "deny", /^acl_file: acl\.conf:3: /],
    [["--common-name", "d7", "publish", "cert/d7"], "deny", /^acl_file: acl\.conf:4: /],
    [["publish", "prohibited"], "deny", /^topic_taboo: /],
    [["--superuser", "publish", "prohibited"], "allow", /^superuser$/],
  ];
  for (const [args, verdict, because] of verdicts) {
    const report = await explain(folder, ...args);
    assertEquals(report.verdict, verdict, args.join(" "));
    assertMatch(report.because, because);
  }
});

Deno.test("explain: the whole report as JSON; a denial is no failure", async () => {
  await using folder = makeFolder();
  const report = await explain(folder, "-u", "bob", "-i", "c1", "publish", "prohibited", "-r");
  const [step] = report.sources;
  assertEquals(typeof step?.microseconds, "number");
  assertEquals({ ...report, sources: [{ ...step, microseconds: 0 }] }, {
    client: {
      clientId: "c1",
      username: "bob",
      address: "",
      superuser: false,
      connected: false,
    },
    action: "publish",
    topic: "prohibited",
    qos: 0,
    retain: true,
    verdict: "deny",
    because: "topic_taboo: a taboo topic",
    effect: "the connection is closed, and its will is published",
    sources: [{
      source: "topic_taboo",
      answer: "deny",
      because: "a taboo topic",
      microseconds: 0,
    }],
    notAsked: ["acl_file"],
    settings: {
      combine: "first",
      nomatch: "allow",
      denyAction: "disconnect",
      wildcards: "strict",
    },
    cache: { maxSize: 32, ttl: 60, remembered: null },
  });
});

Deno.test("explain: lines for people, whatever the client is called", async () => {
  await using folder = makeFolder();
  const args = ["acl", "explain", "-c", "c.yaml", "-i", "a\nverdict    allow", "receive", "t"];
  const { code, stdout } = await runMidge(args, { cwd: folder.path });
  assertEquals(code, 0);
  assertEquals(
    stdout[0],
    "client     clientid a\\nverdict    allow, no username, address none, no superuser",
  );
  assertMatch(stdout[2]!, /^source 1 {3}topic_taboo: no opinion \(\d+(\.\d)? (us|ms)\)$/);
  assertEquals(stdout.slice(4), [
    "verdict    allow, by no receive rule",
    "settings   acl_combine first, acl_nomatch allow, acl_deny_action disconnect, acl_wildcards strict",
    "cache      not used for receive",
  ]);
});

Deno.test("explain: a server that cannot be asked is said, and its part is failed", async () => {
  await using folder = makeFolder();
  const port = freePort();
  folder.write(
    "c.yaml",
    `plugins: {http: {acl_req: {url: "http://127.0.0.1:${port}/"}, request: {retry_times: 0}}}`,
  );
  const args = ["acl", "explain", "-c", "c.yaml", "publish", "t"];
  const { code, stdout, stderr } = await runMidge(args, { cwd: folder.path });
  assertEquals(code, 0);
  assertMatch(stdout[2]!, /^source 1 {3}http: failed: /);
  assertMatch(stdout[3]!, /^verdict {4}deny, by http: /);
  assertEquals(stderr.length, 1);
});

const CASES = `
config: c.yaml
cases:
  - {user: alice, action: publish, topic: home/a, expect: allow}
  - {name: the taboo, clientid: c1, action: publish, topic: prohibited, qos: 1, expect: deny}
  - {ip: 192.0.2.7, action: subscribe, topic: "a/#", expect: deny}
  - {superuser: yes, action: publish, topic: prohibited, retain: true, expect: allow}
  - {common_name: d7, action: publish, topic: cert/d7, expect: deny}
`;

function test(folder: TempFolder, ...args: string[]): Promise<Outcome> {
  return runMidge(["acl", "test", ...args], { cwd: folder.path });
}

Deno.test("test: a table that holds", async () => {
  await using folder = makeFolder();
  folder.write("cases.yaml", CASES);
  const { code, stdout, stderr } = await test(folder, "cases.yaml");
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: [
      "ok      1: alice publish home/a, qos 0: allow",
      "ok      2: the taboo: deny",
      "ok      3: anyone subscribe a/#, qos 0: deny",
      "ok      4: anyone publish prohibited, qos 0, retain: allow",
      "ok      5: anyone publish cert/d7, qos 0: deny",
      "5 cases: all as expected",
    ],
    stderr: [],
  });
});

Deno.test("test: a difference is explained, and exit code 1", async () => {
  await using folder = makeFolder();
  folder.write("cases.yaml", CASES.replace('"a/#", expect: deny', '"a/#", expect: allow'));
  const { code, stdout } = await test(folder, "cases.yaml");
  assertEquals(code, 1);
  assertEquals(stdout[2], "FAILED  3: anyone subscribe a/#, qos 0: expected allow, got deny");
  assertEquals(
    stdout[3],
    "        client     clientid none, no username, address 192.0.2.7, no superuser",
  );
  assertEquals(stdout.at(-1), "5 cases: 1 not as expected");
  const json = await test(folder, "cases.yaml", "--json");
  assertEquals([json.code, json.stdout.length], [1, 1]);
  const { outcomes }: { outcomes: AclOutcome[] } = JSON.parse(json.stdout[0]!);
  assertEquals(outcomes.map(({ ok }) => ok), [true, true, false, true, true]);
  assertEquals([outcomes[2]!.verdict, outcomes[2]!.report?.client.address], ["deny", "192.0.2.7"]);
});

Deno.test("test: another configuration in place of the table's; a topic that is none", async () => {
  await using folder = makeFolder();
  folder.write("deny.yaml", "acl_nomatch: deny\nplugins: {auth_anonymous: , topic_taboo: }");
  folder.write(
    "cases.yaml",
    `config: none.yaml
cases:
  - {action: publish, topic: a, expect: deny}
  - {action: publish, topic: a/#, expect: deny}`,
  );
  const { code, stdout } = await test(folder, "cases.yaml", "-c", "deny.yaml");
  assertEquals(code, 1);
  assertEquals(stdout[0], "ok      1: anyone publish a, qos 0: deny");
  assertMatch(stdout[1]!, /^FAILED {2}2: anyone publish a\/#, qos 0: "a\/#": /);
});

Deno.test("test: a table with mistakes is refused whole, a line each", async () => {
  await using folder = makeFolder();
  folder.write(
    "cases.yaml",
    `config: c.yaml
cases:
  - {action: publish, topic: a, expect: allow}
  - {user: 7, action: fly, topic: a, expect: maybe, qos: 3, ip: 1.2.3.400, foo: 1}
  - {action: publish}
  - publish
`,
  );
  const { code, stdout, stderr } = await test(folder, "cases.yaml");
  assertEquals([code, stdout], [1, []]);
  const expected = [
    "cases[1].foo: unknown key; known keys: name, user, clientid, ip,",
    "cases[1].user: got 7, expected a text (a number in quotes)",
    'cases[1].ip: got "1.2.3.400", expected an address such as 192.0.2.7',
    'cases[1].action: got "fly", expected publish, subscribe or receive',
    "cases[1].qos: got 3, expected 0, 1 or 2",
    'cases[1].expect: got "maybe", expected allow or deny',
    "cases[2]: topic is missing",
    "cases[2]: expect is missing",
    'cases[3]: got "publish", expected a mapping with keys such as name, user, clientid',
  ];
  assertEquals(stderr.length, expected.length, stderr.join("\n"));
  expected.forEach((line, index) =>
    assertStringIncludes(stderr[index]!, `midge: cases.yaml: ${line}`)
  );
  folder.write("empty.yaml", "config: c.yaml\n");
  assertEquals(await test(folder, "empty.yaml"), {
    code: 1,
    stdout: [],
    stderr: ["midge: empty.yaml: cases: got nothing, expected a list of cases"],
  });
});

Deno.test("a configuration, its plugins and a question that cannot be used: exit code 1", async () => {
  await using folder = makeFolder();
  folder.write("acl.conf", "{allow, all}");
  const broken = await runMidge(["acl", "explain", "-c", "c.yaml", "publish", "t"], {
    cwd: folder.path,
  });
  assertEquals([broken.code, broken.stdout, broken.stderr.length], [1, [], 1]);
  assertMatch(broken.stderr[0]!, /^midge: c\.yaml: plugins\.acl_file: acl\.conf:1:\d+: /);
  const missing = await test(folder, "none.yaml");
  assertEquals([missing.code, missing.stderr], [1, ["midge: none.yaml: no such file"]]);
  const topic = await runMidge(["acl", "explain", "publish", "a/#"]);
  assertEquals([topic.code, topic.stderr.length], [1, 1]);
  assertMatch(topic.stderr[0]!, /^midge: "a\/#": /);
});

const MISUSED: [args: string[], line: string][] = [
  [[], "explain or test... is missing"],
  [["explian"], 'unknown command "explian"; did you mean explain? Known commands: explain, test'],
  [["explain"], "ACTION is missing: publish, subscribe or receive"],
  [["explain", "fly", "t"], 'got "fly", expected publish, subscribe or receive'],
  [["explain", "publish"], "TOPIC is missing"],
  [["explain", "publish", "a", "b"], 'unexpected argument "b"'],
  [["explain", "publish", "a", "-q", "3"], '--qos got "3", expected 0, 1 or 2'],
  [
    ["explain", "publish", "a", "--ip", "10.0.0.0/8"],
    '--ip got "10.0.0.0/8", expected an address such as 192.0.2.7',
  ],
  [["test"], "CASES is missing"],
  [["test", "a", "b"], 'unexpected argument "b"'],
];

for (const [args, line] of MISUSED) {
  Deno.test(`exit code 2 and one line: midge acl ${args.join(" ")}`, async () => {
    const { code, stdout, stderr } = await runMidge(["acl", ...args]);
    assertEquals({ code, stdout, stderr }, {
      code: 2,
      stdout: [],
      stderr: [`midge: acl: ${line}; see midge acl --help`],
    });
  });
}
