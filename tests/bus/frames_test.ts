/** What goes over a link is read as it was written. */
import { assertEquals } from "@std/assert";
import {
  bodyLength,
  BusKind,
  type Destination,
  HEAD,
  readMessage,
  readRun,
  writeFrame,
  writeMessage,
} from "../../lib/bus/frames.ts";
import { Incoming } from "../../lib/bus/incoming.ts";
import { Link } from "../../lib/bus/link.ts";
import { OutgoingPublish } from "../../lib/session/outgoing.ts";
import { MessageProperties } from "../../lib/wire/message_properties.ts";
import { encodeUtf8 } from "../../lib/wire/utf8.ts";

class Gathered extends Link {
  readonly batches: Uint8Array[] = [];
  override flush(): void {
    this.batches.push(this.take(new Uint8Array(4)));
  }
  override get isFull(): boolean {
    return false;
  }
  override whenRoom(): Promise<void> {
    return Promise.resolve();
  }
  override close(): Promise<void> {
    return Promise.resolve();
  }
}

function message(qos: 0 | 1 | 2, retain: boolean, isV5: boolean): OutgoingPublish {
  const publish = OutgoingPublish.fromValues({
    topicName: "t/ü",
    topic: encodeUtf8("t/ü", "topic"),
    payload: new Uint8Array([1, 2, 3]),
    qos,
    retain,
    origin: "client",
    properties: isV5 ? MessageProperties.of({ contentType: "x" }) : undefined,
  });
  publish.publisher = PUBLISHER;
  return publish;
}

/** Longer than one byte can say. */
const PUBLISHER = "p".repeat(700);

const DESTINATIONS: Destination[] = [
  { isPlain: true, stamp: undefined, groups: [] },
  { isPlain: false, stamp: 2 ** 40 + 1, groups: [] },
  { isPlain: true, stamp: undefined, groups: ["$share/g/t", `$share/h/${"+/".repeat(300)}#`] },
];

for (const qos of [0, 1, 2] as const) {
  for (const isV5 of [false, true]) {
    for (const [i, to] of DESTINATIONS.entries()) {
      Deno.test(`a message at QoS ${qos}, ${isV5 ? "5" : "3.1.1"}, destination ${i}`, () => {
        const link = new Gathered();
        const retain = to.stamp !== undefined;
        const isRun = qos === 0 && !isV5 && i === 0;
        writeMessage(link, message(qos, retain, isV5), to);
        writeMessage(link, message(qos, retain, isV5), to);
        link.flush();
        const [batch] = link.batches;
        const incoming = new Incoming();
        let at = 0;
        for (let count = 0; count < 2; count++) {
          const end = at + HEAD + bodyLength(batch!, at, batch!.length)!;
          if (isRun) readRun(batch!, at + HEAD, end, incoming);
          else assertEquals(readMessage(batch!, at + HEAD, end, incoming), to.stamp);
          assertEquals(batch![at], isRun ? BusKind.RUN : BusKind.MESSAGE);
          const { isPlain, isKept, groups, topicName, publisher, payloadLength, fields } = incoming;
          assertEquals({ isPlain, isKept, groups, topicName, payloadLength }, {
            isPlain: to.isPlain,
            isKept: retain,
            groups: to.groups,
            topicName: "t/ü",
            payloadLength: 3,
          });
          assertEquals(publisher, retain ? PUBLISHER : undefined);
          assertEquals([fields.qos, fields.retain, incoming.isV5], [qos, retain, isV5]);
          at = end;
        }
        assertEquals(at, batch!.length);
      });
    }
  }
}

/** Runs and messages of a batch, as `topic:messages:payload bytes`. */
function runsOf(batch: Uint8Array): string[] {
  const incoming = new Incoming();
  const seen: string[] = [];
  for (let at = 0; at < batch.length;) {
    const end = at + HEAD + bodyLength(batch, at, batch.length)!;
    if (batch[at] === BusKind.RUN) {
      readRun(batch, at + HEAD, end, incoming);
      const { messages, payloadBytes } = incoming;
      let found = 1;
      for (; incoming.cursor.end < end; found++) incoming.readAt(incoming.cursor.end);
      assertEquals(found, messages);
      seen.push(`${incoming.topicName}:${messages}:${payloadBytes}`);
    } else {
      readMessage(batch, at + HEAD, end, incoming);
      seen.push(incoming.topicName);
    }
    at = end;
  }
  return seen;
}

function plain(topic: Uint8Array, bytes: number): OutgoingPublish {
  return OutgoingPublish.fromValues({
    topicName: new TextDecoder().decode(topic),
    topic,
    payload: new Uint8Array(bytes),
    qos: 0,
    retain: false,
    origin: "client",
  });
}

Deno.test("messages of one topic in a row are a run, until something else comes", () => {
  const link = new Gathered();
  const [t, u] = [encodeUtf8("t", "topic"), encodeUtf8("u", "topic")];
  const to = DESTINATIONS[0]!;
  for (const topic of [t, t, u, t]) writeMessage(link, plain(topic, 10), to);
  writeFrame(link, BusKind.READY, new Uint8Array(0));
  assertEquals(runsOf(link.bytes.subarray(0, link.length - HEAD)), ["t:2:20", "u:1:10", "t:1:10"]);
  link.flush();
  writeMessage(link, plain(t, 3), to);
  link.flush();
  assertEquals(runsOf(link.batches[1]!), ["t:1:3"]);
});

Deno.test("a frame between two messages of a topic ends the run, and so does its size", () => {
  const link = new Gathered();
  const t = encodeUtf8("t", "topic");
  const to = DESTINATIONS[0]!;
  writeMessage(link, plain(t, 1), to);
  writeMessage(link, message(1, false, false), to);
  for (let i = 0; i < 4; i++) writeMessage(link, plain(t, 10_000), to);
  writeMessage(link, plain(t, 16_384), to);
  link.flush();
  assertEquals(runsOf(link.batches[0]!), ["t:1:1", "t/ü", "t:2:20000", "t:2:20000", "t"]);
});

Deno.test("more groups than one frame has are several messages, of which one is plain", () => {
  const link = new Gathered();
  const groups = Array.from({ length: 600 }, (_, i) => `$share/${i}/t`);
  writeMessage(link, message(0, false, false), { isPlain: true, stamp: undefined, groups });
  link.flush();
  const [batch] = link.batches;
  const incoming = new Incoming();
  const seen: string[] = [];
  const plain: boolean[] = [];
  for (let at = 0; at < batch!.length;) {
    const end = at + HEAD + bodyLength(batch!, at, batch!.length)!;
    readMessage(batch!, at + HEAD, end, incoming);
    seen.push(...incoming.groups);
    plain.push(incoming.isPlain);
    at = end;
  }
  assertEquals([seen, plain], [groups, [true, false, false]]);
});

Deno.test("a frame's length is known when its head is whole", () => {
  const link = new Gathered();
  writeFrame(link, BusKind.READY, new Uint8Array(0x01_02_03_04));
  assertEquals(link.length, HEAD + 0x01_02_03_04);
  assertEquals(bodyLength(link.bytes, 0, HEAD - 1), undefined);
  assertEquals(bodyLength(link.bytes, 0, HEAD), 0x01_02_03_04);
});
