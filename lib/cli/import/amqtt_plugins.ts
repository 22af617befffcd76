/**
 * aMQTT's plugins and their options as Midge's. aMQTT asks all of them, and one that refuses is enough; in Midge the
 * first that knows a user decides. Invariant: every plugin of the file is written, or noted with what its absence means;
 * beside one that stays behind no other lets people in.
 */
import { UserError } from "../../user_error.ts";
import { isMapping, underscored } from "../../config/keys.ts";
import { type Draft, type Place, type Plain, showPlace, type SourceFile } from "./draft.ts";
import { findOrFail, type Library } from "./library.ts";
import { unusableLines } from "./password_file.ts";

type Options = Record<string, Plain>;

/** Classes of aMQTT that do not decide who comes in or what they may do. */
const HARMLESS: Readonly<Record<string, string>> = {
  "amqtt.contrib.persistence.SessionDBPlugin":
    "storage in its place keeps them; midge store import takes over what its database has",
  "amqtt.plugins.persistence.SQLitePlugin": "it did nothing",
  "amqtt.contrib.shadows.ShadowPlugin": "Midge has no device shadows",
};

const HTTP_CLASSES: Readonly<Record<string, readonly [key: string, uri: string]>> = {
  "amqtt.contrib.http.UserAuthHttpPlugin": ["user_uri", "/user"],
  "amqtt.contrib.http.TopicAuthHttpPlugin": ["topic_uri", "/acl"],
};
const HTTP_URIS = ["user_uri", "topic_uri", "superuser_uri"];

/** The plugins of one import. */
export class AmqttPlugins {
  readonly #file: SourceFile;
  readonly #place: (key: string) => Place;
  readonly #library: Library;
  readonly #draft: Draft;
  readonly #plugins = new Map<string, { options: Options; place: Place }>();
  /** Plugins that stay behind and may have decided who comes in. */
  readonly #missing: string[] = [];

  constructor(file: SourceFile, place: (key: string) => Place, library: Library, draft: Draft) {
    this.#file = file;
    this.#place = place;
    this.#library = library;
    this.#draft = draft;
  }

  /** Takes in one plugin: its name, short where it is one of Midge's, and its options. */
  async add(name: string, isPackaged: boolean, key: string, raw: unknown): Promise<void> {
    const place = this.#place(key);
    const options = optionsOf(raw, this.#file, key);
    if (Object.hasOwn(HTTP_CLASSES, key)) return this.#addHttp(key, options, place);
    if (!isPackaged) return this.#leave(key, place);
    if (name === "auth_cert") options.required = true; // as its name in aMQTT means
    if (name === "auth_file") await this.#usePasswords(options);
    if (name === "topic_acl") this.#mergeLists(options, place);
    this.#plugins.set(name, { options, place });
  }

  /** Writes them in their order. */
  write(): void {
    if (this.#missing.length > 0) this.#closeDoor();
    else this.#refuseTwo();
    this.#combine();
    if (this.#plugins.size === 0) this.#draft.set(["plugins"], {}, "nobody is let in");
    for (const [name, { options, place }] of this.#plugins) {
      const value = Object.keys(options).length === 0 ? null : options;
      this.#draft.set(["plugins", name], value, place);
    }
  }

  /** aMQTT asks all plugins, and all that answer have to agree. */
  #combine(): void {
    const http = this.#plugins.get("http");
    if (http !== undefined && "topic_uri" in http.options) {
      this.#draft.set(["acl_combine"], "all", "as aMQTT combines plugins");
    }
  }

  /** Users of a file, of a server, of certificates: in aMQTT all of them have to agree. */
  #refuseTwo(): void {
    const names = ["auth_file", "http", "auth_cert"].filter((name) => {
      const plugin = this.#plugins.get(name);
      return plugin !== undefined && (name !== "http" || "user_uri" in plugin.options);
    });
    if (names.length < 2) return;
    for (const name of names) {
      const others = names.filter((other) => other !== name);
      this.#takeLogins(
        name,
        `left out, because ${others.join(" and ")} ${
          others.length > 1 ? "have" : "has"
        } to agree ` +
          "in aMQTT, and here the first that knows a user decides; put back the one that is to",
      );
    }
  }

  #leave(key: string, place: Place): void {
    if (Object.hasOwn(HARMLESS, key)) return this.#draft.skip(key, place, HARMLESS[key]!);
    this.#missing.push(key);
    const what = "plugins in Python do not run here; docs/PLUGINS.md says how to write one";
    this.#draft.skip(key, place, what);
  }

  /** What lets people in beside a plugin that is gone would let in whom that one refused. */
  #closeDoor(): void {
    const [first] = this.#missing;
    const why =
      `left out, because ${first} may have decided who comes in; put it back if it did not`;
    for (const name of ["auth_anonymous", "auth_file", "auth_cert", "http"]) {
      this.#takeLogins(name, why);
    }
    this.#draft.set(["acl_nomatch"], "deny", `${first} may have had rules`);
  }

  /** Of http its rules stay. */
  #takeLogins(name: string, why: string): void {
    const plugin = this.#plugins.get(name);
    if (plugin === undefined || (name === "http" && !("user_uri" in plugin.options))) return;
    if (name === "http" && "topic_uri" in plugin.options) delete plugin.options.user_uri;
    else this.#plugins.delete(name);
    this.#draft.skip(name, plugin.place, why);
  }

  async #usePasswords(options: Options): Promise<void> {
    const name = options.password_file;
    if (typeof name !== "string") return;
    const key = "password_file";
    const statement = { key, value: name, place: this.#place(key) };
    const file = await findOrFail(this.#library, statement, [this.#file]);
    options.password_file = file.path;
    const { usable, problems } = unusableLines(file);
    if (usable === 0 && problems.length > 0) {
      const at = showPlace({ file: file.name, line: problems[0]!.line });
      throw new UserError(`${at}: no line can be used; the first one: ${problems[0]!.why}`);
    }
    for (const { line, user, why } of problems) {
      const what = `${why}; midge passwd sets a new password`;
      this.#draft.skip(`user ${user}`, { file: file.name, line }, what);
    }
  }

  /** `acl` is subscribe_acl by its old name; lists of one-key mappings become one mapping. */
  #mergeLists(options: Options, place: Place): void {
    if (options.acl !== undefined && options.subscribe_acl === undefined) {
      options.subscribe_acl = options.acl;
      delete options.acl;
    }
    for (const [key, value] of Object.entries(options)) {
      if (!Array.isArray(value) || !value.every(isMapping)) continue;
      const names = value.flatMap((item) => Object.keys(item));
      if (new Set(names).size === names.length) {
        options[key] = Object.assign({}, ...value) as Plain;
      }
    }
    this.#draft.differ("topic_acl", place, "the user admin may do everything");
    // Without it no one may subscribe in aMQTT; in Midge everyone might.
    options.subscribe_acl ??= {};
  }

  /** aMQTT has a class for users and one for topics; the plugin http does both. */
  #addHttp(key: string, options: Options, place: Place): void {
    const [uri, usual] = HTTP_CLASSES[key]!;
    const own = { ...options, [uri]: options[uri] ?? usual };
    const before = this.#plugins.get("http");
    if (before === undefined) {
      this.#plugins.set("http", { options: own, place });
      return;
    }
    if (serverOf(before.options) === serverOf(own)) Object.assign(before.options, own);
    else this.#leave(key, place);
  }
}

/** Everything but which questions are asked. */
function serverOf(options: Options): string {
  const entries = Object.entries(options).filter(([key]) => !HTTP_URIS.includes(key));
  return JSON.stringify(entries.sort(([a], [b]) => a < b ? -1 : 1));
}

function optionsOf(raw: unknown, file: SourceFile, key: string): Options {
  if (!isMapping(raw)) {
    throw new UserError(`${file.name}: plugins.${key}: expected a mapping of options`);
  }
  const entries = Object.entries(raw).map(([name, value]) => [underscored(name), value]);
  return Object.fromEntries(entries) as Options;
}
