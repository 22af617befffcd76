/** The PROXY protocol's header: what is taken from it, and what is refused. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { crc32c } from "../../../lib/net/listen/crc32c.ts";
import { MAX_HEADER, readProxyHeader } from "../../../lib/net/listen/proxy_header.ts";
import {
  binaryHeader,
  CLIENT,
  INET,
  SIGNATURE,
  sslField,
  tlv,
} from "../../support/proxy_headers.ts";
import { Random } from "../../support/random.ts";
import { bytes, u16 } from "../../support/raw_packets.ts";

const INET6 = bytes(
  ...[0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), 1],
  ...[0xfe, 0x80, ...Array(13).fill(0), 2],
  u16(4711),
  u16(1883),
);
const MAPPED = bytes(
  ...Array(10).fill(0),
  255,
  255,
  192,
  0,
  2,
  7,
  new Uint8Array(16),
  u16(1),
  u16(2),
);

const line = (text: string) => bytes(`PROXY ${text}\r\n`);

function peerOf(header: Uint8Array): string | undefined {
  const { peer, size } = readProxyHeader(header)!;
  assertEquals(size, header.length);
  return peer && `${peer.address} ${peer.port}`;
}

for (
  const [text, expected] of [
    ["TCP4 192.0.2.7 198.51.100.1 4711 1883", "192.0.2.7 4711"],
    ["TCP4 255.255.255.255 255.255.255.255 65535 65535", "255.255.255.255 65535"],
    ["TCP4 1.2.3.4 1.2.3.4 0 0", "1.2.3.4 0"],
    ["TCP6 2001:DB8::1 ::1 4711 1883", "2001:db8::1 4711"],
    ["TCP6 2001:db8:0:0:0:0:0:1 :: 1 1", "2001:db8::1 1"],
    ["TCP6 ::ffff:192.0.2.7 ::1 1 1", "192.0.2.7 1"],
    ["UNKNOWN", undefined],
    ["UNKNOWN ffff:: ffff:: 65535 65535", undefined],
    ["UNKNOWN what ever it \u0007 says", undefined],
  ] as const
) {
  Deno.test(`version 1: ${text.replace("\u0007", "BEL")}`, () => {
    assertEquals(peerOf(line(text)), expected);
  });
}

for (
  const [text, problem] of [
    ["TCP4 192.0.2.7 198.51.100.1 4711", "two addresses and two ports"],
    ["TCP4 192.0.2.7 198.51.100.1 4711 1883 1", "two addresses and two ports"],
    ["TCP4 192.0.2.7  198.51.100.1 4711 1883", "two addresses and two ports"],
    ["TCP4 192.0.2.07 198.51.100.1 4711 1883", 'an address of TCP4, got "192.0.2.07"'],
    ["TCP4 2001:db8::1 198.51.100.1 4711 1883", "an address of TCP4"],
    ["TCP4 192.0.2.7 198.51.100.256 4711 1883", 'got "198.51.100.256"'],
    ["TCP6 192.0.2.7 ::1 4711 1883", "an address of TCP6"],
    ["TCP6 fe80::1%eth0 ::1 4711 1883", "an address of TCP6"],
    ["TCP4 192.0.2.7 198.51.100.1 +4711 1883", 'a port from 0 to 65535, got "+4711"'],
    ["TCP4 192.0.2.7 198.51.100.1 04711 1883", "a port from"],
    ["TCP4 192.0.2.7 198.51.100.1 4711 65536", 'got "65536"'],
    ["TCP4 192.0.2.7 198.51.100.1 4711 ", 'got ""'],
    ["tcp4 192.0.2.7 198.51.100.1 4711 1883", "expected TCP4, TCP6 or UNKNOWN"],
    ["UDP4 192.0.2.7 198.51.100.1 4711 1883", "expected TCP4, TCP6 or UNKNOWN"],
    [" UNKNOWN", "expected TCP4, TCP6 or UNKNOWN"],
    [`UNKNOWN ${"x".repeat(92)}`, "more than 107 bytes"],
  ] as const
) {
  Deno.test(`version 1, refused: ${text.slice(0, 60)}`, () => {
    assertThrows(() => readProxyHeader(line(text)), Error, problem);
  });
}

Deno.test("version 1: the longest line is 107 bytes, its end included", () => {
  const longest = line(`UNKNOWN ${"x".repeat(91)}`);
  assertEquals([longest.length, peerOf(longest)], [107, undefined]);
  assertThrows(() => readProxyHeader(bytes("PROXY UNKNOWN ", "x".repeat(93))), Error, "107 bytes");
});

Deno.test("version 1: neither CR nor LF alone ends the line", () => {
  assertThrows(() => readProxyHeader(bytes("PROXY UNKNOWN\n")), Error, "without CR");
  assertThrows(() => readProxyHeader(bytes("PROXY UNKNOWN\rx")), Error, "a CR alone");
});

Deno.test("version 1: what is behind the line is not the header's", () => {
  const header = line("TCP4 192.0.2.7 198.51.100.1 4711 1883");
  assertEquals(readProxyHeader(bytes(header, 0x10, 0x0c, "\r\n"))?.size, header.length);
});

for (
  const [title, header, expected] of [
    ["IPv4", binaryHeader(), "192.0.2.7 4711"],
    ["IPv6", binaryHeader({ kind: 0x21, body: INET6 }), "2001:db8::1 4711"],
    ["IPv4 within IPv6", binaryHeader({ kind: 0x21, body: MAPPED }), "192.0.2.7 1"],
    ["a socket file", binaryHeader({ kind: 0x31, body: new Uint8Array(216) }), " 0"],
    ["LOCAL", binaryHeader({ command: 0x20 }), undefined],
    ["LOCAL without more", binaryHeader({ command: 0x20, kind: 0, body: bytes() }), undefined],
    ["LOCAL of a family there is not", binaryHeader({ command: 0x20, kind: 0xff }), undefined],
    ["unspecified", binaryHeader({ kind: 0, body: bytes() }), undefined],
    ["unspecified with something", binaryHeader({ kind: 0, body: bytes("xyz") }), undefined],
    ["an unspecified transport", binaryHeader({ kind: 0x10 }), undefined],
    [
      "fields of no interest",
      binaryHeader({ fields: [tlv(4, "xx"), tlv(0xee, "")] }),
      "192.0.2.7 4711",
    ],
  ] as const
) {
  Deno.test(`version 2: ${title}`, () => assertEquals(peerOf(header), expected));
}

for (
  const [title, header, problem] of [
    ["version 1 in binary", binaryHeader({ command: 0x11 }), "its version is 1, expected 2"],
    ["command 2", binaryHeader({ command: 0x22 }), "its command is 2"],
    ["family 4", binaryHeader({ kind: 0x41 }), "its address family is 4"],
    ["datagrams", binaryHeader({ kind: 0x12 }), "it is about datagrams"],
    ["transport 3", binaryHeader({ kind: 0x13 }), "its transport is 3"],
    [
      "addresses cut",
      binaryHeader({ body: INET.subarray(0, 11) }),
      "11 bytes of addresses, expected 12",
    ],
    ["IPv6 as IPv4 long", binaryHeader({ kind: 0x21 }), "12 bytes of addresses, expected 36"],
    ["a field's head cut", binaryHeader({ fields: [bytes(4, 0)] }), "a field is cut off"],
    [
      "a field too long",
      binaryHeader({ fields: [bytes(4, 0, 2, 1)] }),
      "field 4 reaches over its end",
    ],
    ["65 fields", binaryHeader({ fields: Array(65).fill(tlv(4, "")) }), "more than 64 fields"],
    ["two truths", binaryHeader({ fields: [sslField(7, 0, "a"), sslField(7, 0, "b")] }), "twice"],
    ["TLS cut", binaryHeader({ fields: [tlv(0x20, bytes(7, 0, 0, 0))] }), "about TLS is cut off"],
    ["a name that is no text", binaryHeader({ fields: [sslField(7, 0, bytes(0xff))] }), "no UTF-8"],
  ] as const
) {
  Deno.test(`version 2, refused: ${title}`, () => {
    assertThrows(() => readProxyHeader(header), Error, problem);
  });
}

Deno.test("version 2: a header that says it is long is refused at its length, before more has come", () => {
  const head = (length: number) => binaryHeader({ length }).subarray(0, 16);
  assertEquals(readProxyHeader(head(MAX_HEADER - 16)), undefined);
  for (const length of [MAX_HEADER - 15, 65_535]) {
    assertThrows(() => readProxyHeader(head(length)), Error, `the limit is ${MAX_HEADER}`);
  }
});

Deno.test("version 2: LOCAL may be followed by a long block, which is left out", () => {
  const header = binaryHeader({ command: 0x20, body: new Uint8Array(MAX_HEADER - 16) });
  assertEquals(readProxyHeader(bytes(header, "more"))?.size, MAX_HEADER);
});

Deno.test("CRC32c: the standard's check value", () => {
  assertEquals(crc32c(bytes("123456789")), 0xe3069283);
});

Deno.test("version 2: a checksum that is there must be right", () => {
  const zero = tlv(3, new Uint8Array(4));
  const header = binaryHeader({ fields: [tlv(4, "x"), zero, tlv(4, "y")] });
  const sum = crc32c(header);
  const at = header.length - 4 - 4;
  new DataView(header.buffer).setUint32(at, sum);
  // Also where the bytes are a view into more.
  const wider = bytes("xx", header, "more").subarray(2);
  for (const one of [header, wider]) assertEquals(readProxyHeader(one)?.peer?.port, 4711);
  for (const index of [16, 25, at, header.length - 1]) {
    const wrong = header.slice();
    wrong[index]! ^= 1;
    assertThrows(() => readProxyHeader(wrong), Error, "checksum does not match");
  }
  const short = binaryHeader({ fields: [tlv(3, "abc")] });
  assertThrows(() => readProxyHeader(short), Error, "3 bytes, expected 4");
});

for (
  const [title, field, expected] of [
    ["given on this connection", sslField(CLIENT.SSL | CLIENT.CONN, 0, "d7"), "d7"],
    ["given in the session", sslField(CLIENT.SSL | CLIENT.SESS, 0, "d7"), "d7"],
    ["given, both said", sslField(7, 0, "gerät 7"), "gerät 7"],
    ["not verified", sslField(7, 1, "d7"), undefined],
    ["not verified, in another byte", sslField(7, 0x100, "d7"), undefined],
    ["no certificate given", sslField(CLIENT.SSL, 0, "d7"), undefined],
    ["no TLS", sslField(CLIENT.CONN | CLIENT.SESS, 0, "d7"), undefined],
    ["no name", sslField(7, 0), undefined],
    ["an empty name", sslField(7, 0, ""), undefined],
  ] as const
) {
  Deno.test(`version 2: the certificate's name: ${title}`, () => {
    const { certificate } = readProxyHeader(binaryHeader({ fields: [field] }))!;
    assertEquals(certificate?.commonName, expected);
  });
}

Deno.test("LOCAL says nothing of a certificate", () => {
  const header = binaryHeader({ command: 0x20, fields: [sslField(7, 0, "d7")] });
  assertEquals(readProxyHeader(header), {
    size: header.length,
    peer: undefined,
    certificate: undefined,
  });
});

Deno.test("byte by byte: no header before its last byte, and the same then", () => {
  for (
    const header of [
      line("TCP6 2001:db8::1 ::1 4711 1883"),
      line("UNKNOWN"),
      binaryHeader({ fields: [sslField(7, 0, "d7")] }),
      binaryHeader({ command: 0x20 }),
    ]
  ) {
    for (let length = 0; length < header.length; length++) {
      assertEquals(readProxyHeader(header.subarray(0, length)), undefined, `${length}`);
    }
    assert(readProxyHeader(header) !== undefined);
  }
});

for (
  const [title, wrong, what] of [
    ["MQTT", bytes(0x10, 12, 0, 4, "MQTT", 4, 2, 0, 0), "this is MQTT"],
    ["TLS", bytes(0x16, 3, 1, 2, 0), "this is TLS"],
    ["HTTP", bytes("GET / HTTP/1.1\r\n"), "this is HTTP"],
    ["a byte", bytes("Q"), "no header of the PROXY protocol: "],
    ["small letters", bytes("proxy TCP4"), "no header"],
    ["a tab", bytes("PROXY\tTCP4"), "no header"],
    ["nearly the signature", bytes(SIGNATURE.subarray(0, 11), "\r"), "no header"],
  ] as const
) {
  Deno.test(`no header: ${title}`, () => {
    assertThrows(() => readProxyHeader(wrong), Error, what);
  });
}

Deno.test("random and mutated bytes: an answer or an error with one line, never more than there is", () => {
  const random = new Random(11);
  const whole = [
    line("TCP4 192.0.2.7 198.51.100.1 4711 1883"),
    binaryHeader({ fields: [tlv(4, "x"), sslField(7, 0, "d7")] }),
    binaryHeader({ kind: 0x21, body: INET6 }),
  ];
  let read = 0;
  for (let round = 0; round < 20_000; round++) {
    const some = bytes(random.pick(whole), random.bytes(40));
    const changes = random.below(4);
    for (let i = 0; i < changes; i++) some[random.below(some.length)] = random.below(256);
    if (random.oneIn(10)) some.set(random.bytes(some.length));
    try {
      const header = readProxyHeader(some);
      if (header === undefined) continue;
      read++;
      assert(header.size > 0 && header.size <= Math.min(some.length, MAX_HEADER));
      assert(header.peer === undefined || header.peer.port <= 65_535);
    } catch (error) {
      if (!(error instanceof Error) || error.constructor !== Error) throw error;
      assert(error.message.includes("the PROXY protocol") && !error.message.includes("\n"));
    }
  }
  assert(read > 1000 && read < 19_000, `${read} were read`);
});
