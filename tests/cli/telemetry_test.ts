/** OpenTelemetry through Deno's own switch: spans of decisions and deliveries reach a receiver of OTLP over HTTP. */
import { assert, assertEquals } from "@std/assert";
import { MidgeProcess, TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { publish, subscribe } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

/** The part of OTLP in JSON that is looked at. */
interface Span {
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

/** A receiver of spans. */
class Receiver implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly bodies: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#take(request),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async #take(request: Request): Promise<Response> {
    const body = await request.text();
    this.bodies.push(body);
    if (new URL(request.url).pathname === "/v1/traces") {
      for (const { scopeSpans } of JSON.parse(body).resourceSpans) {
        for (const { scope, spans } of scopeSpans) {
          if (scope?.name === "midge") this.spans.push(...spans);
        }
      }
    }
    return Response.json({});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function attribute(span: Span, key: string): unknown {
  const value = span.attributes.find((one) => one.key === key)?.value ?? {};
  return Object.values(value)[0];
}

const CONFIG = `listeners:
  default: { bind: "127.0.0.1:0" }
plugins:
  auth_anonymous:
  topic_acl:
    acl: { u: ["ok/#"] }
    publish_acl: { u: ["ok/#"] }
`;

Deno.test("OTEL_DENO=true: spans of logins, decisions and deliveries, without password or payload", async () => {
  await using receiver = new Receiver();
  await using folder = new TempFolder();
  const config = folder.write("midge.yaml", CONFIG);
  const env = {
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BSP_SCHEDULE_DELAY: "100",
  };
  await using midge = await MidgeProcess.start(["start", "-c", config], { env });
  const address = { hostname: "127.0.0.1", port: midge.port };
  const client = await RawClient.open(address, {
    clientId: "c",
    password: "s3cret",
    username: "u",
  });
  await client.send(subscribe(1, ["ok/t", 0]));
  await client.expectPacket("SUBACK");
  await client.send(publish("ok/t", "payl0ad", { qos: 1, id: 1 }));
  await client.send(publish("no/t", "payl0ad", { qos: 1, id: 2 }));
  const named = (name: string) => receiver.spans.filter((span) => span.name === name);
  await until(() => named("authorize publish").length === 2, "the spans");
  await until(() => named("deliver").length === 1, "the delivery");
  await client.close();

  const [login] = named("authenticate");
  assertEquals(attribute(login!, "midge.verdict"), "allow");
  assertEquals(attribute(login!, "midge.source"), "auth_anonymous");
  assertEquals(attribute(login!, "messaging.client.id"), "c");
  const verdicts = named("authorize publish").map((span) => [
    attribute(span, "messaging.destination.name"),
    attribute(span, "midge.verdict"),
    attribute(span, "midge.source"),
  ]);
  assertEquals(verdicts, [["ok/t", "allow", "topic_acl"], ["no/t", "deny", "topic_acl"]]);
  const [delivery] = named("deliver");
  assertEquals(Number(attribute(delivery!, "midge.receivers")), 1);
  assertEquals(Number(attribute(delivery!, "messaging.message.body.size")), 7);
  for (const secret of ["s3cret", "payl0ad"]) {
    assert(!receiver.bodies.some((body) => body.includes(secret)), secret);
  }
});

Deno.test("without the switch nothing is sent", async () => {
  await using receiver = new Receiver();
  await using folder = new TempFolder();
  const config = folder.write("midge.yaml", CONFIG);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const midge = await MidgeProcess.start(["start", "-c", config], { env });
  const client = await RawClient.open({ hostname: "127.0.0.1", port: midge.port }, {
    clientId: "c",
  });
  await client.close();
  midge.signal("SIGTERM");
  assertEquals(await midge.exitCode(), 0);
  await midge[Symbol.asyncDispose]();
  assertEquals(receiver.bodies, []);
});
