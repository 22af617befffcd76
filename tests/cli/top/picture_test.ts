/** The picture of `midge top` and its keys, without a broker: what is shown in which window, and what a key does. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fit, sizeText, timeText } from "../../../lib/cli/top/cells.ts";
import { keysOf } from "../../../lib/cli/top/keys.ts";
import { render, roomIn, type Size } from "../../../lib/cli/top/render.ts";
import {
  type ClientRow,
  type Moment,
  newState,
  pressed,
  type TopState,
  withAnswer,
} from "../../../lib/cli/top/state.ts";

function row(clientId: string, more: Partial<ClientRow> = {}): ClientRow {
  return {
    clientId,
    username: null,
    address: "127.0.0.1",
    port: 4711,
    listener: "default",
    transport: "tcp",
    protocolLevel: 4,
    cleanSession: true,
    keepAlive: 60,
    superuser: false,
    seconds: 3725,
    subscriptions: 1,
    queuedMessages: 0,
    bytesReceived: 0,
    bytesSent: 0,
    backlog: 0,
    connected: true,
    waits: [],
    ...more,
  };
}

function moment(
  at: number,
  clientsConnected: number,
  more: Moment["status"]["metrics"] = {},
): Moment {
  const metrics = { clientsConnected, ...more };
  const status = {
    version: "1.2.3",
    pid: 1,
    config: null,
    uptimeSeconds: 93_784,
    listeners: [],
    plugins: [],
    metrics,
  };
  return { at, status };
}

const WIDE: Size = { columns: 130, rows: 12 };

function texts(state: TopState, size = WIDE): string[] {
  return render(state, size).map(({ text }) => text.trimEnd());
}

Deno.test("the overview has rates of the time between two moments", () => {
  const first = withAnswer(
    newState("traffic"),
    moment(1000, 2, { publishReceived: 10, bytesSent: 0, messagesDropped: { "queue full": 1 } }),
    [],
  );
  assertStringIncludes(texts(first)[1]!, "in - msg/s - bytes/s   out - msg/s");
  const next = moment(3000, 2, {
    publishReceived: 30,
    bytesSent: 4096,
    messagesDropped: { "queue full": 5, "slow client": 2 },
  });
  const lines = texts(withAnswer(first, next, []));
  assertEquals(lines[0], "midge 1.2.3   up 1d 2h   clients 2   sessions away -");
  assertEquals(lines[1], "in 10 msg/s - bytes/s   out - msg/s 2.0K bytes/s   dropped 3/s");
});

Deno.test("clients: in columns, the chosen one inverse, the order marked", () => {
  const rows = [
    row("a", { bytesPerSecond: 1536, queuedMessages: 7 }),
    row("b\x1b[2J", { waits: ["is slow"] }),
  ];
  const state = withAnswer(newState("traffic"), moment(0, 2), rows);
  const lines = render(state, WIDE);
  assertEquals(lines.map(({ style }) => style).slice(4, 7), ["bold", "inverse", "plain"]);
  const [heading, a, b] = texts(state).slice(4, 7).map((line) => line.split(/\s+/));
  assertEquals(heading, [
    "CLIENTID",
    "USER",
    "ADDRESS",
    "SINCE",
    "BYTES/S*",
    "QUEUED",
    "BACKLOG",
    "SUBS",
    "WAITS",
  ]);
  assertEquals(a, ["a", "-", "127.0.0.1:4711", "1h", "2m", "1.5K", "7", "0", "1"]);
  assertEquals(b, [
    "b\\x1b[2J",
    "-",
    "127.0.0.1:4711",
    "1h",
    "2m",
    "-",
    "0",
    "0",
    "1",
    "is",
    "slow",
  ]);
});

Deno.test("a client's bytes a second are those between two listings, where the broker does not say them", () => {
  const before = withAnswer(newState("queue"), moment(0, 1), [row("a", { bytesSent: 100 })]);
  const after = withAnswer(before, moment(2000, 1), [
    row("a", { bytesSent: 150, bytesReceived: 50 }),
  ]);
  assertEquals(after.rates.get("a"), 50);
});

Deno.test("any window: as many lines as it has rows, as wide as it is; the client id stays the longest", () => {
  const rows = Array.from({ length: 50 }, (_, index) => row(`client-${index}`));
  const state = withAnswer(newState("traffic"), moment(0, 50), rows);
  const opened = {
    ...state,
    opened: { clientId: "漢".repeat(90), lines: ["x".repeat(300)], scrolled: 0 },
  };
  for (let columns = 1; columns < 150; columns += 7) {
    for (let height = 1; height < 30; height += 3) {
      for (const one of [state, opened, { ...state, isHelp: true }]) {
        const lines = render(one, { columns, rows: height });
        assertEquals(lines.length, height);
        for (const { text } of lines) assertEquals(fit(text, columns), text);
      }
    }
  }
  assertEquals(texts(state, { columns: 30, rows: 8 })[4], "CLIENTID              BYTES/S*");
});

Deno.test("keys as terminals send them; what is no key is nothing", () => {
  assertEquals(keysOf("\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[H\x1b[4~"), [
    "up",
    "down",
    "pageUp",
    "pageDown",
    "home",
    "end",
  ]);
  assertEquals(keysOf("q\r\x1b\x7f\x03\x01\t"), [
    { letter: "q" },
    "enter",
    "escape",
    "escape",
    "interrupt",
  ]);
  assertEquals(keysOf("\x1b[1;5C\x1b[200~m"), [{ letter: "m" }]);
});

/** After these keys, with the last wish. */
function after(state: TopState, text: string, height = 3) {
  let wish = "";
  for (const key of keysOf(text)) [state, wish] = pressed(state, key, height);
  return { state, wish };
}

Deno.test("the cursor moves within the clients there are, and takes the page with it", () => {
  const rows = ["a", "b", "c"].map((clientId) => row(clientId));
  const state = withAnswer(newState("traffic"), moment(0, 10), rows);
  const at = (text: string) => {
    const { state: { cursor, offset }, wish } = after(state, text);
    return [cursor, offset, wish];
  };
  assertEquals(at("jj"), [2, 0, "nothing"]);
  assertEquals(at("jjj"), [3, 1, "ask"]);
  assertEquals(at("k"), [0, 0, "nothing"]);
  assertEquals(at("\x1b[F"), [9, 7, "ask"]);
  assertEquals(at("\x1b[Fj\x1b[H"), [0, 0, "ask"]);
  assertEquals(at("\x1b[6~"), [3, 1, "ask"]);
  assertEquals(after(state, "jjj").state.rows.map(({ clientId }) => clientId), ["b", "c"]);
});

Deno.test("the cursor follows its client; clients that left take it back", () => {
  const rows = ["a", "b", "c"].map((clientId) => row(clientId));
  const state = after(withAnswer(newState("traffic"), moment(0, 3), rows), "j").state;
  assertEquals(withAnswer(state, moment(1, 3), rows.toReversed()).cursor, 1);
  assertEquals(withAnswer(state, moment(1, 3), [row("b"), row("a"), row("c")]).cursor, 0);
  assertEquals(withAnswer(state, moment(1, 1), [row("a")]).cursor, 0);
  const far = { ...state, offset: 7, cursor: 9, rows: [] };
  const { offset, cursor } = withAnswer(far, moment(1, 2), []);
  assertEquals([offset, cursor], [0, 0]);
});

Deno.test("orders, one client, help, the end", () => {
  const state =
    after(withAnswer(newState("traffic"), moment(0, 2), [row("a"), row("b")]), "j").state;
  for (
    const [letter, sort] of [
      ["m", "traffic"],
      ["w", "queue"],
      ["b", "backlog"],
      ["c", "clientId"],
      ["s", "since"],
    ]
  ) {
    const { state: { sort: order, cursor }, wish } = after(state, letter!);
    assertEquals([order, cursor, wish], [sort, 0, "ask"]);
  }
  const opened = after(state, "\r");
  assertEquals([opened.state.opened?.clientId, opened.wish], ["b", "ask"]);
  const full = {
    ...opened.state,
    opened: { ...opened.state.opened!, lines: ["1", "2", "3", "4", "5"] },
  };
  assertEquals(after(full, "jjjj").state.opened?.scrolled, 2);
  assertEquals(texts(after(full, "j").state)[5], "2");
  assertEquals(after(full, "\x1b").state.opened, undefined);
  assertEquals(after(after(full, "?").state, "x").state, full);
  for (const key of ["q", "\x03"]) {
    for (const one of [state, full, { ...state, isHelp: true }]) {
      assertEquals(after(one, key).wish, "quit");
    }
  }
});

Deno.test("cells, sizes, times", () => {
  assertEquals([fit("漢字x", 4), fit("漢字x", 3), fit("e\u0301x", 3)], [
    "漢字",
    "漢 ",
    "e\u0301x ",
  ]);
  assertEquals([0, 1023, 1024, 10_240, 5_000_000_000].map(sizeText), [
    "0",
    "1023",
    "1.0K",
    "10K",
    "4.7G",
  ]);
  assertEquals([59, 60, 3600, 90_000].map(timeText), ["59s", "1m 0s", "1h 0m", "1d 1h"]);
  assert(roomIn({ columns: 1, rows: 1 }) >= 1);
});
