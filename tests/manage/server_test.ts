/** The protocol over a socket: answers, listings, and everything that peers can do wrong. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ask } from "../../lib/manage/client.ts";
import { MAX_REQUEST, RequestError } from "../../lib/manage/protocol.ts";
import type { CommandRunner } from "../../lib/manage/server.ts";
import { TempFolder } from "../support/midge_process.ts";
import { Random } from "../support/random.ts";
import { until } from "../support/until.ts";
import { RawPeer, TestServer } from "./support.ts";
import { UserError } from "../../lib/user_error.ts";

/** Runs a test against a server with this runner. */
async function withServer(
  runner: CommandRunner,
  test: (it: TestServer, path: string) => Promise<void>,
): Promise<void> {
  await using folder = new TempFolder();
  const path = `${folder.path}/m.sock`;
  await using it = await TestServer.start({ kind: "unix", path }, runner);
  await test(it, path);
}

const ECHO: CommandRunner = (command, args) => ({ command, args });

Deno.test("requests of one connection are answered in order, with their ids", async () => {
  await withServer(ECHO, async (_it, path) => {
    using peer = await RawPeer.dial(path);
    await peer.send(
      '{"v":1,"id":7,"command":"a","args":{"x":1}}\n{"v":1,"id":-3,"command":"b"}\n',
    );
    assertEquals(await peer.hear(), {
      id: 7,
      ok: true,
      result: { command: "a", args: { x: 1 } },
    });
    assertEquals(await peer.hear(), { id: -3, ok: true, result: { command: "b", args: {} } });
  });
});

Deno.test("a listing comes in parts, then its end", async () => {
  function* rows() {
    yield [1, 2];
    yield [3];
  }
  await withServer(() => rows(), async (_it, path) => {
    using peer = await RawPeer.dial(path);
    await peer.say({ v: 1, id: 1, command: "list" });
    assertEquals(await peer.hear(), { id: 1, part: [1, 2] });
    assertEquals(await peer.hear(), { id: 1, part: [3] });
    assertEquals(await peer.hear(), { id: 1, ok: true, result: null });
    const parts: unknown[] = [];
    const result = await ask({ kind: "unix", path }, "list", {}, (part) => parts.push(part));
    assertEquals([parts, result], [[[1, 2], [3]], null]);
  });
});

const REFUSED: [line: string, id: number | null, error: string][] = [
  ["[1]", null, "a request must be a JSON object; got [1]"],
  ["null", null, "a request must be a JSON object; got null"],
  ["{}", null, "id is absent; expected a whole number"],
  ['{"id":1.5}', null, "id is 1.5; expected a whole number"],
  ['{"id":1,"command":"a"}', 1, "v is absent; expected 1"],
  ['{"v":2,"id":1,"command":"a"}', 1, "v is 2; expected 1"],
  ['{"v":1,"id":1}', 1, "command is absent; expected a name"],
  ['{"v":1,"id":1,"command":"a","token":5}', 1, "token is no text"],
  [
    '{"v":1,"id":1,"command":"a","arg":5}',
    1,
    'unknown key "arg"; known keys: v, id, command, args, token',
  ],
];

for (const [line, id, error] of REFUSED) {
  Deno.test(`refuses ${JSON.stringify(line)}, and goes on`, async () => {
    await withServer(ECHO, async (_it, path) => {
      using peer = await RawPeer.dial(path);
      await peer.send(`${line}\n`);
      assertEquals(await peer.hear(), { id, ok: false, error });
      await peer.say({ v: 1, id: 2, command: "next" });
      assertEquals((await peer.hear()).ok, true);
    });
  });
}

const NO_JSON = "a request must be one JSON object in one line";

for (const line of ["hello", "", "GET / HTTP/1.1", '{"v":1,"id":1,"command":"a"', "{}{}"]) {
  Deno.test(`a line that is no JSON ends the connection: ${JSON.stringify(line)}`, async () => {
    const commands: string[] = [];
    const runner: CommandRunner = (command) => void commands.push(command);
    await withServer(runner, async (_it, path) => {
      using peer = await RawPeer.dial(path);
      await peer.send(`${line}\r\n{"v":1,"id":2,"command":"kick"}\n`);
      assertEquals(await peer.hear(), { id: null, ok: false, error: NO_JSON });
      await peer.closed();
      assertEquals(commands, []);
    });
  });
}

Deno.test("whatever bytes come, each line gets one answer", async () => {
  const random = new Random(11);
  const request = new TextEncoder().encode('{"v":1,"id":1,"command":"a","args":{"x":[1]}}');
  await withServer(ECHO, async (_it, path) => {
    for (let round = 0; round < 300; round++) {
      const line = request.slice(0, random.below(request.length + 1));
      for (let i = random.below(4); i > 0 && line.length > 0; i--) {
        line[random.below(line.length)] = 0x20 + random.below(0x5f); // any but a line's end
      }
      using peer = await RawPeer.dial(path);
      await peer.send(line);
      await peer.send("\n");
      const answer = await peer.hear();
      assertEquals(typeof answer.error, answer.ok ? "undefined" : "string");
      if (answer.error === NO_JSON) {
        await peer.closed();
        continue;
      }
      await peer.say({ v: 1, id: 2, command: "next" });
      assertEquals((await peer.hear()).id, 2);
    }
  });
});

Deno.test("a line that never ends, and one that is no UTF-8: an error, then the end", async () => {
  await withServer(ECHO, async (_it, path) => {
    using long = await RawPeer.dial(path);
    // The server may close before it has taken everything.
    const sent = long.send("x".repeat(MAX_REQUEST + 1)).catch(() => {});
    assertEquals(await long.hear(), {
      id: null,
      ok: false,
      error: `a line is longer than ${MAX_REQUEST} bytes`,
    });
    await sent;
    await long.closed();
    using binary = await RawPeer.dial(path);
    await binary.send(Uint8Array.of(0xff, 0x0a));
    assertEquals(await binary.hear(), { id: null, ok: false, error: "a line must be UTF-8 text" });
    await binary.closed();
  });
});

Deno.test("a command's own words reach the client; a fault is logged too", async () => {
  const runner: CommandRunner = (command) => {
    if (command === "refuse") throw new RequestError("no such client");
    throw new TypeError("x is not a function");
  };
  await withServer(runner, async (it, path) => {
    const target = { kind: "unix", path } as const;
    await assertRejects(() => ask(target, "refuse", {}), UserError, "no such client");
    assertEquals(it.log, []);
    await assertRejects(
      () => ask(target, "fail", {}),
      UserError,
      "fail failed: x is not a function",
    );
    assertEquals(it.log, ["error: management: fail failed: x is not a function"]);
  });
});

Deno.test("who says nothing for ten seconds is sent away; a command may take longer", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  let isAsked = false;
  const runner: CommandRunner = () => {
    isAsked = true;
    return promise;
  };
  await withServer(runner, async (it, path) => {
    using silent = await RawPeer.dial(path);
    using asking = await RawPeer.dial(path);
    await asking.say({ v: 1, id: 1, command: "slow" });
    await until(() => isAsked && it.clock.timerCount === 1, "one silent connection");
    it.clock.advance(9999);
    assertEquals(it.clock.timerCount, 1);
    it.clock.advance(1);
    await silent.closed();
    resolve("at last");
    assertEquals(await asking.hear(), { id: 1, ok: true, result: "at last" });
  });
});

Deno.test("who takes nothing for ten seconds is sent away", async () => {
  let isAsked = false;
  const runner: CommandRunner = () => {
    isAsked = true;
    return "x".repeat(4 * 1024 * 1024); // more than a socket holds
  };
  await withServer(runner, async (it, path) => {
    using peer = await RawPeer.dial(path);
    await peer.say({ v: 1, id: 1, command: "much" });
    await until(() => isAsked && it.clock.timerCount === 1, "the answer begins");
    it.clock.advance(9999);
    assertEquals(it.log, []);
    it.clock.advance(1);
    await until(() => it.log.length > 0, "the end of the connection");
    await peer.closed();
  });
});

Deno.test("sixteen connections at a time; one that ends makes room", async () => {
  await withServer(ECHO, async (_it, path) => {
    const peers: RawPeer[] = [];
    const served = async (peer: RawPeer) => {
      await peer.say({ v: 1, id: 1, command: "a" });
      assertEquals((await peer.hear()).ok, true);
      return peer;
    };
    for (let i = 0; i < 16; i++) peers.push(await served(await RawPeer.dial(path)));
    using surplus = await RawPeer.dial(path);
    await surplus.closed();
    peers.pop()![Symbol.dispose]();
    const again = async () => {
      using peer = await RawPeer.dial(path);
      return await served(peer).then(() => true, () => false);
    };
    let isServed = await again();
    for (let i = 0; i < 1000 && !isServed; i++) isServed = await again();
    assert(isServed);
    for (const peer of peers) peer[Symbol.dispose]();
  });
});

Deno.test("a peer that leaves in the middle of everything disturbs nobody", async () => {
  await withServer(() => "x".repeat(1024 * 1024), async (_it, path) => {
    for (const text of ["", '{"v":1', '{"v":1,"id":1,"command":"much"}\n']) {
      const peer = await RawPeer.dial(path);
      await peer.send(text);
      peer[Symbol.dispose]();
    }
    assertEquals(typeof await ask({ kind: "unix", path }, "a", {}), "string");
  });
});

Deno.test("closing the server ends connections and leaves no file", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/m.sock`;
  const it = await TestServer.start({ kind: "unix", path }, ECHO);
  using peer = await RawPeer.dial(path);
  await peer.say({ v: 1, id: 1, command: "a" });
  await peer.hear();
  await it.server.close();
  await peer.closed();
  await assertRejects(
    () => ask({ kind: "unix", path }, "a", {}),
    UserError,
    `${path}: no broker runs here: no such file`,
  );
  await it.server.close();
});

Deno.test("the client: a broker that does not answer, or answers nonsense", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/m.sock`;
  const target = { kind: "unix", path } as const;
  using listener = Deno.listen({ transport: "unix", path });
  const answered = async (bytes: string | undefined, expected: string, ms?: number) => {
    const accepted = listener.accept();
    const asked = assertRejects(() => ask(target, "a", {}, () => {}, ms), UserError);
    const connection = await accepted;
    await connection.read(new Uint8Array(1000));
    if (bytes !== undefined) await connection.write(new TextEncoder().encode(bytes));
    if (ms === undefined) connection.close();
    assertEquals((await asked).message, `${path}: ${expected}`);
    if (ms !== undefined) connection.close();
  };
  await answered(undefined, "no answer within 0.05 s", 50);
  await answered("", "the broker closed the connection");
  await answered("hello\n", "an answer must be one JSON object in one line");
  await answered('{"id":1}\n', "not an answer of a broker");
});
