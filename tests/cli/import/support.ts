/** Imports in tests: files in memory, and the proof that what comes out is a configuration that can be started. */
import { Broker } from "../../../lib/broker/life/broker.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { parseYaml } from "../../../lib/config/yaml.ts";
import { type Draft, showNote, type SourceFile } from "../../../lib/cli/import/draft.ts";
import { importFiles } from "../../../lib/cli/import/importers.ts";
import type { Library } from "../../../lib/cli/import/library.ts";
import { toYaml } from "../../../lib/cli/import/yaml_text.ts";
import { certAndKey, certPath } from "../../support/certs.ts";
import { TempFolder } from "../../support/midge_process.ts";

/** Certificates and keys as files of a test. */
export const CERTIFICATES: Readonly<Record<string, string>> = {
  "server.crt": certAndKey("server").cert,
  "server.key": certAndKey("server").key,
  "ca.crt": Deno.readTextFileSync(certPath("ca.pem")),
  "list.pem": Deno.readTextFileSync(certPath("list.pem")),
};

/** What an import gave. */
export interface Outcome {
  readonly broker: string;
  readonly draft: Draft;
  /** The printed configuration, read again. */
  readonly config: Record<string, unknown>;
  /** Lines as people see them. */
  readonly notes: readonly string[];
}

/**
 * Imports files (name -> text) as if they lay in one folder, `named` on the command line, or all of them;
 * and lets `midge check`'s own function judge the result.
 */
export async function importTexts(
  texts: Readonly<Record<string, string>>,
  named: readonly string[] = Object.keys(texts),
): Promise<Outcome> {
  await using folder = new TempFolder();
  const files = Object.entries(texts).map(([name, text]): SourceFile => ({
    name,
    path: folder.write(name, text),
    text,
  }));
  const { broker, draft } = await importFiles(memoryLibrary(files, named));
  const text = toYaml(draft);
  await Broker.check(await loadConfig(folder.write("imported.yaml", text)));
  const config = parseYaml(text, "imported.yaml") as Record<string, unknown>;
  return {
    broker,
    draft,
    config: withoutFolder(config, folder.path),
    notes: draft.notes.map(showNote),
  };
}

function memoryLibrary(all: readonly SourceFile[], named: readonly string[]): Library {
  return {
    files: named.map((name) => all.find((file) => file.name === name)!),
    find: (reference) => {
      const name = reference.split("/").at(-1);
      return Promise.resolve(all.find((file) => file.name === name));
    },
    locate: (reference) => {
      const name = reference.split("/").at(-1);
      return Promise.resolve(all.find((file) => file.name === name)?.path);
    },
    folder: (reference) => {
      const last = reference.split("/").at(-1);
      const files = all.filter(({ name }) => name.startsWith(`${last}_`));
      return Promise.resolve(files.length === 0 ? undefined : files);
    },
  };
}

/** Paths into the folder of a test as names alone. */
function withoutFolder(config: Record<string, unknown>, folder: string): Record<string, unknown> {
  return JSON.parse(JSON.stringify(config).replaceAll(`${folder}/`, ""));
}
