/**
 * `midge help`: what Midge is, what a command takes, and the pages of the documentation. Invariant: it is plain text, on
 * stdout, and asks no network.
 */
import { nearest } from "../../config/keys.ts";
import { UsageError } from "../usage_error.ts";
import { type Pages, readPages } from "./library.ts";
import { plainText } from "./plain_text.ts";
import { findTopic, keyNames, topicName, topicNames } from "./topics.ts";

const MOST_COLUMNS = 100;
const USUAL_COLUMNS = 80;

/** The names of all topics, in lines of a help text; empty where this Midge has no pages. */
export async function topicLines(): Promise<string> {
  const names = topicNames(await readPages());
  const lines = [""];
  for (const name of names) {
    const longer = `${lines.at(-1)} ${name}`;
    if (longer.length < USUAL_COLUMNS - 2) lines[lines.length - 1] = longer;
    else lines.push(` ${name}`);
  }
  return lines.map((line) => ` ${line}`).join("\n").trimEnd();
}

/**
 * The text of a topic.
 * @param commands what else could have been meant
 * @throws {UsageError} where there is none
 */
export async function topicText(
  words: readonly string[],
  commands: readonly string[],
): Promise<string> {
  const pages = await readPages();
  const found = findTopic(pages, words);
  if (found.length === 0) throw unknownTopic(words, commands, pages);
  const width = columns();
  return found.map(({ path, markdown }) =>
    plainText(markdown, width, (target) => linkedName(pages, path, target))
  ).join("\n\n");
}

/** The name of the page that a link on another one goes to. */
function linkedName(pages: Pages, from: string, target: string): string | undefined {
  const path = new URL(target, `file:///${from}`).pathname.slice(1);
  return Object.hasOwn(pages, path) ? topicName(path) : undefined;
}

function unknownTopic(
  words: readonly string[],
  commands: readonly string[],
  pages: Pages,
): UsageError {
  const topics = topicNames(pages);
  const asked = words.join(" ");
  const [first = ""] = words;
  if (words.length > 1 && topics.includes(first)) {
    return new UsageError(
      `${first} has no part ${
        JSON.stringify(words.slice(1).join(" "))
      }; midge help ${first} prints all of it`,
    );
  }
  const near = nearest(asked, [...commands, ...topics]) ?? nearest(asked, keyNames(pages));
  const meant = near === undefined ? "k" : `did you mean ${near}? K`;
  const known = topics.length === 0 ? "" : `; known topics: ${topics.join(", ")}`;
  return new UsageError(
    `unknown command ${JSON.stringify(asked)}; ${meant}nown commands: ${
      commands.join(", ")
    }${known}`,
  );
}

/** As wide as the terminal; longer lines are hard to read. */
function columns(): number {
  if (!Deno.stdout.isTerminal()) return USUAL_COLUMNS;
  return Math.min(Deno.consoleSize().columns, MOST_COLUMNS);
}
