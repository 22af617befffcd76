/** `midge ctl acl rules` and the broker that it asks, as processes, with the permissions of `deno task start`. */
import { assertEquals, assertMatch } from "@std/assert";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../../support/midge_process.ts";

const CONFIG = `
listeners: {default: {bind: "127.0.0.1:0"}}
acl_tests: tests.yaml
plugins:
  auth_anonymous:
  topic_acl: {publish_acl: {bob: ["b"]}}
  acl_file: {file: data/acl.conf}
`;
const TESTS = "cases: [{user: bob, action: subscribe, topic: b, expect: allow}]\n";
const START_PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-sys=systemMemoryInfo",
  "--allow-write=data",
];

Deno.test("rules are shown and changed: a dry run, a failing test, a mistake, an old revision, done", async () => {
  await using folder = new TempFolder();
  folder.write("c.yaml", CONFIG);
  folder.write("tests.yaml", TESTS);
  Deno.mkdirSync(`${folder.path}/data`);
  folder.write("data/acl.conf", "{allow, all}.\n");
  const options = { cwd: folder.path, permissions: START_PERMISSIONS };
  await using _midge = await MidgeProcess.start(["-c", "c.yaml"], options);
  const ctl = (...args: string[]): Promise<Outcome> =>
    runMidge(["ctl", "-c", "c.yaml", "acl", "rules", ...args], { cwd: folder.path });
  const { stdout } = await ctl();
  assertEquals(stdout.slice(0, 5), [
    "topic_acl: in the configuration, read only",
    "LINE   HITS       RULE",
    "-      0          publish bob: b",
    "-      0          publish anyone else: nothing",
    `acl_file: ${folder.path}/data/acl.conf, revision ${stdout[4]!.split(" ").at(-1)}`,
  ]);
  assertEquals(stdout.slice(5), ["LINE   HITS       RULE", "1      0          {allow, all}"]);
  folder.write(
    "new.conf",
    '{allow, all, publish, ["a"]}.\n{allow, {user, "bob"}, subscribe, ["b"]}.\n',
  );
  folder.write("closed.conf", "{deny, all}.\n");
  folder.write("wrong.conf", "{deny, al}.\n");
  assertEquals(await ctl("set", "acl_file", "new.conf", "--dry-run"), {
    code: 0,
    stdout: ["acl_file: they would hold; access tests passed: 1"],
    stderr: [],
  });
  const closed = await ctl("set", "acl_file", "closed.conf");
  assertEquals([closed.code, closed.stdout], [1, ["acl_file: nothing was changed"]]);
  assertMatch(
    closed.stderr[0]!,
    /^midge: access test 1: bob subscribe b, qos 0: expected allow, got deny: acl_file: /,
  );
  const wrong = await ctl("set", "acl_file", "wrong.conf");
  assertMatch(wrong.stderr[0]!, /^midge: data\/acl\.conf:1:8: /);
  const old = await ctl("set", "acl_file", "new.conf", "--revision", "0123");
  assertMatch(
    old.stderr[0]!,
    /^midge: acl_file: its rules are of revision [0-9a-f]{16} now, not "0123"/,
  );
  assertEquals(folder.read("data/acl.conf"), "{allow, all}.\n");
  const done = await ctl("set", "acl_file", "new.conf");
  assertEquals(done, {
    code: 0,
    stdout: ["acl_file: the rules hold; access tests passed: 1"],
    stderr: [],
  });
  assertEquals(folder.read("data/acl.conf"), folder.read("new.conf"));
  const fixed = await ctl("set", "topic_acl", "new.conf");
  assertMatch(fixed.stderr[0]!, /^midge: topic_acl: its rules stand in the configuration/);
  const unknown = await ctl("nosuch");
  assertEquals(unknown.stderr, [
    'midge: "nosuch" shows no rules; expected one of topic_acl, acl_file',
  ]);
});
