/**
 * `deno task package:deb`: dist/midge-broker_VERSION_ARCH.deb from an executable that is there. Invariant: the package is
 * made of files of this repository and of tables; nothing of the machine but dpkg-deb is needed.
 */
import { parseArgs } from "@std/cli/parse-args";
import { printLine, printProblem } from "../lib/cli/terminal.ts";
import { VERSION } from "../lib/version.ts";
import { debianVersion } from "./package_deb/control.ts";
import { writeTree } from "./package_deb/tree.ts";

const USAGE =
  "package:deb [--executable FILE] [--arch amd64|arm64] [--version VERSION] [--compression xz|gzip|zstd] " +
  "[--maintainer 'NAME <MAIL>'] [--output DIR]";
const OPTIONS = ["executable", "arch", "version", "compression", "maintainer", "output"];

/** npm's copy has no types. */
const parse: (
  args: readonly string[],
  options: { readonly string: readonly string[]; readonly unknown: (name: string) => boolean },
) => Readonly<Record<string, string | undefined>> = parseArgs;

function refuse(problem: string): never {
  printProblem(`package:deb: ${problem}; expected ${USAGE}`);
  Deno.exit(2);
}

const given = parse(Deno.args, {
  string: OPTIONS,
  unknown: (name) => refuse(`got ${name}`),
});
const { executable = "dist/midge", arch = "amd64", output = "dist", compression = "xz" } = given;
if (!["amd64", "arm64"].includes(arch)) refuse(`got --arch ${arch}`);
const isThere = await Deno.stat(executable).then(({ isFile }) => isFile, () => false);
if (!isThere) refuse(`${executable} is not there: deno task compile makes dist/midge`);

const version = debianVersion(given.version ?? VERSION);
const folder = await Deno.makeTempDir({ prefix: "midge_deb_" });
try {
  await writeTree(folder, { executable, arch, version, maintainer: given.maintainer });
  await Deno.mkdir(output, { recursive: true });
  const file = `${output}/midge-broker_${version}_${arch}.deb`;
  const args = ["--root-owner-group", `-Z${compression}`, "-z3", "--build", folder, file];
  const { success } = await new Deno.Command("dpkg-deb", { args, stdout: "null" }).spawn().status;
  if (!success) throw new Error("dpkg-deb has failed");
  printLine(file);
} finally {
  await Deno.remove(folder, { recursive: true });
}
