/**
 * The configuration as it may be seen, and what is wrong with another. Invariants: no secret is shown; what is only
 * checked imports no module that does not run already, is bounded in time, and changes nothing.
 */
import { normalizeConfig } from "../../config/normalize.ts";
import { maskedText, maskedValue } from "../../config/masked_config.ts";
import { secretNames } from "../../config/secret_names.ts";
import type { BrokerConfig } from "../../config/types.ts";
import { parseConfig } from "../../config/yaml.ts";
import type { ResultOf } from "../../manage/commands.ts";
import { masked } from "../../secrets.ts";
import { problemsOf, UserError } from "../../user_error.ts";
import { withDeadline } from "../../wait.ts";
import type { Core } from "../core.ts";
import type { Admin } from "./admin.ts";

const LONGEST_TEXT = 1024 * 1024;
const CHECK_MS = 20_000;

type Problems = ResultOf<"config validate">;

/** The configuration of one broker. */
export class ConfigDesk {
  readonly #core: Core;
  readonly #admin: Admin;
  #checking: Promise<void> | undefined;

  constructor(core: Core, admin: Admin) {
    this.#core = core;
    this.#admin = admin;
  }

  /** What holds, and the text that it came from, as it is by now. */
  async show(): Promise<ResultOf<"config">> {
    const { config, plugins } = this.#core;
    const isSecret = secretNames(plugins.map(({ schema }) => schema));
    const text = config.file === undefined ? null : await readShort(config.file);
    const parse = (some: string) => parseConfig(some, "");
    return {
      file: config.file ?? null,
      text: text === null ? null : maskedText(text, isSecret, parse) ?? null,
      settings: this.#settings(),
    };
  }

  /**
   * What a start would say of this text.
   * @throws UserError for a text that is too long, and while another is checked
   */
  async validate(text: string): Promise<Problems> {
    if (text.length > LONGEST_TEXT) {
      throw new UserError(
        `the text has ${text.length} characters; expected ${LONGEST_TEXT} at most`,
      );
    }
    if (this.#checking !== undefined) {
      throw new UserError("another configuration is being checked; try again");
    }
    let config: BrokerConfig;
    try {
      config = this.#read(text);
    } catch (error) {
      return { problems: problemsOf(error).map(masked), warnings: [] };
    }
    const { warnings } = config;
    const strangers = this.#strangersIn(config);
    const problems = strangers.length > 0 ? strangers : await this.#check(config);
    return { problems, warnings: warnings.map(masked) };
  }

  /** By the rules of the running one: the same folder, the same name in error lines. */
  #read(text: string): BrokerConfig {
    const { file, directory } = this.#core.config;
    const parsed = parseConfig(text, file ?? "the configuration");
    return normalizeConfig(parsed, { file: file ?? "the configuration", directory });
  }

  /** To import a module is to run it: who may ask this need not be the one who may write the configuration. */
  #strangersIn({ plugins }: BrokerConfig): string[] {
    const known = new Set(this.#core.config.plugins.map(({ module }) => module));
    return plugins.filter(({ packaged, module }) => !packaged && !known.has(module))
      .map(({ key }) =>
        masked(
          `plugins.${key}: it is not among the plugins that run, so it is not imported here; ` +
            "midge check imports it",
        )
      );
  }

  async #check(config: BrokerConfig): Promise<string[]> {
    const problems: string[] = [];
    const checking = this.#admin.check(config).catch((error: unknown) => {
      problems.push(...problemsOf(error).map(masked));
    }).finally(() => this.#checking = undefined);
    this.#checking = checking;
    if (await withDeadline(checking, CHECK_MS)) return problems;
    return [`it could not be checked within ${CHECK_MS / 1000} s; midge check has more time`];
  }

  #settings(): ResultOf<"config">["settings"] {
    const { plugins, file: _, warnings: _lines, ...config } = this.#core.config;
    const own = secretNames();
    return {
      ...Object(maskedValue(config, own)),
      plugins: plugins.map(({ name, key, packaged, options }) => {
        const schema = this.#core.plugins.find((one) => one.config?.key === key)?.schema;
        const shown = maskedValue(options, secretNames([schema]));
        return { name: masked(name), key: masked(key), packaged, options: shown };
      }),
    };
  }
}

/** Null: it cannot be read, or is no configuration by its length. */
async function readShort(file: string): Promise<string | null> {
  try {
    const text = await Deno.readTextFile(file);
    return text.length > LONGEST_TEXT ? null : text;
  } catch {
    return null; // moved away, or its rights are others: what holds is shown all the same
  }
}
