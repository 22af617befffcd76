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

Deno.test("the three commands: certificates, a broker, a subscriber that trusts it", async () => {
  const [commands] = codeBlocks(TEXT, "sh");
  const lines = commands!.trim().split("\n");
  assertEquals(lines.length, 3);
  const [certs, start, sub] = lines.map((line) => line.split(" && ").map(wordsOf));
  await using folder = new TempFolder();
  const options = { cwd: folder.path };
  const [port] = freePorts(1);
  const midge = ([name, ...args]: string[]) => {
    assertEquals(name, "midge");
    return args.map((one) => one.replace("mqtts://localhost", `mqtts://localhost:${port}`));
  };
  for (const words of certs!) {
    const { code, stderr } = await runMidge(midge(words), options);
    assertEquals([code, stderr], [0, []]);
  }
  folder.write(
    "tls.yaml",
    codeBlocks(TEXT, "yaml")[0]!.replace("0.0.0.0:8883", `127.0.0.1:${port}`),
  );
  await using _broker = await MidgeProcess.start(midge(start![0]!), options);
  const pub = wordsOf(
    /`(midge pub -L mqtts:\/\/localhost --cafile ca.crt -t hello[^`]*)`/.exec(TEXT)![1]!,
  );
  const published = await runMidge([...midge(pub), "--retain"], options);
  assertEquals([published.code, published.stderr], [0, []]);
  const received = await runMidge([...midge(sub![0]!), "-C", "1"], options);
  assertEquals([received.code, received.stdout], [0, ["world"]]);
});

Deno.test("a device's certificate, made as the page says, lets the device in by its name", async () => {
  const commands = codeBlocks(TEXT, "text").map((text) => text.trim())
    .filter((text) => text.startsWith("midge "));
  assertEquals(commands.length, 2);
  const [device, publish] = commands.map(wordsOf);
  const config = codeBlocks(TEXT, "yaml").find((text) => text.includes("auth_cert"))!;
  await using folder = new TempFolder();
  const options = { cwd: folder.path };
  const [port] = freePorts(1);
  const run = async (args: readonly string[]) => {
    const uri = `mqtts://localhost:${port}`;
    const { code, stderr } = await runMidge(
      args.map((one) => one.replace("mqtts://localhost", uri)),
      options,
    );
    return [code, stderr] as const;
  };
  assertEquals(await run(["certs", "ca", "--cn", "My authority"]), [0, []]);
  assertEquals(await run(["certs", "server", "--cn", "localhost"]), [0, []]);
  assertEquals(await run(device!.slice(1)), [0, []]);
  folder.write("tls.yaml", config.replace("0.0.0.0:8883", `127.0.0.1:${port}`));
  await using broker = await MidgeProcess.start(["start", "-c", "tls.yaml", "-d"], options);
  assertEquals(await run(publish!.slice(1)), [0, []]);
  await broker.line(/lamp-7/);
  const without = publish!.slice(1).filter((one) => !/^(--cert|--key|lamp-7\.)/.test(one));
  const [code] = await run(without);
  assertEquals(code, 1);
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
