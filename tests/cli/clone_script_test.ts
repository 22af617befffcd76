/** `./midge` of a clone: which Deno it takes, the rights it gives, and what it says where there is no network. */
import { assertEquals, assertMatch } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { VERSION } from "../../lib/version.ts";
import { TempFolder } from "../support/midge_process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ignore = Deno.build.os === "windows";
/** What the script calls beside Deno and npx. */
const TOOLS = ["sh", "dirname", "readlink", "cksum", "sed", "cat"];

/** A clone that has not been started yet, and a PATH with nothing but what is put there. */
class Clone extends TempFolder {
  constructor() {
    super();
    for (const name of ["midge", "deno.json", "import_map.json", "deno.lock"]) {
      Deno.copyFileSync(`${ROOT}${name}`, `${this.path}/${name}`);
    }
    for (const name of ["main.ts", "lib", "plugins", "plugin.ts", "sources.ts", "manage.ts"]) {
      Deno.symlinkSync(`${ROOT}${name}`, `${this.path}/${name}`);
    }
    Deno.mkdirSync(`${this.path}/bin`);
    for (const name of TOOLS) {
      Deno.symlinkSync(pathOf(name), `${this.path}/bin/${name}`);
    }
  }

  /** Puts a program on the PATH. */
  install(name: string, script: string): void {
    Deno.chmodSync(this.write(`bin/${name}`, `#!/bin/sh\n${script}\n`), 0o755);
  }

  async run(args: string[], env: Record<string, string> = {}) {
    const { code, stdout, stderr } = await new Deno.Command(`${this.path}/midge`, {
      args,
      cwd: "/",
      env: { PATH: `${this.path}/bin`, ...env },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd();
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }
}

function pathOf(program: string): string {
  const found = new Deno.Command("sh", { args: ["-c", `command -v ${program}`] }).outputSync();
  return new TextDecoder().decode(found.stdout).trim();
}

const FIRST = "midge: the first start fetches what the broker needs, once ...";

Deno.test(
  { name: "takes the deno that is there, in whatever folder it is called", ignore },
  async () => {
    await using clone = new Clone();
    clone.install("deno", `exec '${Deno.execPath()}' "$@"`);
    const version = `midge ${VERSION} (deno ${Deno.version.deno})`;
    assertEquals(await clone.run(["--version"]), { code: 0, stdout: version, stderr: FIRST });
    assertEquals(await clone.run(["--version"]), { code: 0, stdout: version, stderr: "" });
  },
);

Deno.test(
  { name: "gives the rights of the task midge, and hands on each word", ignore },
  async () => {
    await using clone = new Clone();
    clone.install(
      "deno",
      `[ "$1" = --version ] && echo "deno 2.6.10 (stable)" || printf '%s\\n' "$@"`,
    );
    const { stdout } = await clone.run(["pub", "-m", "two words", "*"]);
    const flags = manifest.tasks.midge.command.split(" ").slice(1, -1)
      .filter((word) => word !== "--lock=deno.lock");
    const [config, main] = [`${clone.path}/deno.json`, `${clone.path}/main.ts`];
    assertEquals(stdout.split("\n"), [
      ...flags,
      "--quiet",
      "--config",
      config,
      "--lock",
      `${clone.path}/deno.lock`,
      main,
      "pub",
      "-m",
      "two words",
      "*",
    ]);
  },
);

Deno.test(
  { name: "a deno that is too old is passed over; npx gives the real one", ignore },
  async () => {
    await using clone = new Clone();
    clone.install("deno", `echo "deno 2.5.0 (stable)"`);
    clone.install("npx", `[ "$2" = deno@2.9.6 ] && shift 2 && exec '${Deno.execPath()}' "$@"`);
    const { code, stdout } = await clone.run(["--version"]);
    assertEquals([code, stdout], [0, `midge ${VERSION} (deno ${Deno.version.deno})`]);
    assertEquals(clone.read(".midge_ready").split("\n")[0], Deno.execPath());
  },
);

Deno.test(
  { name: "without a network, and without Deno, one sentence says what to do", ignore },
  async () => {
    await using clone = new Clone();
    const none = await clone.run([]);
    assertEquals([none.code, none.stdout], [1, ""]);
    assertEquals(none.stderr.split("\n"), [
      FIRST,
      "midge: needs deno 2.6 or newer, or npx, which comes with Node.js; neither is on PATH",
    ]);
    clone.install("npx", "echo 'npm error code ENOTFOUND' >&2; exit 1");
    const offline = await clone.run([]);
    assertEquals(offline.code, 1);
    assertMatch(
      offline.stderr,
      /\nmidge: npx could not fetch Deno: .* the network, once\. Without .*$/,
    );
    clone.install(
      "deno",
      `[ "$1" = --version ] && echo "deno 2.9.6 (stable)" && exit
     echo 'error: Failed caching npm package '"'valibot@1.5.0'" >&2; echo "  0: dns error" >&2; exit 1`,
    );
    const packages = await clone.run([]);
    assertEquals(packages.code, 1);
    assertMatch(
      packages.stderr,
      /\nmidge: its packages could not be fetched \(Failed caching .*'valibot@1\.5\.0'\): .*/,
    );
  },
);
