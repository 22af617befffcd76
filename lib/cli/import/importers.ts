/**
 * From a set of files to one draft: whose they are, and the importer for them. Invariant: files of two brokers are
 * never mixed, and no file is passed over.
 */
import { UserError } from "../../user_error.ts";
import { importAmqtt } from "./amqtt.ts";
import type { Draft, SourceFile } from "./draft.ts";
import { importEmqx } from "./emqx.ts";
import { isModules } from "./emqx_running.ts";
import { type FileKind, kindOf, whyUnknown } from "./kind.ts";
import type { Library } from "./library.ts";
import { importMosquitto } from "./mosquitto.ts";

type Broker = "mosquitto" | "EMQ X" | "aMQTT";

/** Whose a file of this kind is; undefined: everyone's. */
const BROKER_OF: Readonly<Record<FileKind, Broker | undefined>> = {
  "mosquitto.conf": "mosquitto",
  "mosquitto acl_file": "mosquitto",
  "password file": undefined,
  "certificate or key": undefined,
  "emqx.conf": "EMQ X",
  "emqx plugin": "EMQ X",
  "acl.conf": "EMQ X",
  "loaded_plugins": "EMQ X",
  "amqtt": "aMQTT",
};

/** An import that is done. */
export interface Imported {
  readonly broker: Broker;
  readonly draft: Draft;
}

/**
 * Makes one configuration of all files of `library`.
 * @throws UserError for files that are not known, not of one broker, or not understood
 */
export async function importFiles(library: Library): Promise<Imported> {
  const kinds = new Map(library.files.map((file) => [file, kindOf(file)]));
  const unknown = [...kinds].filter(([, kind]) => kind === undefined);
  if (unknown.length > 0) {
    throw new UserError(unknown.map(([file]) => `${file.name}: ${whyUnknown(file)}`));
  }
  const broker = onlyBroker(kinds);
  const of = (kind: FileKind) => library.files.filter((file) => kinds.get(file) === kind);
  const imported = await importOf(broker, of, library);
  // A configuration that says nothing about plugins has some that let everybody in.
  if (imported.draft.config.plugins === undefined) {
    imported.draft.set(["plugins"], {}, "no one is let in");
  }
  return imported;
}

async function importOf(
  broker: Broker,
  of: (kind: FileKind) => SourceFile[],
  library: Library,
): Promise<Imported> {
  switch (broker) {
    case "mosquitto":
      return {
        broker,
        draft: await importMosquitto({
          confs: of("mosquitto.conf"),
          acl: only(of("mosquitto acl_file")),
          passwords: only(of("password file")),
        }, library),
      };
    case "EMQ X":
      return {
        broker,
        draft: await importEmqx({
          confs: of("emqx.conf"),
          plugins: of("emqx plugin"),
          acl: only(of("acl.conf")),
          loaded: atMostOne(of("loaded_plugins").filter((file) => !isModules(file))),
          modules: atMostOne(of("loaded_plugins").filter(isModules)),
        }, library),
      };
    case "aMQTT":
      return { broker, draft: await importAmqtt(oneOf(of("amqtt")), library) };
  }
}

function onlyBroker(kinds: ReadonlyMap<SourceFile, FileKind | undefined>): Broker {
  const brokers = new Map<Broker, SourceFile>();
  for (const [file, kind] of kinds) {
    const broker = kind && BROKER_OF[kind];
    if (broker !== undefined && !brokers.has(broker)) brokers.set(broker, file);
  }
  if (brokers.size === 1) return [...brokers.keys()][0]!;
  if (brokers.size === 0) {
    const [file] = kinds.keys();
    const kind = kinds.get(file!);
    throw new UserError(`${file!.name}: a ${kind}; name the configuration it belongs to`);
  }
  const found = [...brokers].map(([broker, { name }]) => `${name} is ${broker}'s`).join(", ");
  throw new UserError(`${found}; expected the files of one broker`);
}

function only(files: readonly SourceFile[]): SourceFile | undefined {
  return files.length === 1 ? files[0] : undefined;
}

/** Which of two is in force cannot be told. */
function atMostOne(files: readonly SourceFile[]): SourceFile | undefined {
  const [file, second] = files;
  if (second === undefined) return file;
  throw new UserError(`${second.name}: like ${file!.name} it says what is loaded; expected one`);
}

function oneOf(files: readonly SourceFile[]): SourceFile {
  const [file, second] = files;
  if (second === undefined) return file!;
  throw new UserError(`${second.name}: a second configuration of aMQTT; expected one`);
}
