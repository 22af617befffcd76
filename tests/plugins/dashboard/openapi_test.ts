/** The OpenAPI document of a real broker: its shape, what routes answer by it, and what they do with what is not in it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Broker } from "../../../mod.ts";
import { definePlugin, type PluginContext } from "../../../plugin.ts";
import { Dashboard } from "../../../plugins/dashboard/server.ts";
import { OPTIONS } from "../../../plugins/dashboard/options.ts";
import { safeParse } from "valibot";
import { Random } from "../../support/random.ts";
import { schemaProblems } from "./json_schema.ts";

type Json = Record<string, unknown>;
type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Json[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Json }> };
  readonly responses: Record<string, Json>;
};

const SIGNAL = new AbortController().signal;

/** A dashboard on a broker, and a token for it. */
class LiveStage implements AsyncDisposable {
  readonly #broker: Broker;
  readonly dashboard: Dashboard;
  readonly token: string;
  readonly #folder: string;

  private constructor(broker: Broker, dashboard: Dashboard, token: string, folder: string) {
    this.#broker = broker;
    this.dashboard = dashboard;
    this.token = token;
    this.#folder = folder;
  }

  static async start(): Promise<LiveStage> {
    const folder = await Deno.makeTempDir();
    const contexts: PluginContext[] = [];
    const probe = definePlugin({
      name: "probe",
      apiVersion: 1,
      setup: (_options, given) => {
        contexts.push(given);
        return {};
      },
    });
    const broker = new Broker({
      listeners: { default: { bind: "127.0.0.1:0" } },
      data_dir: folder,
      plugins: { auth_anonymous: null, probe },
    });
    await broker.start();
    const options = safeParse(OPTIONS, {});
    const [context] = contexts;
    if (context === undefined || !options.success) throw new Error("no context");
    const caller = { name: "the test", isAdmin: true, user: undefined };
    const made = await context.manage?.("token new", { name: "the test" }, caller) as Json;
    broker.publish({ topicName: "a/b", payload: "x", retain: true });
    const dashboard = new Dashboard(context, options.output);
    return new LiveStage(broker, dashboard, String(made["token"]), folder);
  }

  async ask(method: string, path: string, given: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}`, ...given.headers };
    const url = `http://localhost/api/v1${path}`;
    const request = new Request(url, { ...given, method, headers });
    const exchange = { request, address: "127.0.0.1", port: 1, isSecure: false, signal: SIGNAL };
    const answer = await this.dashboard.answer(exchange);
    if (answer instanceof Response) return answer;
    throw new Error("it became a WebSocket");
  }

  async document(): Promise<Json & { paths: Record<string, Record<string, Operation>> }> {
    return await (await this.ask("GET", "/openapi.json")).json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dashboard.end();
    await this.#broker.stop();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Every operation with its method and path. */
function* operationsOf(paths: Record<string, Record<string, Operation>>) {
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      yield [method.toUpperCase(), path, operation] as const;
    }
  }
}

function* refsOf(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, one] of Object.entries(value)) {
    if (key === "$ref") yield String(one);
    else yield* refsOf(one);
  }
}

function at(document: Json, ref: string): unknown {
  const parts = ref.replace(/^#\//, "").split("/");
  return parts.reduce<unknown>((value, part) => Object(value)[part], document);
}

Deno.test("the document has the shape of OpenAPI 3.1, and every reference leads somewhere", async () => {
  await using stage = await LiveStage.start();
  const document = await stage.document();
  assertEquals(document["openapi"], "3.1.0");
  const info = document["info"] as Json;
  assertEquals([typeof info["title"], typeof info["version"]], ["string", "string"]);
  const ids = new Set<string>();
  let count = 0;
  for (const [method, path, operation] of operationsOf(document.paths)) {
    count++;
    assertMatch(method, /^(?:GET|POST|PUT|DELETE)$/);
    assertMatch(path, /^\/[\w./{}-]+$/);
    assert(!ids.has(operation.operationId), operation.operationId);
    assertMatch(operation.operationId, /^[a-zA-Z]+$/);
    ids.add(operation.operationId);
    assert(operation.summary.length > 0);
    const resolved = (operation.parameters ?? []).map((one) =>
      typeof one["$ref"] === "string" ? at(document, one["$ref"]) as Json : one
    );
    const names = resolved.map((one) => `${one["in"]} ${one["name"]}`);
    assertEquals(new Set(names).size, names.length, `${path}: ${names}`);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `path ${name}`);
    assertEquals(names.filter((name) => name.startsWith("path ")), inPath);
    for (const one of resolved) {
      assert(one["in"] !== "path" || one["required"] === true);
      assert(typeof one["schema"] === "object", `${path} ${one["name"]}`);
    }
    assert(operation.responses["200"] !== undefined && operation.responses["401"] !== undefined);
    assert(operation.requestBody === undefined || method === "POST" || method === "PUT");
  }
  assert(count > 45, `${count} operations`);
  for (const ref of refsOf(document)) assert(at(document, ref) !== undefined, ref);
});

Deno.test("every route that only looks answers by its own schema", async () => {
  await using stage = await LiveStage.start();
  const document = await stage.document();
  let answered = 0;
  for (const [method, path, operation] of operationsOf(document.paths)) {
    if (method !== "GET" || path.includes("{")) continue;
    const content = (operation.responses["200"]!["content"] ?? {}) as Record<
      string,
      { schema: Json }
    >;
    if (content["application/json"] === undefined) continue;
    const query = path.startsWith("/topic") || path === "/retained/message" ? "?topicName=a/b" : "";
    const response = await stage.ask("GET", path + (path === "/topics" ? "" : query));
    const text = await response.text();
    if (response.status !== 200) {
      assertEquals(response.status < 500, true, `${path}: ${text}`);
      continue;
    }
    answered++;
    assertEquals(
      schemaProblems(content["application/json"].schema, JSON.parse(text), document),
      [],
      path,
    );
  }
  assert(answered > 15, `${answered} answered`);
});

const ODD = [
  "",
  "0",
  "-1",
  "1e999",
  "NaN",
  "true",
  "null",
  "#",
  "+/+",
  "a/b",
  "$SYS/#",
  "../..",
  "%",
  "%00",
  "%ff%fe",
  "a".repeat(3000),
  "\u202e<script>alert(1)</script>",
  "__proto__",
  "constructor",
  "{}",
  "[]",
  "' OR 1=1 --",
];

/** A value of a body: what the schema wants, or anything else. */
function valueFor(random: Random, name: string): unknown {
  const others: unknown[] = [null, true, -1, 1.5, 2 ** 53, [], {}, [[["x"]]], {
    __proto__: 1,
    toString: 1,
  }];
  const known: Record<string, unknown[]> = {
    topicName: ["a/b", "a/#", "$SYS/x", ""],
    qos: [0, 1, 2, 3],
    seconds: [0, 1, -1, 1e300],
    network: ["10.0.0.0/33", "::/0", "x"],
    undo: ["x"],
    text: ["{", "listeners: 1", "\0"],
    role: ["admin", "viewer", "root"],
    encoding: ["text", "base64"],
  };
  return random.pick([...ODD, ...others, ...known[name] ?? []]);
}

function randomBody(random: Random, names: readonly string[]): unknown {
  if (random.oneIn(12)) return random.pick<unknown>([null, [], "x", 1, [{}]]);
  const body: Json = {};
  for (const name of names) if (!random.oneIn(4)) body[name] = valueFor(random, name);
  if (random.oneIn(5)) body[random.pick(ODD)] = 1;
  return body;
}

/** Encoded, or as it is. */
function inUrl(random: Random, text: string): string {
  return random.oneIn(4) && /^[\w%./+-]*$/.test(text) ? text : encodeURIComponent(text);
}

Deno.test("whatever is sent to whatever route, it is a 200 by the schema or a 4xx in JSON, and never a stack", async () => {
  await using stage = await LiveStage.start();
  const document = await stage.document();
  const random = new Random(14);
  const seen = new Map<number, number>();
  // A reload, or a ban of the test's own token, is no matter here.
  for (const [method, path, operation] of operationsOf(document.paths)) {
    for (let round = 0; round < 25; round++) {
      const target = path.replace(/\{\w+\}/g, () => inUrl(random, random.pick(ODD)) || "x");
      const names = (operation.parameters ?? []).flatMap((one) =>
        one["in"] === "query" ? [String(one["name"])] : []
      );
      const query = new URLSearchParams();
      for (const name of [...names, "offset", "limit"]) {
        if (random.oneIn(3)) query.append(name, random.pick(ODD));
      }
      if (random.oneIn(6)) query.append(random.pick(ODD), random.pick(ODD));
      const schema = operation.requestBody?.content["application/json"]?.schema["properties"];
      const body = randomBody(random, Object.keys(Object(schema)));
      const hasBody = method === "POST" || method === "PUT";
      const headers = random.oneIn(10)
        ? { "content-type": random.pick(["text/plain", "", "application/json; charset=x"]) }
        : { "content-type": "application/json" };
      const text = random.oneIn(20) ? random.pick(ODD) : JSON.stringify(body);
      const response = await stage.ask(
        method,
        query.size > 0 && !hasBody ? `${target}?${query}` : target,
        {
          headers,
          ...(hasBody ? { body: text } : {}),
        },
      );
      const what = `${method} ${target} ${query} ${text}`;
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      if (response.headers.get("content-type") === "text/event-stream") {
        await response.body?.cancel();
        continue;
      }
      const answer = await response.text();
      assert(response.status < 500, `${what}: ${answer}`);
      assertMatch(response.headers.get("content-type") ?? "", /^application\/json/, what);
      assert(!/\bat \w.*:\d+:\d+|\.ts:\d+/.test(answer), `${what}: ${answer}`);
      const value = JSON.parse(answer);
      if (response.status === 200) {
        const content = operation.responses["200"]!["content"] as Record<string, { schema: Json }>;
        const isSame = target.split("/").length === path.split("/").length &&
          !/[%?#]|\.\./.test(target);
        const own = content["application/json"]?.schema;
        if (isSame && own !== undefined) {
          assertEquals(schemaProblems(own, value, document), [], what);
        }
      } else assertEquals(typeof value.error.message, "string", what);
    }
  }
  assert((seen.get(200) ?? 0) > 50 && (seen.get(400) ?? 0) > 300, JSON.stringify([...seen]));
});
