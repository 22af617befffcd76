/** The unit for systemd: it is understood, it permits what the plan needs and no more; and the forms of other systems. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { jobCommands, jobText } from "../../../lib/cli/service/launchd.ts";
import { UNIT_MARK, type UnitPlan, unitText, unitWord } from "../../../lib/cli/service/unit.ts";
import { taskCommands } from "../../../lib/cli/service/windows.ts";
import { optionalTest } from "../../support/optional.ts";
import { TempFolder } from "../../support/midge_process.ts";

const PLAN: UnitPlan = {
  name: "midge",
  user: "midge",
  executable: "/usr/local/bin/midge",
  config: "/etc/midge/config.yaml",
  dataDir: "/var/lib/midge",
  writable: ["/etc/midge"],
  groups: [],
  hasLowPort: false,
};

/** The settings of the unit, in order. */
function settings(plan: Partial<UnitPlan> = {}): string[] {
  return unitText({ ...PLAN, ...plan }).split("\n");
}

async function analyze(...args: string[]): Promise<{ code: number; said: string }> {
  const command = new Deno.Command("systemd-analyze", { args, env: { SYSTEMD_COLORS: "0" } });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

const missing = await analyze("--version").then(() => undefined, () => "no systemd-analyze");

optionalTest(missing, "systemd takes every form of the unit without a word", async () => {
  await using folder = new TempFolder();
  const wide = {
    dataDir: "/srv/my data",
    writable: ["/etc/midge", "/run/50% off"],
    groups: ["adm", "daemon"],
    hasLowPort: true,
  };
  for (const plan of [{}, wide]) {
    const text = unitText({ ...PLAN, executable: "/bin/true", ...plan });
    const unit = folder.write("midge.service", text);
    assertEquals(await analyze("verify", unit), { code: 0, said: "" });
  }
});

optionalTest(missing, "the unit's exposure is small; without hardening it is not", async () => {
  await using folder = new TempFolder();
  const scoreOf = async (text: string) => {
    const unit = folder.write("midge.service", text);
    const { said } = await analyze("security", "--offline=true", unit);
    return Number(/exposure level for \S+: ([\d.]+)/.exec(said)?.[1]);
  };
  const text = unitText({ ...PLAN, executable: "/bin/true" });
  const score = await scoreOf(text);
  assert(score > 0 && score <= 2, `${score}`);
  const bare = text.split("\n").filter((line) => !/^(Protect|System|Restrict)/.test(line));
  assert(await scoreOf(bare.join("\n")) > 4);
});

Deno.test("the usual unit: systemd's folders, its notification, no capability", () => {
  const lines = settings();
  assertEquals(lines[0], UNIT_MARK);
  for (
    const line of [
      "Type=notify",
      "WatchdogSec=30",
      "User=midge",
      "Group=midge",
      "ExecStart=/usr/local/bin/midge start -c /etc/midge/config.yaml",
      "ExecReload=/bin/kill -HUP $MAINPID",
      "StateDirectory=midge",
      "RuntimeDirectory=midge",
      "ReadWritePaths=-/etc/midge",
      "CapabilityBoundingSet=",
      "MemoryDenyWriteExecute=no",
    ]
  ) assert(lines.includes(line), line);
  assertEquals(lines.filter((line) => /Ambient|Supplementary|Environment/.test(line)), []);
});

Deno.test("a low port, another folder and a socket's group get what they need", () => {
  const lines = settings({ hasLowPort: true, dataDir: "/srv/midge", groups: ["mqtt"] });
  for (
    const line of [
      "AmbientCapabilities=CAP_NET_BIND_SERVICE",
      "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
      "SupplementaryGroups=mqtt",
      "Environment=STATE_DIRECTORY=/srv/midge",
      "ReadWritePaths=-/srv/midge",
      "WorkingDirectory=/srv/midge",
    ]
  ) assert(lines.includes(line), line);
  assertEquals(lines.filter((line) => line.startsWith("StateDirectory")), []);
});

Deno.test("what means something in a unit is quoted", () => {
  assertEquals(unitWord("/a b"), '"/a b"');
  assertEquals(unitWord("/50%"), "/50%%");
  assertEquals(unitWord("/$HOME"), "/$$HOME");
  assertEquals(unitWord('/a"\\b'), '"/a\\"\\\\b"');
});

Deno.test("a dollar means something in a command alone", () => {
  const lines = settings({ dataDir: "/srv/$a", config: "/etc/$c" });
  for (
    const line of [
      "ExecStart=/usr/local/bin/midge start -c /etc/$$c",
      "Environment=STATE_DIRECTORY=/srv/$a",
      "ReadWritePaths=-/srv/$a",
      "WorkingDirectory=/srv/$a",
    ]
  ) assert(lines.includes(line), line);
});

Deno.test("launchd's commands: a path is one word of the shell", () => {
  const commands = jobCommands({ ...PLAN, dataDir: "/a b;id", config: "/it's/config.yaml" });
  assertEquals(commands.slice(0, 2), [
    "mkdir -p '/a b;id' /usr/local/var/log && touch /usr/local/var/log/midge.log",
    "chown -R midge '/it'\\''s' '/a b;id' /usr/local/var/log/midge.log",
  ]);
});

Deno.test("PowerShell's other quotes end no word of a task", () => {
  const [action = ""] = taskCommands({ name: "m", executable: "C:\\x’; calc; ‘", config: "c" });
  assertMatch(action, /-Execute 'C:\\x’’; calc; ‘‘' -Argument/);
});

Deno.test("launchd's job: words of its own, what XML means is escaped", () => {
  const text = jobText({ ...PLAN, user: "daemon", config: "/a&b/<c>.yaml" });
  assertMatch(text, /<key>Label<\/key><string>org\.midge\.midge<\/string>/);
  assertMatch(text, /<string>-c<\/string>\n {4}<string>\/a&amp;b\/&lt;c&gt;\.yaml<\/string>/);
  assertMatch(text, /<key>UserName<\/key><string>daemon<\/string>/);
  assertEquals(
    jobCommands({ ...PLAN, user: "daemon" }).at(-1),
    "launchctl bootstrap system /Library/LaunchDaemons/org.midge.midge.plist",
  );
});

Deno.test("a task of Windows: paths are quoted for PowerShell", () => {
  const [action = "", ...others] = taskCommands({
    name: "midge",
    executable: "C:\\It's here\\midge.exe",
    config: "C:\\ProgramData\\midge\\config.yaml",
  });
  assertEquals(
    action,
    "$action = New-ScheduledTaskAction -Execute 'C:\\It''s here\\midge.exe' " +
      `-Argument 'start -c "C:\\ProgramData\\midge\\config.yaml"'`,
  );
  assertEquals(others.at(-1), "Start-ScheduledTask -TaskName 'midge'");
});
