/** Cases follow from their seed and number alone, do harm, leave some whole, and survive a file. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../support/random.ts";
import { bytes, hex, parsePacket } from "../support/raw_packets.ts";
import { UserError } from "../../lib/user_error.ts";
import { CHANGES, cutAnywhere, cutIntoWrites, damaged, damagedSession } from "./damage.ts";
import { caseOf, readCases, TRANSPORTS, writeCases } from "./fuzz_case.ts";
import { sessionOf } from "./packets.ts";
import { framesOf, headOf, webSocketWrites } from "./web_socket.ts";

const SEED = 7;
const CASES = 300;

for (const transport of TRANSPORTS) {
  const cases = Array.from({ length: CASES }, (_, number) => caseOf(SEED, number, transport));

  Deno.test(`${transport}: a seed and a number are a case, always the same`, () => {
    assertEquals(cases[CASES - 1], caseOf(SEED, CASES - 1, transport));
    const texts = new Set(cases.map((one) => writeCases("", [{ ...one, number: 0 }])));
    assert(texts.size > CASES - 3, `${texts.size} different ones`);
    assert(writeCases("", [caseOf(SEED + 1, 0, transport)]) !== writeCases("", [cases[0]!]));
  });

  Deno.test(`${transport}: cases are read from a file as they were written`, () => {
    assertEquals(readCases(writeCases("seed 7", cases), "f"), cases);
  });
}

Deno.test("what a case file has amiss is said with its line", () => {
  const refusals = [["case 1 udp reads close\n", "f:1: "], ["5 00\n", "f:1: "], [
    "# x\n",
    "f: no case",
  ]];
  for (const [text, where] of refusals) {
    assertThrows(() => readCases(text!, "f"), UserError, where);
  }
  assertThrows(() => readCases("case 1 tcp reads close\n5 0\n", "f"), UserError, "f:2: ");
});

Deno.test("sessions are whole packets, and begin with CONNECT", () => {
  const random = new Random(SEED);
  for (let i = 0; i < 100; i++) {
    const [first] = sessionOf(random);
    assertEquals([first![0], parsePacket(first!)?.bytes.length], [0x10, first!.length]);
  }
});

Deno.test("each change is the same for the same seed, and leaves what it is given alone", () => {
  const packet = hex("30 07 0003 612f62 01 02");
  for (const [name, change] of Object.entries(CHANGES)) {
    const before = packet.slice();
    const once = Array.from({ length: 20 }, (_, seed) => change(new Random(seed), packet));
    assertEquals(once, Array.from({ length: 20 }, (_, seed) => change(new Random(seed), packet)));
    assertEquals(packet, before, name);
    const changed = once.filter((one) => one.toString() !== packet.toString());
    assert(changed.length >= 10, `${name} changed ${changed.length} of 20`);
  }
});

Deno.test("damage that leaves nothing ends there", () => {
  const random = new Random(SEED);
  for (let i = 0; i < 1000; i++) damaged(random, Uint8Array.of(0));
  assertEquals(damaged(random, new Uint8Array()), new Uint8Array());
});

Deno.test("an eighth or so of all sessions stays whole, most keep their CONNECT", () => {
  const random = new Random(SEED);
  let whole = 0;
  let connects = 0;
  for (let i = 0; i < 400; i++) {
    const session = sessionOf(random);
    const after = damagedSession(random, session);
    if (bytes(...after).toString() === bytes(...session).toString()) whole++;
    if (after[0]?.toString() === session[0]!.toString()) connects++;
  }
  assert(whole > 40 && whole < 200, `${whole} whole`);
  assert(connects > 250, `${connects} with their CONNECT`);
});

Deno.test("writes are the same bytes, wherever they are cut", () => {
  const random = new Random(SEED);
  for (let i = 0; i < 100; i++) {
    const session = sessionOf(random);
    assertEquals(bytes(...cutIntoWrites(random, session)), bytes(...session));
    assertEquals(bytes(...cutAnywhere(random, session[0]!)), session[0]);
  }
});

Deno.test("most HTTP heads are right; frames claim lengths up to 2^63", () => {
  const random = new Random(SEED);
  const heads = Array.from({ length: 200 }, () => new TextDecoder().decode(headOf(random)));
  const right = heads.filter((head) =>
    head.startsWith("GET /") && head.endsWith("\r\n\r\n") && head.includes("Upgrade: websocket")
  );
  assert(right.length > 120 && right.length < 200, `${right.length} right heads`);
  const frames = Array.from({ length: 400 }, () => framesOf(random, sessionOf(random))).flat();
  const isHuge = (frame: Uint8Array) => (frame[1]! & 0x7f) === 127 && frame[2] === 0x80;
  assert(frames.some(isHuge));
  const cleanMasks = frames.filter((frame) => (frame[1]! & 0x80) !== 0).map((frame) =>
    frame.length
  );
  assert(cleanMasks.length > frames.length / 2);
});

Deno.test("what goes over WebSocket begins with a head, in a write of its own or not", () => {
  const random = new Random(SEED);
  const firsts = Array.from(
    { length: 60 },
    () => webSocketWrites(random, sessionOf(random)).length,
  );
  assert(firsts.includes(1) && firsts.some((count) => count > 3));
});
