/**
 * The Debian package in a scratch root: installed, served from as its user, upgraded, removed, purged; and what lintian
 * says of it. `deno task test:deb` runs it, with dist/midge, which `deno task compile` makes; no part of `deno task test`.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { VERSION } from "../../lib/version.ts";
import { packagedConfig } from "../../tools/package_deb/tree.ts";
import { optionalTest } from "../support/optional.ts";
import { TempFolder } from "../support/midge_process.ts";
import { missingScratchRoot, ScratchRoot } from "./scratch_root.ts";

const REPOSITORY = new URL("../../", import.meta.url).pathname;
const EXECUTABLE = `${REPOSITORY}dist/midge`;
/** The broker as the unit runs it, until it answers. */
const START = `
install -d -o midge -g midge -m 750 /run/midge
run=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/midge.service)
(cd /var/lib/midge && exec setpriv --reuid midge --regid midge --init-groups --no-new-privs --bounding-set=-all \\
  env -i STATE_DIRECTORY=/var/lib/midge RUNTIME_DIRECTORY=/run/midge sh -c "umask 0077; exec $run" >/tmp/broker.log 2>&1) &
broker=$!
tries=0
until midge ctl status >/tmp/status 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 600 ] && kill -0 $broker || { cat /tmp/broker.log /tmp/status; exit 1; }
done
`;
const STOP = `kill $broker; wait $broker || true`;

async function run(program: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(program, { args, cwd: REPOSITORY, stderr: "piped" });
  const { success, stdout, stderr } = await command.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(success, `${program} ${args.join(" ")}: ${said}`);
  return said;
}

/** The package of an executable; its path. */
async function packageOf(executable: string, version: string, output: string): Promise<string> {
  const args = ["--executable", executable, "--version", version, "--output", output];
  await run(Deno.execPath(), "task", "--quiet", "package:deb", "--compression", "gzip", ...args);
  return `${output}/midge-broker_${version}-1_amd64.deb`;
}

const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);
const missing = await isThere(EXECUTABLE)
  ? await missingScratchRoot()
  : "there is no dist/midge: deno task compile makes it";
const missingLintian = await run("lintian", "--version")
  .then(() => undefined, () => "no lintian");

/** A package of a higher version with another configuration. */
async function newerPackage(deb: string, folder: string): Promise<string> {
  const tree = `${folder}/newer`;
  await run("dpkg-deb", "--raw-extract", deb, tree);
  const control = await Deno.readTextFile(`${tree}/DEBIAN/control`);
  await Deno.writeTextFile(
    `${tree}/DEBIAN/control`,
    control.replace(/^Version: .*$/m, "Version: 99.0-1"),
  );
  await Deno.writeTextFile(`${tree}/etc/midge/config.yaml`, "# of 99\n", { append: true });
  const newer = `${folder}/newer.deb`;
  await run("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, newer);
  return newer;
}

optionalTest(missing, "installed, served from, upgraded, removed, purged", async (test) => {
  await using folder = new TempFolder();
  await using root = new ScratchRoot();
  const good = async (script: string) => {
    const { code, said } = await root.run(script);
    assertEquals(code, 0, said);
    return said;
  };
  const deb = await packageOf(EXECUTABLE, VERSION, folder.path);

  await test.step("install: user, folders, no one can log in", async () => {
    const said = await good(`dpkg -i ${deb}`);
    assertMatch(said, /no one can log in yet; the first user: sudo midge passwd/);
    const modes = await good(
      "stat -c '%A %U %G %n' /etc/midge /etc/midge/config.yaml /etc/midge/passwords /var/lib/midge",
    );
    assertEquals(modes.trim().split("\n"), [
      "drwxr-x--- midge midge /etc/midge",
      "-rw-r----- root midge /etc/midge/config.yaml",
      "-rw------- midge midge /etc/midge/passwords",
      "drwxr-x--- midge midge /var/lib/midge",
    ]);
    const { code, said: checked } = await root.run("midge check -c /etc/midge/config.yaml");
    assertMatch(checked, /can be started, but no one can log in: .*passwords has no user$/m);
    assertEquals(code, 0);
  });

  await test.step("a user in one command; publish, subscribe, ctl, as the unit runs it", async () => {
    const said = await good(`
      sed -i 's/0.0.0.0:1883/127.0.0.1:14190/; s/^  dashboard:/  # mine\\n  dashboard:\\n    bind: 127.0.0.1:14191/' /etc/midge/config.yaml
      echo secret | midge passwd /etc/midge/passwords alice
      ${START}
      midge ctl status
      echo other | midge ctl user add bob --password-stdin
      midge pub -p 14190 -t a -m no -q 1 && exit 1
      midge pub -p 14190 -u bob -P other -t kept -m hello -q 1 -r
      midge sub -p 14190 -u alice -P secret -t kept -C 1 -v
      ${STOP}`);
    assertMatch(said, /^listener {4}default: tcp 127\.0\.0\.1:14190$/m);
    assertMatch(said, /^kept hello$/m);
  });

  await test.step("an upgrade keeps a changed configuration and what is stored", async () => {
    const newer = await newerPackage(deb, folder.path);
    const said = await good(`
      dpkg -i --force-confold ${newer}
      grep -c '# mine' /etc/midge/config.yaml
      stat -c '%A %U %G' /etc/midge/config.yaml
      ls /etc/midge
      ${START}
      midge sub -p 14190 -u bob -P other -t kept -C 1 -v
      ${STOP}`);
    assertMatch(said, /^1\n-rw-r----- root midge$/m);
    assertMatch(said, /^config\.yaml\.dpkg-dist$/m);
    assertMatch(said, /^kept hello$/m);
  });

  await test.step("remove keeps configuration and data, purge does not; the account stays", async () => {
    const removed = await good(
      "dpkg -r midge-broker; ls /etc/midge /var/lib/midge; ! command -v midge",
    );
    assertMatch(removed, /config\.yaml/);
    assertMatch(removed, /store/);
    await good("dpkg -P midge-broker; ! ls -d /etc/midge /var/lib/midge && id midge");
  });
});

optionalTest(
  missingLintian,
  "lintian has no error and no warning that is not explained",
  async () => {
    await using folder = new TempFolder();
    // A small executable: of the real one lintian reads every byte, for minutes; what it says of it stands in the overrides.
    const deb = await packageOf("/bin/true", VERSION, folder.path);
    const command = new Deno.Command("lintian", {
      args: ["--allow-root", "--tag-display-limit", "0", deb],
      stderr: "piped",
    });
    const { stdout } = await command.output();
    const lines = new TextDecoder().decode(stdout).split("\n").filter((line) =>
      /^[EW]:/.test(line)
    );
    // Man pages are made by another task, which may not have run.
    assertEquals(lines.filter((line) => !line.includes("no-manual-page")), []);
  },
);

Deno.test("the packaged configuration lets no one in without a password", () => {
  const text = packagedConfig();
  assertMatch(text, /^ {2}auth_file:$/m);
  assert(!text.includes("auth_anonymous"), text);
  assertMatch(text, /^data_dir: \/var\/lib\/midge$/m);
});
