/** docs/TLS.md does what it says: its configurations load, its first three commands work, what it points to exists. */
import { assert, assertEquals } from "@std/assert";
import { Broker } from "../../lib/broker/life/broker.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { certAndKey, certPath } from "../support/certs.ts";
import { codeBlocks } from "../support/markdown.ts";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { freePorts } from "../support/mosquitto.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/TLS.md", import.meta.url));

/** The files that the page's configurations name. */
function writeFiles(folder: TempFolder): void {
  for (const [name, from] of [["server", "server"], ["other", "other_name"]] as const) {
    const { cert, key } = certAndKey(from);
    folder.write(`${name}.crt`, cert);
    Deno.chmodSync(folder.write(`${name}.key`, key), 0o600);
  }
  folder.write("ca.crt", Deno.readTextFileSync(certPath("ca.pem")));
  Deno.copyFileSync(`${folder.path}/server.crt`, `${folder.path}/fullchain.pem`);
  Deno.copyFileSync(`${folder.path}/server.key`, `${folder.path}/privkey.pem`);
}

Deno.test("every YAML block of TLS.md is a configuration that loads, without a warning", async () => {
  const blocks = codeBlocks(TEXT, "yaml");
  assert(blocks.length >= 9, `${blocks.length} blocks`);
  for (const text of blocks) {
    await using folder = new TempFolder();
    writeFiles(folder);
    const file = folder.write(
      "config.yaml",
      text.replaceAll("/etc/letsencrypt/live/broker.example/", ""),
    );
    const config = await loadConfig(file);
    await Broker.check(config);
    const surprising = config.warnings.filter((line) => !/auth_anonymous|may connect/.test(line));
    assertEquals(surprising, [], text);
  }
});

/** The words of a command line, as a shell takes quotes. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map(([, double, single, plain]) => double ?? single ?? plain!);
}

/** Commands of the page in one folder, against one port. */
class Terminal implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly #port = freePorts(1)[0]!;

  /** What follows `midge`, with the port. */
  args([name, ...args]: readonly string[]): string[] {
    assertEquals(name, "midge");
    const uri = `mqtts://localhost:${this.#port}`;
    return args.map((one) => one.replace("mqtts://localhost", uri));
  }

  async run(words: readonly string[]): Promise<string[]> {
    const { code, stdout, stderr } = await runMidge(this.args(words), { cwd: this.folder.path });
    assertEquals([code, stderr], [0, []], words.join(" "));
    return stdout;
  }

  /** The broker with this configuration. */
  start(words: readonly string[], yaml: string): Promise<MidgeProcess> {
    this.folder.write("tls.yaml", yaml.replace("0.0.0.0:8883", `127.0.0.1:${this.#port}`));
    return MidgeProcess.start(this.args(words), { cwd: this.folder.path });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.folder[Symbol.asyncDispose]();
  }
}

Deno.test("the page's commands do what it says", async (test) => {
  const [commands] = codeBlocks(TEXT, "sh");
  const lines = commands!.trim().split("\n");
  assertEquals(lines.length, 3);
  const [certs, start, sub] = lines.map((line) => line.split(" && ").map(wordsOf));
  await using terminal = new Terminal();

  await test.step("certificates, a broker, a subscriber that trusts it", async () => {
    for (const words of certs!) await terminal.run(words);
    await using _broker = await terminal.start(start![0]!, codeBlocks(TEXT, "yaml")[0]!);
    const [, pub] = /`(midge pub -L mqtts:\/\/localhost --cafile ca.crt -t hello[^`]*)`/.exec(
      TEXT,
    )!;
    await terminal.run([...wordsOf(pub!), "--retain"]);
    assertEquals(await terminal.run([...sub![0]!, "-C", "1"]), ["world"]);
  });

  await test.step("a device that its certificate lets in, by its name", async () => {
    const [device, publish] = codeBlocks(TEXT, "text").map((text) => text.trim())
      .filter((text) => text.startsWith("midge ")).map(wordsOf);
    await terminal.run(device!);
    const config = codeBlocks(TEXT, "yaml").find((text) => text.includes("auth_cert"))!;
    const watched = config.replace("  auth_cert:", "  event_logger:\n  auth_cert:");
    await using broker = await terminal.start(start![0]!, watched);
    await terminal.run(publish!);
    await broker.line(/clientConnected.*lamp-7/);
    const without = publish!.filter((one) => !/^(--cert|--key|lamp-7\.)/.test(one));
    const { code } = await runMidge(terminal.args(without), { cwd: terminal.folder.path });
    assertEquals(code, 1);
  });
});

Deno.test("every file and section that TLS.md points to exists", async () => {
  for (const [, file, section] of TEXT.matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)) {
    const text = file === ""
      ? TEXT
      : await Deno.readTextFile(new URL(`../../docs/${file}`, import.meta.url));
    const names = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-")
    );
    if (section !== undefined) assert(names.includes(section), `${file}#${section}`);
  }
});
