/**
 * aMQTT's contrib.http in terms of our questions: `host`, `port`, `request_method`, `params_mode`, ... Invariant:
 * the same requests as aMQTT sends, GETs with a JSON body included (its default).
 */
import { type InferOutput, nullish, optional } from "valibot";
import { choiceOption, type SourceRequest, strayPlaceholder, strayProblem } from "../../sources.ts";
import { kindOf, type OptionField, optionField, switchOption, UserError } from "../../plugin.ts";
import { headerProblem } from "./request.ts";
import type { Param, QuestionForm } from "./template.ts";

/** How a response is read: by its status, as text `ok`, as JSON with a key `ok`. */
export type ResponseMode = "status" | "json" | "text";

const hostOption: OptionField<string> = optionField(
  (value) => typeof value === "string" && isHost(value) ? value : undefined,
  "a host name or address",
);

const portOption: OptionField<number> = optionField(
  (value) =>
    Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536
      ? Number(value)
      : undefined,
  "a port, 1 to 65535",
);

const uriOption: OptionField<string> = optionField(
  (value) =>
    typeof value !== "string" || !/^\/[^\s#]*$/.test(value)
      ? undefined
      : strayPlaceholder(value) === undefined
      ? value
      : new Error(
        "expected a path without placeholders; username and client id are sent as parameters",
      ),
  "a path such as /user",
);

const userAgentOption: OptionField<string> = optionField(
  (value) => typeof value !== "string" ? undefined : fieldOf(value),
  "a text",
  kindOf,
);

function fieldOf(userAgent: string): string | Error {
  const problem = headerProblem("user-agent", userAgent) ?? strayProblem(userAgent);
  return problem === undefined ? userAgent : new Error(problem);
}

/** Entries for `optionsOf`. */
export const AMQTT_OPTIONS = {
  host: optional(hostOption),
  port: optional(portOption),
  request_method: optional(choiceOption("get", "post", "put")),
  params_mode: optional(choiceOption("json", "form")),
  response_mode: optional(choiceOption("status", "json", "text")),
  with_tls: optional(switchOption),
  user_agent: optional(userAgentOption),
  /** aMQTT's class for users has /user, the one for topics /acl; absent or null: not asked. */
  user_uri: nullish(uriOption),
  topic_uri: nullish(uriOption),
  superuser_uri: nullish(uriOption),
} as const;

type AmqttOptions = {
  [Key in keyof typeof AMQTT_OPTIONS]?: InferOutput<(typeof AMQTT_OPTIONS)[Key]>;
};

const ACC_NUMBERS = { publish: 2, subscribe: 4 };

const NAME: Param = plain("username", ({ client }) => client.username ?? null);
const CLIENT_ID: Param = plain("client_id", ({ client }) => client.clientId);
const PASSWORD: Param = {
  name: "password",
  value: ({ password }) => password ?? null,
  hasPassword: true,
};
const TOPIC: Param = plain("topic", ({ topic }) => topic ?? null);
const ACC: Param = plain("acc", ({ action }) => action ? ACC_NUMBERS[action] : null);

/** The options of this form that are given. */
export function amqttKeys(options: AmqttOptions): string[] {
  return Object.keys(AMQTT_OPTIONS)
    .filter((key) => (options[key as keyof AmqttOptions] ?? undefined) !== undefined);
}

/** The questions that the options describe. @throws {UserError} */
export function amqttQuestions(options: AmqttOptions): {
  auth: QuestionForm | undefined;
  superuser: QuestionForm | undefined;
  acl: QuestionForm | undefined;
} {
  const { host, port, user_uri, topic_uri, superuser_uri } = options;
  if (host === undefined || port === undefined) {
    throw new UserError("host and port belong together; expected both");
  }
  if (!user_uri && !topic_uri && !superuser_uri) {
    throw new UserError("nothing is asked; expected user_uri, topic_uri or superuser_uri");
  }
  const question = (uri: string | null | undefined, params: readonly Param[]) =>
    uri ? questionAt(uri, host, port, options, params) : undefined;
  return {
    auth: question(user_uri, [NAME, PASSWORD, CLIENT_ID]),
    superuser: question(superuser_uri, [NAME, CLIENT_ID]),
    acl: question(topic_uri, [NAME, CLIENT_ID, TOPIC, ACC]),
  };
}

function questionAt(
  uri: string,
  host: string,
  port: number,
  options: AmqttOptions,
  params: readonly Param[],
): QuestionForm {
  const { request_method = "get", params_mode = "json", user_agent = "amqtt" } = options;
  const address = `${options.with_tls ? "https" : "http"}://${bracketed(host)}:${port}${uri}`;
  return {
    method: request_method.toUpperCase() as QuestionForm["method"],
    url: new URL(address),
    headers: new Map([["user-agent", user_agent]]),
    params,
    encoding: params_mode === "json" ? "json" : request_method === "get" ? "query" : "form",
  };
}

function isHost(text: string): boolean {
  return /^[\w.-]+$|^\[?[\da-f:.]+\]?$/i.test(text) && URL.canParse(`http://${bracketed(text)}/`);
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function plain(name: string, value: (subject: SourceRequest) => string | number | null): Param {
  return { name, value, hasPassword: false };
}
