/** `midge ctl` of topics, retained messages and publishing. Invariant: a payload is shown as text, in one line. */
import { decodeBase64 } from "../../encoding.ts";
import type { ArgsOf, ResultOf, RowOf } from "../../manage/commands.ts";
import { readQos } from "../question.ts";
import { ask, type Asked, type CtlCommand, listRows, operand } from "./command.ts";
import { retainedTable, type Table, tableOf } from "./tables.ts";
import { row } from "./text.ts";

/** Characters of a payload in a table. */
const SHOWN = 60;

const topicTable: Table<RowOf<"topics">> = tableOf(
  ["TIME", 24, ({ at }) => timeText(at)],
  ["MESSAGES", 8, ({ messages }) => messages],
  ["RATE", 8, ({ rate }) => rate.toFixed(rate < 10 ? 2 : 0)],
  ["QOS", 3, ({ qos }) => qos],
  ["KEPT", 4, ({ isRetained }) => isRetained ? "yes" : "-"],
  ["PUBLISHER", 20, ({ publisher }) => publisher ?? "-"],
  ["TOPIC", 32, ({ topicName }) => topicName],
  ["LAST", 0, ({ last }) => last === null ? "-" : payloadText(last, SHOWN)],
);

/** By name. */
export const TOPIC_COMMANDS: Readonly<Record<string, CtlCommand>> = {
  topics: {
    operands: ["[FILTER]"],
    example: "midge ctl topics 'home/#'",
    takes: ["search", "limit"],
    help:
      "topics with their last messages: of those published since\nsomeone looks, and of retained ones",
    run: (asked) => {
      const [topicFilter] = asked.operands;
      return listRows(
        asked,
        "topics",
        { topicFilter, search: asked.given.last("search") },
        topicTable,
      );
    },
  },
  topic: {
    operands: ["TOPIC"],
    example: "midge ctl topic home/lamp",
    help: "one topic with its last message",
    run: (asked) => ask(asked, "topic", { topicName: operand(asked) }, topicLines),
  },
  retained: {
    operands: ["[FILTER]"],
    example: "midge ctl retained 'home/#'",
    takes: ["limit"],
    help: "the retained messages whose topic the filter matches",
    run: (asked) => {
      const [topicFilter] = asked.operands;
      return listRows(asked, "retained", topicFilter ? { topicFilter } : {}, retainedTable);
    },
  },
  "retained get": {
    operands: ["TOPIC"],
    example: "midge ctl retained get home/lamp",
    help: "one retained message",
    run: (asked) => ask(asked, "retained get", { topicName: operand(asked) }, messageLines),
  },
  "retained delete": {
    operands: ["TOPIC"],
    example: "midge ctl retained delete home/lamp",
    help: "removes the retained message of a topic",
    run: (asked) =>
      ask(asked, "retained delete", { topicName: operand(asked) }, ({ topicName, undo }) => [
        `nothing is retained at ${topicName} any more`,
        ...undoLines(undo),
      ]),
  },
  "retained purge": {
    operands: ["FILTER"],
    example: "midge ctl retained purge 'home/#' --dry-run",
    takes: ["dryRun"],
    help: "removes all whose topic the filter matches; --dry-run says\nwhich those are",
    run: (asked) => {
      const dryRun = asked.given.has("dryRun");
      return ask(
        asked,
        "retained purge",
        { topicFilter: operand(asked), dryRun },
        (result) => purgeLines(result, dryRun),
      );
    },
  },
  "retained undo": {
    operands: ["UNDO"],
    example: "midge ctl retained undo 1",
    help:
      "brings back what a delete or purge of the last ten minutes\nremoved: UNDO is what it said",
    run: (asked) =>
      ask(asked, "retained undo", { undo: operand(asked) }, ({ messages, kept, lost }) => [
        `${messages} messages are back; ${kept} topics have a newer one; ${lost} are lost`,
      ]),
  },
  publish: {
    operands: ["TOPIC", "[TEXT]"],
    example: "midge ctl publish home/lamp on --retain",
    isQuestion: true,
    takes: ["base64", "contentType", "expires"],
    help: "publishes in the broker's own name; with --qos N and --retain",
    run: (asked) =>
      ask(asked, "publish", messageOf(asked), ({ topicName, receivers }) => [
        `published to ${topicName}; sessions that have it: ${receivers}`,
      ]),
  },
};

function messageOf(asked: Asked): ArgsOf<"publish"> {
  const { given, operands: [, payload = ""] } = asked;
  return {
    topicName: operand(asked),
    payload,
    encoding: given.has("base64") ? "base64" : "text",
    qos: readQos(given),
    retain: given.has("retain"),
    contentType: given.last("contentType"),
    messageExpiryInterval: secondsOf(asked),
  };
}

function secondsOf({ given }: Asked): number | undefined {
  const text = given.last("expires");
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw given.wrong("expires", "a number of seconds");
}

function topicLines(one: ResultOf<"topic">): string[] {
  const { topicName, qos, publisher, at, messages, rate, isRetained, last } = one;
  return [
    row("topic", topicName),
    row("time", at === null ? "before anyone looked" : timeText(at)),
    row("publisher", publisher ?? "the broker, or not known"),
    row("messages", `${messages}, ${rate.toFixed(2)} a second`),
    row("qos", `${qos}${isRetained ? ", retained" : ""}`),
    ...(last === null ? [row("payload", "not kept")] : payloadLines(last)),
  ];
}

function messageLines(message: ResultOf<"retained get">): string[] {
  const { topicName, qos, expirySeconds, contentType } = message;
  return [
    row("topic", topicName),
    row("qos", String(qos)),
    row("expires", expirySeconds === null ? "never" : `in ${Math.ceil(expirySeconds)} s`),
    ...(contentType === null ? [] : [row("type", contentType)]),
    ...payloadLines(message),
  ];
}

function purgeLines(
  { messages, bytes, topics, denied, undo }: ResultOf<"retained purge">,
  dryRun: boolean,
): string[] {
  return [
    ...topics,
    ...(messages > topics.length ? [`and ${messages - topics.length} more`] : []),
    `${messages} messages of ${bytes} bytes ${dryRun ? "would be" : "were"} removed`,
    ...(denied > 0 ? [`${denied} stay: you may not publish there`] : []),
    ...(dryRun || messages === 0 ? [] : undoLines(undo)),
  ];
}

function undoLines(undo: string | null): string[] {
  return undo === null
    ? ["it is too much to be kept: it cannot be undone"]
    : [`within ten minutes: midge ctl retained undo ${undo}`];
}

interface Payload {
  readonly bytes: number;
  readonly payload: string;
  readonly isWhole: boolean;
}

function payloadLines(payload: Payload): string[] {
  const cut = payload.isWhole ? "" : ", of which this is the beginning";
  return [row("bytes", `${payload.bytes}${cut}`), row("payload", payloadText(payload, Infinity))];
}

/** As text where it is one. */
function payloadText({ bytes, payload, isWhole }: Payload, most: number): string {
  const raw = decodeBase64(payload);
  try {
    // The end of a payload that was cut may be the middle of a character.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(raw, { stream: !isWhole });
    return text.length > most ? `${text.slice(0, most)}...` : `${text}${isWhole ? "" : "..."}`;
  } catch {
    return `${bytes} bytes, no text`;
  }
}

function timeText(at: number | null): string {
  return at === null ? "-" : new Date(at).toISOString();
}
