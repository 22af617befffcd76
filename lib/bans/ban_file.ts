/**
 * Bans as the text of bans.yaml, and back. Invariants: what is written reads back as the same bans, whatever characters
 * their names have; a text with a mistake is a UserError that says where, and no bans.
 */
import { field, text } from "../config/fields.ts";
import { flowYaml } from "../config/flow_yaml.ts";
import { Problems } from "../config/problems.ts";
import { key, readSection } from "../config/table.ts";
import { parseYaml } from "../config/yaml.ts";
import { newerFormat } from "../formats.ts";
import { isBlank } from "../text_file.ts";
import { messageOf, UserError } from "../user_error.ts";
import { type Ban, checkedTarget, isInForce } from "./ban.ts";
import { MAX_BANS } from "./ban_list.ts";

/**
 * Of the form of the file. This one is a list; a later one is a mapping with version, and bans, so that each form tells
 * itself apart.
 */
const FORMAT = 1;

/** Bytes; what MAX_BANS bans take is less. */
const MAX_TEXT = 8 * 1024 * 1024;

const HEAD =
  `# Who may not come in: see docs/LISTENERS.md, "Bans". Midge writes this file, and follows it when
# it is edited. A ban names clientid, user or address (10.0.0.0/8), and is for those of whom all of it is true;
# without until it holds for ever.
`;

/** YAML's own times come as dates. */
const time = field<number, string>((value) => {
  if (value instanceof Date) return value.getTime();
  if (typeof value !== "string" || !/^\d{4}-.*(?:Z|[-+]\d{2}:?\d{2})$/i.test(value)) {
    return undefined;
  }
  const read = Date.parse(value);
  return Number.isNaN(read) ? undefined : read;
}, 'a time such as "2026-01-31T12:00:00Z"');

const BAN_KEYS = {
  clientid: key({ type: text }),
  user: key({ type: text }),
  address: key({ type: text }),
  until: key({ type: time }),
  reason: key({ type: text }),
  by: key({
    type: field<Ban["by"]>(
      (value) => value === "admin" || value === "flapping" ? value : undefined,
      "admin or flapping",
    ),
    default: "admin",
  }),
  since: key({ type: time }),
};

/** The text of a file that has these bans. */
export function formatBans(bans: Iterable<Ban>): string {
  const lines = Array.from(bans, (ban) => {
    const { clientId: clientid, username: user, network: address, until, reason, by, since } = ban;
    const given = {
      clientid,
      user,
      address,
      until: until === undefined ? undefined : new Date(until).toISOString(),
      reason,
      by,
      since: new Date(since).toISOString(),
    };
    const pairs = Object.entries(given).filter(([, value]) => value !== undefined);
    return `- ${escaped(flowYaml(Object.fromEntries(pairs)))}\n`;
  });
  return HEAD + (lines.length === 0 ? "# There are none.\n" : lines.join(""));
}

/**
 * The bans of a text, those that have ended left out.
 * @param file names it in errors
 * @param now milliseconds since 1970; what does not say since when it holds has it
 * @throws {UserError} with a line for each mistake
 */
export function parseBans(content: string, file: string, now: number): Ban[] {
  if (isBlank(content)) {
    throw new UserError(`${file}: is empty; expected bans, or a comment where there are none`);
  }
  if (content.length > MAX_TEXT) throw new UserError(`${file}: is larger than ${MAX_TEXT} bytes`);
  const value = parseYaml(content, file) ?? [];
  const newer = newerFormat(
    Reflect.get(Object(value), "version"),
    FORMAT,
    Reflect.get(Object(value), "midge"),
  );
  if (newer !== undefined) throw new UserError(`${file}: ${newer}`);
  if (!Array.isArray(value)) {
    throw new UserError(`${file}: expected a list of bans: - {user: "NAME"}`);
  }
  if (value.length > MAX_BANS) {
    throw new UserError(`${file}: got ${value.length} bans, expected ${MAX_BANS} at most`);
  }
  const problems = new Problems(file);
  const bans = value.map((one: unknown, index) => readBan(one, index, now, problems));
  problems.throwIfAny();
  return bans.filter((ban) => ban !== undefined).filter((ban) => isInForce(ban, now));
}

function readBan(value: unknown, index: number, now: number, problems: Problems): Ban | undefined {
  const found = problems.errors.length;
  const given = readSection(BAN_KEYS, value, [index], problems);
  if (problems.errors.length > found) return undefined;
  const { clientid: clientId, user: username, address: network, since = now, ...rest } = given;
  try {
    return { ...checkedTarget({ clientId, username, network }), ...rest, since };
  } catch (error) {
    problems.add([index], messageOf(error));
    return undefined;
  }
}

/** What YAML does not take as it is, or an editor would not show, in YAML's own escapes. */
function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}
