/**
 * The OpenAPI 3.1 document of the API, from the schemas that check what goes in and out. Invariant: nothing is said here of
 * a command that its schema or its help does not say.
 */
import { type ConversionConfig, toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { type CommandName, COMMANDS } from "../../manage.ts";
import { entriesOf, hasBody } from "./arguments.ts";
import { commandNames } from "./api.ts";

/** Any value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [key: string]: Json;
};
type JsonObject = { readonly [key: string]: Json };

const REF = "#/components";
const JSON_TYPE = "application/json";
/** What may be answered in place of a result. */
const PROBLEMS: Readonly<Record<string, string>> = {
  "400": "The arguments are wrong, or the broker refuses; `message` says why",
  "401": "Not logged in, or the token is void",
  "403": "Not for this role, or from another site's page",
  "404": "There is no such thing",
  "405": "The path has other methods",
  "409": "It has changed meanwhile",
  "413": "The body is too large",
  "415": "The body is not of application/json",
  "429": "Too many tries, or streams",
  "500": "The broker could not do it; its log says why",
  "503": "The broker is too busy",
};
/** Every route may answer those. */
const EVERYWHERE = ["400", "401", "403", "429", "500", "503"];

/** The document. @param version Midge's */
export function openApi(version: string): JsonObject {
  const paths: Record<string, Record<string, Json>> = {
    "/me": { get: ME },
    "/openapi.json": { get: SELF },
  };
  for (const name of commandNames()) {
    const [method = "", path = ""] = (COMMANDS[name].route ?? "").split(" ");
    (paths[path] ??= {})[method.toLowerCase()] = operationOf(name, path);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Midge",
      version,
      description: "What `midge ctl` can ask of a running broker, by HTTP.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "./" }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: COMPONENTS,
  };
}

function operationOf(name: CommandName, path: string): JsonObject {
  const command = COMMANDS[name];
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, argument]) => argument!);
  const args = schemaOf(command.args, "input");
  const isListing = "row" in command;
  const said = isListing ? [...inPath, "offset", "limit"] : inPath; // those of a part are every listing's
  const others = Object.keys(entriesOf(command.args)).filter((one) => !said.includes(one));
  const isBody = hasBody(command.route ?? "");
  const query = isBody ? [] : others.map((one) => parameterOf(one, "query", args));
  const parameters = [
    ...inPath.map((one) => parameterOf(one, "path", args)),
    ...query,
    ...(isListing ? [ref("parameters", "offset"), ref("parameters", "limit")] : []),
    ...(command.route?.startsWith("GET ") === true ? [] : [ref("parameters", "csrf")]),
  ];
  return {
    operationId: name.replace(/[ -](\w)/g, (_, letter: string) => letter.toUpperCase()),
    summary: command.help,
    "x-role": command.isChange ? "admin" : "viewer",
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(isBody && others.length > 0 ? { requestBody: bodyOf(args, others) } : {}),
    responses: responsesOf(name, inPath.length > 0),
  };
}

function parameterOf(name: string, place: "path" | "query", args: JsonObject): JsonObject {
  const schema = objectOf(args["properties"])[name] ?? {};
  const required = place === "path" || requiredOf(args).includes(name);
  return { name, in: place, required, schema };
}

function bodyOf(args: JsonObject, names: readonly string[]): JsonObject {
  const properties = objectOf(args["properties"]);
  const required = requiredOf(args).filter((one) => names.some((name) => name === one));
  const schema = {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, properties[name] ?? {}])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
  return { required: required.length > 0, content: { [JSON_TYPE]: { schema } } };
}

function responsesOf(name: CommandName, isOfOne: boolean): JsonObject {
  const more = isOfOne ? ["404"] : [];
  const body = hasBody(COMMANDS[name].route ?? "") ? ["409", "413", "415"] : [];
  const codes = [...EVERYWHERE, ...more, ...body].toSorted();
  return {
    "200": { description: "Done", content: contentOf(name) },
    ...Object.fromEntries(codes.map((code) => [code, ref("responses", `problem${code}`)])),
  };
}

function contentOf(name: CommandName): JsonObject {
  const command = COMMANDS[name];
  if ("event" in command) {
    const schema = { type: "string", description: "`data` of each event is a JSON object" };
    return { "text/event-stream": { schema, "x-event": schemaOf(command.event, "output") } };
  }
  if ("result" in command) return { [JSON_TYPE]: { schema: schemaOf(command.result, "output") } };
  const schema = {
    type: "object",
    properties: {
      items: { type: "array", items: schemaOf(command.row, "output") },
      next: { type: ["integer", "null"], description: "The offset to go on with; null: no more" },
    },
    required: ["items", "next"],
  };
  return { [JSON_TYPE]: { schema } };
}

function schemaOf(
  schema: GenericSchema,
  typeMode: ConversionConfig["typeMode"] & string,
): JsonObject {
  const { $schema: _, ...rest } = toJsonSchema(schema, { typeMode, errorMode: "ignore" });
  return rest as JsonObject; // it is JSON, which its own type says less exactly
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : {};
}

function requiredOf({ required }: JsonObject): readonly Json[] {
  return Array.isArray(required) ? required : [];
}

function ref(kind: string, name: string): JsonObject {
  return { $ref: `${REF}/${kind}/${name}` };
}

const WHO = {
  type: "object",
  properties: {
    name: { type: "string" },
    role: { enum: ["admin", "viewer"] },
    username: { type: "string", description: "Whose rights hold for topics" },
    superuser: { type: "boolean" },
    csrf: { type: ["string", "null"], description: "For X-CSRF-Token; null: by a token" },
  },
  required: ["name", "role", "username", "superuser", "csrf"],
};

const COMPONENTS: JsonObject = {
  securitySchemes: {
    token: { type: "http", scheme: "bearer", description: "midge ctl token new" },
    session: { type: "apiKey", in: "cookie", name: "midge_session" },
  },
  parameters: {
    offset: {
      name: "offset",
      in: "query",
      schema: { type: "integer", minimum: 0, maximum: 999_999_999, default: 0 },
    },
    limit: {
      name: "limit",
      in: "query",
      schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
    },
    csrf: {
      name: "X-CSRF-Token",
      in: "header",
      description: "With a cookie: what the login gave. Not needed with a token.",
      schema: { type: "string" },
    },
  },
  schemas: {
    Problem: {
      type: "object",
      properties: {
        error: {
          type: "object",
          properties: { code: { type: "string" }, message: { type: "string" } },
          required: ["code", "message"],
        },
      },
      required: ["error"],
    },
    Who: WHO,
  },
  responses: Object.fromEntries(
    Object.entries(PROBLEMS).map(([code, description]) => [`problem${code}`, {
      description,
      content: { [JSON_TYPE]: { schema: ref("schemas", "Problem") } },
    }]),
  ),
};

const FAILURES = Object.fromEntries(
  ["401", "403", "429"].map((code) => [code, ref("responses", `problem${code}`)]),
);

const ME: JsonObject = {
  operationId: "me",
  summary: "Who is logged in",
  "x-role": "viewer",
  responses: {
    "200": {
      description: "Done",
      content: { [JSON_TYPE]: { schema: ref("schemas", "Who") } },
    },
    ...FAILURES,
  },
};

const SELF: JsonObject = {
  operationId: "openApi",
  summary: "This document",
  "x-role": "viewer",
  responses: {
    "200": { description: "Done", content: { [JSON_TYPE]: { schema: { type: "object" } } } },
    ...FAILURES,
  },
};
