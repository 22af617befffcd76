/**
 * The npm package: installed from its tarball with an empty cache, and used where there is no deno and no network. Run by
 * `deno task test:npm`; not part of `deno task test`, for it downloads some 50 MB.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { printLine } from "../../lib/cli/terminal.ts";
import { VERSION } from "../../lib/version.ts";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { outputOf } from "../support/downloading.ts";
import { optionalTest } from "../support/optional.ts";

const TARBALL = new URL(`../../dist/npm/midge-broker-${VERSION}.tgz`, import.meta.url).pathname;
/** What npx needs; deno is not among them. */
const PROGRAMS = ["node", "npm", "npx", "sh", "env"];
/** Nothing is fetched through a proxy that is not there. */
const NO_NETWORK = {
  HTTP_PROXY: "http://127.0.0.1:9",
  HTTPS_PROXY: "http://127.0.0.1:9",
  npm_config_offline: "true",
};

async function pathOf(program: string): Promise<string | undefined> {
  const { success, stdout } = await new Deno.Command("which", { args: [program] }).output();
  return success ? new TextDecoder().decode(stdout).trim() : undefined;
}

/** A folder in which the package is installed, and the environment of who uses it. */
class Installation implements AsyncDisposable {
  readonly #folder = new TempFolder();

  get cwd(): string {
    return `${this.#folder.path}/home`;
  }

  get env(): Record<string, string> {
    const root = this.#folder.path;
    return {
      PATH: `${root}/bin`,
      HOME: `${root}/user`,
      DENO_DIR: `${root}/deno_dir`,
      NO_COLOR: "1",
    };
  }

  static async make(): Promise<Installation> {
    const made = new Installation();
    const root = made.#folder.path;
    for (const name of ["bin", "home", "user"]) await Deno.mkdir(`${root}/${name}`);
    for (const program of PROGRAMS) {
      await Deno.symlink((await pathOf(program))!, `${root}/bin/${program}`);
    }
    const install = new Deno.Command("npm", {
      args: [
        "install",
        "--no-update-notifier",
        "--no-audit",
        "--no-fund",
        "--cache",
        `${root}/cache`,
        TARBALL,
      ],
      cwd: made.cwd,
      env: made.env,
    });
    const { success, stderr } = await outputOf(install);
    const said = new TextDecoder().decode(stderr);
    assert(success, said);
    assertEquals(said, "", "npm warns of something");
    return made;
  }

  /** How `MidgeProcess` and `runMidge` start a program of it. */
  options(program: string) {
    const executable = program === "npx"
      ? `${this.#folder.path}/bin/npx`
      : `${this.cwd}/node_modules/.bin/${program}`;
    return { executable, cwd: this.cwd, env: { ...this.env, ...NO_NETWORK } };
  }

  write(name: string, text: string): void {
    Deno.writeTextFileSync(`${this.cwd}/${name}`, text);
  }

  has(name: string): boolean {
    return Deno.readDirSync(this.cwd).some((one) => one.name === name);
  }

  /** Megabytes below a folder, links counted once. */
  async size(name: string): Promise<number> {
    const args = ["-sm", `${this.cwd}/${name}`];
    const { stdout } = await new Deno.Command("du", { args }).output();
    return Number.parseInt(new TextDecoder().decode(stdout));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

const CONFIG = `
listeners: {default: {bind: "127.0.0.1:0"}}
storage: {}
management: {}
plugins:
  auth_anonymous:
  ./lamp.js:
  dashboard: {bind: "127.0.0.1:0"}
`;
const PLUGIN = `
import { definePlugin } from "@midge/midge/plugin";
import { Broker } from "midge-broker";
export default definePlugin({ name: "lamp", apiVersion: 1, setup(_options, context) {
  context.logger.info("lamp: " + typeof Broker);
  return {};
} });
`;

async function check(installed: Installation, test: Deno.TestContext): Promise<void> {
  await test.step("its size", async () => {
    const { size } = await Deno.stat(TARBALL);
    const whole = await installed.size("node_modules");
    const deno = await installed.size("node_modules/@deno");
    printLine(`tarball ${size >> 10} KiB; installed ${whole} MB, ${deno} of them Deno`);
    assert(size < 1.5 * 1024 * 1024 && whole - deno < 60, `${size} bytes, ${whole} MB`);
  });
  await test.step("npx midge-broker says its version, and keeps exit codes", async () => {
    const version = await runMidge(["midge-broker", "version"], installed.options("npx"));
    assertEquals([version.code, version.stdout], [0, [`midge ${VERSION} (deno 2.9.6)`]]);
    const unknown = await runMidge(["nope"], installed.options("midge"));
    assertEquals(unknown.code, 2);
    const topic = await runMidge(["help", "tls"], installed.options("midge"));
    assertEquals([topic.code, topic.stderr], [0, []]);
    assertMatch(topic.stdout.join("\n"), /certificate/);
    assertMatch(unknown.stderr.join("\n"), /^midge: unknown command "nope"/);
  });
  await test.step("a broker: publish, subscribe, a plugin, the dashboard, SIGTERM ends with 0", () =>
    useBroker(installed));
  await test.step("a broker under npx ends when npx is ended", () => endNpx(installed));
}

async function useBroker(installed: Installation): Promise<void> {
  installed.write("config.yaml", CONFIG);
  installed.write("lamp.js", PLUGIN);
  await using midge = await MidgeProcess.start(
    ["start", "-c", "config.yaml"],
    installed.options("midge-broker"),
  );
  await midge.line(/lamp: function$/);
  const to = ["-h", "127.0.0.1", "-p", String(midge.port), "-t", "home/lamp", "-q", "1"];
  const sent = await runMidge(["pub", ...to, "-m", "on", "-r"], installed.options("midge"));
  assertEquals([sent.code, sent.stderr], [0, []]);
  const got = await runMidge(["sub", ...to, "-C", "1", "-v"], installed.options("midge"));
  assertEquals([got.code, got.stdout], [0, ["home/lamp on"]]);
  const status = await runMidge(
    ["ctl", "--data-dir", "data", "status"],
    installed.options("midge"),
  );
  assertStringIncludes(
    status.stdout.join("\n"),
    "plugins     auth_anonymous, ./lamp.js, dashboard",
  );
  await look((await midge.line(/dashboard: http/)).replace(/.* /, ""));
  midge.signal("SIGHUP");
  await midge.line(/: reloaded$/);
  midge.signal("SIGTERM");
  assertEquals(await midge.exitCode(), 0);
  assert(installed.has("data"), "what it keeps is in the folder where it was started");
}

/** The page, and a file of each library that a browser gets. */
async function look(url: string): Promise<void> {
  for (
    const path of [
      "",
      "app.js",
      "vendor/preact.js",
      "vendor/hooks.js",
      "vendor/htm.js",
      "vendor/uplot.js",
    ]
  ) {
    const answer = await fetch(url + path);
    await answer.body?.cancel();
    assertEquals([path, answer.status], [path, 200]);
  }
}

async function endNpx(installed: Installation): Promise<void> {
  const npx = ["--no-install", "midge-broker", "start", "-c", "config.yaml"];
  await using midge = await MidgeProcess.start(npx, installed.options("npx"));
  const { port } = midge;
  midge.signal("SIGTERM");
  await midge.line(/: stopped$/);
  assert(await refuses(port));
}

async function refuses(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return false;
  } catch {
    return true;
  }
}

const missing = (await pathOf("npx")) === undefined ? "there is no npx" : undefined;

optionalTest(missing, "the npm package, installed from its tarball", async (test) => {
  await using installed = await Installation.make();
  await check(installed, test);
});
