/** Where a command finds its broker: the configuration's, or that of the machine's service. */
import { assertEquals } from "@std/assert";
import { ADDRESS_OPTIONS, addressOf } from "../../../lib/cli/ctl/address.ts";
import { readOptions } from "../../../lib/cli/options.ts";
import { TempFolder } from "../../support/midge_process.ts";

async function pathOf(args: string[], serviceSocket: string): Promise<string> {
  const address = await addressOf(readOptions(args, ADDRESS_OPTIONS), serviceSocket);
  return address.kind === "unix" ? address.path : "no socket";
}

Deno.test("the service's socket, where the default one of the configuration is not there", async () => {
  await using folder = new TempFolder();
  const config = ["-c", folder.write("c.yaml", "plugins: {auth_anonymous: }\n")];
  const own = `${folder.path}/data/midge.sock`;
  const service = `${folder.path}/service.sock`;
  assertEquals(await pathOf(config, service), own);
  folder.write("service.sock", "");
  assertEquals(await pathOf(config, service), service);
  assertEquals(await pathOf([], service), service);
  Deno.mkdirSync(`${folder.path}/data`);
  folder.write("data/midge.sock", "");
  assertEquals(await pathOf(config, service), own);
});

Deno.test("what the user says wins over the service: a folder, a socket, the configuration's path", async () => {
  await using folder = new TempFolder();
  const service = folder.write("service.sock", "");
  const file = folder.write("c.yaml", "management: {path: own.sock}\n");
  assertEquals(await pathOf(["-c", file], service), `${folder.path}/own.sock`);
  const plain = folder.write("plain.yaml", "plugins: {auth_anonymous: }\n");
  const dataDir = ["-c", plain, "--data-dir", `${folder.path}/other`];
  assertEquals(await pathOf(dataDir, service), `${folder.path}/other/midge.sock`);
  assertEquals(await pathOf(["--socket", "a.sock"], service), "a.sock");
});
