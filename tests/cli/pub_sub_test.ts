/** `midge pub` and `midge sub` as people and scripts run them, in processes of their own. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type BrokerOptions, Client } from "../../mod.ts";
import { createServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { certAndKey, certPath } from "../support/certs.ts";
import { RawClient } from "../support/raw_client.ts";
import { connack, publish, suback } from "../support/raw_packets.ts";
import { runMidge, TempFolder } from "../support/midge_process.ts";
import { startBroker } from "../support/running_broker.ts";
import { until } from "../support/until.ts";
import { ClientProcess } from "./client_process.ts";
import { freePort } from "../services/free_port.ts";

/** An open broker, a client of it, and the flags that lead there. */
async function openBroker(limits: BrokerOptions = {}) {
  const midge = await startBroker({ plugins: { auth_anonymous: null }, ...limits });
  const client = new Client(`mqtt://127.0.0.1:${midge.address.port}`);
  await client.connect();
  return {
    broker: midge.broker,
    client,
    flags: ["-h", "127.0.0.1", "-p", String(midge.address.port)],
    url: `mqtt://127.0.0.1:${midge.address.port}`,
    async [Symbol.asyncDispose]() {
      await client.disconnect();
      await midge[Symbol.asyncDispose]();
    },
  };
}

/** The payloads that come to a topic. */
async function collect(client: Client, topic: string): Promise<string[]> {
  const got: string[] = [];
  client.onMessage(topic, (message) => void got.push(message.text()));
  await client.subscribe(topic, { qos: 2 });
  return got;
}

Deno.test("pub: every source of messages", async () => {
  await using open = await openBroker();
  await using folder = new TempFolder();
  const file = folder.write("file", "one\ntwo\r\n\nlast");
  const cases: readonly [args: string[], stdin: string, payloads: string[]][] = [
    [["-m", "hello"], "", ["hello"]],
    [["-m", "-5"], "", ["-5"]],
    [["-m", ""], "", [""]],
    [["--message=a=b"], "", ["a=b"]],
    [["-n"], "", [""]],
    [["--no-message", "--repeat", "3"], "", ["", "", ""]],
    [["-f", file], "", ["one\ntwo\r\n\nlast"]],
    [["--file", file], "", ["one", "two", "", "last"]],
    [["-s"], "whole\ninput\n", ["whole\ninput\n"]],
    [["-l"], "line 1\nline 2", ["line 1", "line 2"]],
    [["-l"], "", []],
  ];
  for (const [at, [args, stdin, payloads]] of cases.entries()) {
    const got = await collect(open.client, `t/${at}`);
    for (const qos of at < 2 ? ["0", "1", "2"] : ["1"]) {
      const run = await runMidge(["pub", ...open.flags, "-t", `t/${at}`, "-q", qos, ...args], {
        stdin,
      });
      assertEquals([run.code, run.stdout, run.stderr], [0, [], []], args.join(" "));
      await until(() => got.length >= payloads.length, args.join(" "));
      assertEquals(got.splice(0), payloads, args.join(" "));
    }
  }
});

Deno.test("pub: retain, will, user, client id, and the topic in the URL", async () => {
  await using open = await openBroker();
  const run = await runMidge([
    ...["pub", "-L", `${open.url}/kept/here`, "-m", "x", "-r", "-i", "publisher"],
    ...["--will-topic", "gone", "--will-message", "bye"],
  ]);
  assertEquals([run.code, run.stderr], [0, []]);
  const messages = open.client.messages("kept/#");
  await open.client.subscribe("kept/#");
  const { value } = await messages.next();
  assertEquals([value?.topicName, value?.text(), value?.retain], ["kept/here", "x", true]);
});

Deno.test("pub -l: sends each line while stdin is still open, and finishes at its end", async () => {
  await using open = await openBroker();
  const got = await collect(open.client, "lines");
  await using pub = new ClientProcess(["pub", ...open.flags, "-t", "lines", "-l", "-q", "1"]);
  for (const line of ["first", "second"]) {
    await pub.write(`${line}\n`);
    await until(() => got.at(-1) === line, line);
  }
  const many = Array.from({ length: 20_000 }, (_, at) => `line ${at}`);
  await pub.write(`${many.join("\n")}\n`);
  await pub.stdin.close();
  assertEquals((await pub.ended()).code, 0);
  await until(() => got.length === many.length + 2, "all lines");
  assertEquals(got.slice(2), many);
});

Deno.test("pub -l: a signal ends it after what was read", async () => {
  await using open = await openBroker();
  const got = await collect(open.client, "lines");
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    await using pub = new ClientProcess(["pub", ...open.flags, "-t", "lines", "-l", "-q", "2"]);
    await pub.write(`before ${signal}\n`);
    await until(() => got.at(-1) === `before ${signal}`, "the line");
    pub.signal(signal);
    assertEquals((await pub.ended()).code, code);
  }
});

Deno.test("pub, sub: exit code 1 and one line when the broker is not there or refuses", async () => {
  await using midge = await startBroker({ plugins: {} });
  await using folder = new TempFolder();
  const config = folder.write("once.yaml", "reconnect_retries: 0\n");
  const port = freePort();
  for (const command of [["pub", "-m", "x"], ["sub"]]) {
    const [name = "", ...more] = command;
    const flags = [name, "-t", "t", ...more, "--config-file", config];
    const absent = await runMidge([...flags, "-p", String(port)]);
    assertEquals([absent.code, absent.stderr.length], [1, 1], absent.stderr.join());
    assertStringIncludes(absent.stderr[0]!, `midge: cannot connect to mqtt://127.0.0.1:${port}`);
    const refused = await runMidge([...flags, "-p", String(midge.address.port)]);
    assertEquals([refused.code, refused.stderr.length], [1, 1]);
    assertStringIncludes(refused.stderr[0]!, "not authorized (return code 5)");
  }
});

Deno.test("sub: prints as it arrives, ends after COUNT", async () => {
  await using open = await openBroker();
  await using sub = new ClientProcess(["sub", ...open.flags, "-t", "a/#", "-t", "b", "-C", "3"]);
  await until(() => open.broker.metrics.subscriptionsCount === 2, "subscribed");
  await open.client.publish("a/x", "1");
  assertEquals(await sub.line(), "1");
  await open.client.publish("b", "");
  assertEquals(await sub.line(), "");
  await open.client.publish("b", "3");
  assertEquals(await sub.line(), "3");
  assertEquals(await sub.ended(), { code: 0, stderr: "" });
});

Deno.test("sub: topic, JSON, formats, retained messages and filters", async () => {
  await using open = await openBroker();
  await open.client.publish("t/a", "text", { retain: true, qos: 1 });
  await open.client.publish("t/b", Uint8Array.of(0xff, 0), { retain: true });
  const sub = (...args: string[]) =>
    runMidge(["sub", ...open.flags, "-t", "t/#", "-q", "1", ...args]);
  assertEquals((await sub("-v", "-C", "1", "-T", "t/b")).stdout, ["t/a text"]);
  const format = "%t|%p|%l|%q|%r|%x|%b|%%\\t.";
  assertEquals((await sub("-F", format, "-C", "1", "-T", "t/b")).stdout, [
    "t/a|text|4|1|1|74657874|dGV4dA==|%\t.",
  ]);
  const lines = (await sub("--json", "-C", "2")).stdout.map((line) => JSON.parse(line));
  const byTopic = new Map(lines.map(({ time, ...rest }) => {
    assert(Math.abs(Date.parse(time) - Date.now()) < 600_000);
    return [rest.topic, rest];
  }));
  assertEquals(byTopic.get("t/a"), {
    topic: "t/a",
    qos: 1,
    retain: true,
    dup: false,
    payload: "text",
  });
  assertEquals(byTopic.get("t/b"), {
    topic: "t/b",
    qos: 0,
    retain: true,
    dup: false,
    payloadBase64: "/wA=",
  });
  const joined = await sub("-N", "-C", "1", "-T", "t/b");
  assertEquals(joined.stdout, ["text"]);
  const skipped = await sub("-R", "-W", "0.3", "-C", "1");
  assertEquals([skipped.code, skipped.stdout], [27, []]);
  const waited = await sub("-W", "0.3", "-T", "t/+");
  assertEquals([waited.code, waited.stdout], [0, []]);
  assertEquals((await sub("-E")).code, 0);
});

Deno.test("sub: a kept session waits for its next run, and -C takes no more than it prints", async () => {
  await using open = await openBroker();
  const kept = ["sub", ...open.flags, "-c", "-i", "keeper", "-t", "jobs", "-q", "1"];
  assertEquals((await runMidge([...kept, "-E"])).code, 0);
  for (const job of ["1", "2", "3"]) await open.client.publish("jobs", job, { qos: 1 });
  for (const job of ["1", "2", "3"]) {
    assertEquals((await runMidge([...kept, "-C", "1"])).stdout, [job]);
  }
  const gone = await runMidge(["sub", ...open.flags, "-c", "-i", "keeper", "-U", "jobs"]);
  assertEquals(gone.code, 0);
  assertEquals(open.broker.metrics.subscriptionsCount, 0);
});

Deno.test("sub: signals end it with 0, a reader that has gone as well", async () => {
  await using open = await openBroker();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using sub = new ClientProcess(["sub", ...open.flags, "-t", "a"]);
    await until(() => open.broker.metrics.subscriptionsCount === 1, "subscribed");
    sub.signal(signal);
    assertEquals(await sub.ended(), { code: 0, stderr: "" });
    await until(() => open.broker.metrics.subscriptionsCount === 0, "the session is gone");
  }
  await using sub = new ClientProcess(["sub", ...open.flags, "-t", "a"]);
  await until(() => open.broker.metrics.subscriptionsCount === 1, "subscribed");
  await sub.closeOutput();
  const flood = (async () => {
    while (open.broker.clients.length > 1) await open.client.publish("a", "x");
  })();
  assertEquals((await sub.ended()).code, 0);
  await flood;
});

Deno.test("sub: 200,000 messages arrive whole through a slow reader", async () => {
  // A process that gets no turn for a moment is no reason to drop what waits for it.
  await using open = await openBroker({ max_queued_messages: 0, max_queued_bytes: 0 });
  await using sub = new ClientProcess(["sub", ...open.flags, "-t", "a", "-q", "1", "-C", "200000"]);
  await until(() => open.broker.metrics.subscriptionsCount === 1, "subscribed");
  const publishing = (async () => {
    const waiting: Promise<unknown>[] = [];
    for (let at = 0; at < 200_000; at++) {
      waiting.push(open.client.publish("a", `message ${at}`, { qos: 1 }));
      if (waiting.length === 500) await Promise.all(waiting.splice(0));
    }
    await Promise.all(waiting);
  })();
  const reading = (async () => {
    for (let at = 0; at < 200_000; at++) assertEquals(await sub.line(), `message ${at}`);
  })();
  await Promise.all([publishing, reading]);
  assertEquals((await sub.ended()).code, 0);
});

Deno.test("pub, sub: a client configuration of aMQTT's, with flags over it", async () => {
  await using open = await openBroker();
  await using folder = new TempFolder();
  const config = folder.write(
    "client.yaml",
    `keep_alive: 10
default_qos: 1
default_retain: true
cleansession: true
broker:
  uri: ${open.url}
topics:
  plain: {qos: 0, retain: false}
plugins:
  amqtt.plugins.logging_amqtt.PacketLoggerPlugin:
`,
  );
  const pub = (...args: string[]) => runMidge(["pub", "--config-file", config, "--quiet", ...args]);
  for (const topic of ["kept", "plain"]) assertEquals((await pub("-t", topic, "-m", "x")).code, 0);
  const flags = ["--config-file", config, "--quiet", "-t", "+", "-C", "1", "-F", "%t %r"];
  assertEquals((await runMidge(["sub", ...flags])).stdout, ["kept 1"]);
  const logged = await runMidge(["pub", "--config-file", config, "-t", "t", "-m", "x", "-d"]);
  assert(logged.stderr.some((line) => line.includes("packet_logger: sent publish")));
  assertEquals((await pub("-t", "t", "-m", "x", "-p", "1")).code, 1, "a flag wins");
});

const MISUSE: readonly [args: string[], line: string][] = [
  [["pub"], "midge: pub: one of -m, -f, --file, -s, -l, -n is missing; see midge pub --help"],
  [["pub", "-m", "x"], "midge: pub: --topic is missing"],
  [["pub", "-m", "x", "-l"], "midge: pub: -m, -f, --file, -s, -l, -n exclude one another"],
  [["pub", "-t", "a", "-m"], "midge: pub: -m needs a value"],
  [["pub", "-t", "a", "-m", "x", "-q", "3"], 'midge: pub: --qos got "3", expected 0 to 2'],
  [["pub", "-t", "a", "-l", "--repeat", "2"], "midge: pub: --repeat is for one message"],
  [["pub", "--mesage", "x"], "midge: pub: unknown flag --mesage; did you mean --message?"],
  [["pub", "-m", "x", "-Z"], "midge: pub: unknown flag -Z"],
  [["pub", "-m", "x", "there"], 'midge: pub: unexpected argument "there"'],
  [["pub", "-m", "x", "-L", "mqtt://a", "-h", "b"], "exclude one another"],
  [["pub", "-m", "x", "-t", "t", "-V", "6"], "expected 5, 3.1.1 or 3.1"],
  [["pub", "-m", "x", "-t", "t", "--extra-headers", "{"], "expected a JSON object"],
  [["pub", "-m", "x", "-t", "t", "--will-qos", "1"], "--will-qos needs --will-topic"],
  [["pub", "-m", "x", "-t", "a/#"], 'midge: pub: --topic "a/#": '],
  [["pub", "-m", "x", "-t", ""], 'midge: pub: --topic "": '],
  [["pub", "-m", "x", "-L", "mqtt://127.0.0.1/a/+"], 'midge: pub: --topic "a/+": '],
  [["pub", "-m", "x", "-t", "a".repeat(65_536)], "midge: pub: --topic "],
  [
    ["pub", "-m", "x", "-t", "t", "-L", "mqtt://a", "--cafile", "x"],
    "--cafile is for TLS; expected",
  ],
  [["sub", "-t", "t", "--unix", "x", "--insecure"], "--insecure is for TLS; expected"],
  [["sub"], "midge: sub: --topic is missing"],
  [["sub", "-t", "a/#/b"], "# must be alone in the last level"],
  [["sub", "-t", "a", "-F", "%z"], "expected one of %t %p"],
  [["sub", "-t", "a", "-R", "--retained-only"], "exclude one another"],
];

for (const [args, line] of MISUSE) {
  Deno.test(`exit code 2 and one line: midge ${args.join(" ")}`, async () => {
    const { code, stdout, stderr } = await runMidge(args);
    assertEquals([code, stdout, stderr.length], [2, [], 1], stderr.join("\n"));
    assertStringIncludes(stderr[0]!, line);
  });
}

Deno.test("exit code 1 and one line for what a configuration or a file has wrong", async () => {
  await using folder = new TempFolder();
  const config = folder.write("client.yaml", "keep_alive: often\n");
  const file = folder.write("password.yaml", "connection: {password: x}\n");
  const [key, pem] = [certPath("client.key"), certPath("client.pem")];
  const cases: readonly [args: string[], line: string][] = [
    [["-m", "x", "-P", "y"], "midge: --password: is there without a username"],
    [["-m", "x", "--cert", "y"], "midge: --cert and --key belong together; expected both"],
    [["-m", "x", "--will-topic", "a/#"], "midge: --will-topic: a topic name must not contain"],
    [["-m", "x", "-i", ""], 'midge: --client-id: got "", expected text'],
    [["-m", "x", "--config-file", file], `midge: ${file}: connection.password: is there without`],
    [["-m", "x", "--config-file", file, "-P", "y"], "midge: --password: is there without"],
    [["-m", "x", "-L", "http://a"], 'connection.uri: "http://a" expected mqtt://HOST'],
    [["-m", "x", "-L", "mqtt://u:secret@"], '"mqtt://u:***@" is no valid URI'],
    [["-m", "x", "--config-file", config], 'keep_alive: got "often", expected'],
    [["-m", "x", "--config-file", "/absent"], "/absent: no such file"],
    [["-m", "x", "--ca-file", "/absent", "-p", "1"], "/absent: no such file"],
    [["-m", "x", "--cafile", key, "-p", "1"], `${key}: expected a certificate in PEM`],
    [["-m", "x", "--capath", folder.path, "-p", "1"], "no certificate in this folder"],
    [["-m", "x", "--ca-data", "no PEM", "-p", "1"], "cadata: expected PEM text"],
    [["-m", "x", "--cert", key, "--key", key, "-p", "1"], `${key}: expected a certificate in PEM`],
    [["-m", "x", "--cert", pem, "--key", pem, "-p", "1"], `${pem}: expected a private key in PEM`],
    [["-f", "/absent"], "/absent: no such file"],
    [["--file", folder.path], "is a folder; expected a file"],
  ];
  for (const [args, line] of cases) {
    const { code, stderr } = await runMidge(["pub", "-t", "t", ...args]);
    assertEquals([code, stderr.length], [1, 1], stderr.join("\n"));
    assertStringIncludes(stderr[0]!, line);
  }
});

Deno.test("pub, sub: what will not change is tried once: a certificate, a refused login", async () => {
  let connections = 0;
  const server = createServer(certAndKey("other_name"), () => {});
  server.on("tlsClientError", () => {}); // it hears of the refusal
  server.on("connection", () => connections++);
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => resolve());
  await listening;
  const { port } = server.address() as AddressInfo;
  const to = ["-h", "127.0.0.1", "-p", String(port), "-t", "t"];
  const trusted = ["--cafile", certPath("ca.pem")];
  for (const args of [["pub", "-m", "x", ...trusted], ["sub", ...trusted], ["sub", "--tls"]]) {
    connections = 0;
    const { code, stderr } = await runMidge([...args, ...to]);
    assertEquals([code, stderr.length, connections], [1, 1, 1], stderr.join("\n"));
  }
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  server.close(() => close());
  await closed;
});

/** A broker in the hands of the test: `refusals` connections end before they are let in. */
async function subscribedAfter(listener: Deno.TcpListener, refusals: number): Promise<RawClient> {
  for (let at = 0; at < refusals; at++) (await listener.accept()).close();
  const broker = RawClient.of(await listener.accept());
  await broker.expectPacket("CONNECT");
  await broker.send(connack(false, 0));
  const { body } = await broker.expectPacket("SUBSCRIBE");
  await broker.send(suback(body[0]! << 8 | body[1]!, 0));
  return broker;
}

Deno.test("sub: waits for a broker that restarts, for as long as it takes; --no-reconnect ends", async () => {
  await using folder = new TempFolder();
  const config = folder.write("fast.yaml", "reconnect_max_interval: 10ms\n");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const flags = ["sub", "-p", String(port), "-t", "t", "--config-file", config];
  await using sub = new ClientProcess([...flags, "-C", "1"]);
  await (await subscribedAfter(listener, 1)).close();
  const broker = await subscribedAfter(listener, 9);
  await broker.send(publish("t", "back"));
  assertEquals(await sub.line(), "back");
  assertEquals((await sub.ended()).code, 0);
  await broker.close();
  await using once = new ClientProcess([...flags, "--no-reconnect"]);
  await (await subscribedAfter(listener, 0)).close();
  const { code, stderr } = await once.ended();
  assertEquals([code, stderr.startsWith("midge: the connection was lost")], [1, true], stderr);
});
