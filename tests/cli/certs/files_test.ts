/** Certificates and keys on a disk that takes no more. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { writeIssued } from "../../../lib/cli/certs/files.ts";
import { TempFolder } from "../../support/midge_process.ts";

const FILES = new URL("../../../lib/cli/certs/files.ts", import.meta.url).href;

Deno.test({
  name: "a disk that takes no more leaves no key behind, and the old ones as they were",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = new TempFolder();
    folder.write("a.key", "old key");
    folder.write("a.crt", "old certificate");
    const script = `import { writeIssued } from ${JSON.stringify(FILES)};
      const issued = { key: "k".repeat(100), certificate: "c".repeat(10_000) };
      for (const name of ["a", "b"]) {
        await writeIssued(${JSON.stringify(folder.path)}, name, issued, true)
          .catch((error) => console.log(error.name + ": " + error.message));
      }`;
    // A limit of the file size stands for the disk: no file may have over 8 blocks.
    const shell = `trap '' XFSZ; ulimit -f 8; exec "$0" eval --no-check "$1"`;
    const command = new Deno.Command("sh", { args: ["-c", shell, Deno.execPath(), script] });
    const { stdout } = await command.output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assertEquals(lines.length, 2);
    for (const [at, name] of ["a", "b"].entries()) {
      assertStringIncludes(lines[at]!, `UserError: ${folder.path}/${name}.crt: cannot be written`);
    }
    const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
    assertEquals(left, ["a.crt", "a.key"]);
    assertEquals([folder.read("a.key"), folder.read("a.crt")], ["old key", "old certificate"]);
  },
});

Deno.test("of several at once one writes its pair, and the others say what is there", async () => {
  await using folder = new TempFolder();
  const pairs = ["1", "2", "3", "4"].map((key) => ({ key, certificate: `of ${key}` }));
  const done = await Promise.allSettled(
    pairs.map((pair) => writeIssued(`${folder.path}/certs`, "a", pair, false)),
  );
  assertEquals(done.filter(({ status }) => status === "fulfilled").length, 1);
  for (const one of done) {
    if (one.status === "rejected") assertStringIncludes(one.reason.message, "exists already");
  }
  assertEquals(folder.read("certs/a.crt"), `of ${folder.read("certs/a.key")}`);
});
