/**
 * The files of the Debian package in a folder, as dpkg-deb takes them. Invariant: the configuration lets no one in
 * without a password; man pages and completions are those of dist/, where they were made.
 */
import { configText } from "../../lib/cli/init/config_text.ts";
import { simplePlan } from "../../lib/cli/init/plan.ts";
import { unitText } from "../../lib/cli/service/unit.ts";
import { changelogText, controlText, type DebOptions } from "./control.ts";

const REPOSITORY = new URL("../../", import.meta.url).pathname;
const DOC = "usr/share/doc/midge-broker";
/** What `deno task completion` or the like has left in dist/, and where Debian looks for it. */
const COMPLETIONS = {
  "midge.bash": "usr/share/bash-completion/completions/midge",
  "_midge": "usr/share/zsh/vendor-completions/_midge",
  "midge.fish": "usr/share/fish/vendor_completions.d/midge.fish",
};
const UNIT_MARK = "# Of the package midge-broker; sudo systemctl edit midge changes it.";

/** Writes all of it below `folder`. */
export async function writeTree(folder: string, options: DebOptions): Promise<void> {
  const tree = new Tree(folder);
  await tree.copy(options.executable, "usr/bin/midge", 0o755);
  tree.write("etc/midge/config.yaml", packagedConfig(), 0o644);
  tree.write("usr/lib/systemd/system/midge.service", packagedUnit(), 0o644);
  Deno.mkdirSync(`${folder}/var/lib/midge`, { recursive: true });
  await writeDocs(tree, options);
  await writeExtras(tree);
  tree.write("DEBIAN/control", controlText(options, tree.size), 0o644);
  tree.write("DEBIAN/conffiles", "/etc/midge/config.yaml\n", 0o644);
  for (const script of ["postinst", "prerm", "postrm"]) {
    await tree.copy(`${REPOSITORY}packaging/deb/${script}`, `DEBIAN/${script}`, 0o755);
  }
  await tree.writeSums();
}

/** Passwords in /etc/midge/passwords, which the installation makes empty. */
export function packagedConfig(): string {
  const text = configText({
    ...simplePlan("/etc/midge"),
    user: { name: "admin", password: new Uint8Array() },
    dataDir: "/var/lib/midge",
    managementPath: "/run/midge/midge.sock",
  });
  const [, ...rest] = text.split("\n");
  return [
    "# Midge's configuration. What it does not say has its default; midge help config has every key.",
    "# No one can log in before there is a user: sudo midge passwd /etc/midge/passwords admin",
    ...rest,
  ].join("\n");
}

function packagedUnit(): string {
  return unitText({
    name: "midge",
    user: "midge",
    executable: "/usr/bin/midge",
    config: "/etc/midge/config.yaml",
    dataDir: "/var/lib/midge",
    writable: ["/etc/midge"],
    groups: [],
    hasLowPort: false,
  }, UNIT_MARK);
}

async function writeDocs(tree: Tree, options: DebOptions): Promise<void> {
  const license = await Deno.readTextFile(`${REPOSITORY}LICENSE`);
  const [, terms = ""] = license.split(/^Copyright.*\n\n/m);
  const body = terms.trimEnd().split("\n").map((line) => ` ${line || "."}`).join("\n");
  const copyright = await Deno.readTextFile(`${REPOSITORY}packaging/deb/copyright`);
  tree.write(`${DOC}/copyright`, `${copyright}${body}\n`, 0o644);
  const date = new Date();
  await tree.writePacked(`${DOC}/changelog.Debian.gz`, changelogText(options, date));
  const changes = await Deno.readTextFile(`${REPOSITORY}CHANGELOG.md`);
  await tree.writePacked(`${DOC}/changelog.gz`, changes);
  await tree.copy(
    `${REPOSITORY}packaging/deb/lintian-overrides`,
    "usr/share/lintian/overrides/midge-broker",
    0o644,
  );
}

/** What other tasks have made. */
async function writeExtras(tree: Tree): Promise<void> {
  const dist = `${REPOSITORY}dist`;
  for (const page of namesIn(`${dist}/man`).filter((name) => name.endsWith(".1"))) {
    const text = await Deno.readTextFile(`${dist}/man/${page}`);
    await tree.writePacked(`usr/share/man/man1/${page}.gz`, text);
  }
  const made = namesIn(`${dist}/completion`);
  for (const [name, place] of Object.entries(COMPLETIONS)) {
    if (made.includes(name)) await tree.copy(`${dist}/completion/${name}`, place, 0o644);
  }
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

/** Files with modes, and their sums. */
class Tree {
  readonly #folder: string;
  readonly #files: string[] = [];
  /** Of all files, bytes. */
  size = 0;

  constructor(folder: string) {
    this.#folder = folder;
    Deno.chmodSync(folder, 0o755);
  }

  write(path: string, content: string | Uint8Array, mode: number): void {
    const place = this.#place(path);
    if (typeof content === "string") Deno.writeTextFileSync(place, content);
    else Deno.writeFileSync(place, content);
    this.#note(path, mode);
  }

  async copy(source: string, path: string, mode: number): Promise<void> {
    await Deno.copyFile(source, this.#place(path));
    this.#note(path, mode);
  }

  /** As Debian wants it: the best compression. */
  async writePacked(path: string, text: string): Promise<void> {
    const { gzipSync } = await import("node:zlib");
    this.write(path, gzipSync(text, { level: 9 }), 0o644);
  }

  /** DEBIAN/md5sums. */
  async writeSums(): Promise<void> {
    const { createHash } = await import("node:crypto");
    const lines = this.#files.filter((path) => !/^(DEBIAN|etc)\//.test(path)).map((path) => {
      const bytes = Deno.readFileSync(`${this.#folder}/${path}`);
      return `${createHash("md5").update(bytes).digest("hex")}  ${path}\n`;
    });
    this.write("DEBIAN/md5sums", lines.join(""), 0o644);
  }

  #place(path: string): string {
    const place = `${this.#folder}/${path}`;
    Deno.mkdirSync(place.slice(0, place.lastIndexOf("/")), { recursive: true });
    return place;
  }

  #note(path: string, mode: number): void {
    const place = `${this.#folder}/${path}`;
    Deno.chmodSync(place, mode);
    this.size += Deno.statSync(place).size;
    this.#files.push(path);
  }
}
