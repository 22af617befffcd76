/**
 * One case of the fuzzer: what one connection writes, with which pauses, and how it ends. Invariants: the case of a
 * seed and a number is always the same; what is written to a file is read back the same.
 */
import { Random } from "../support/random.ts";
import { hex } from "../support/raw_packets.ts";
import { encodeHex } from "../../lib/encoding.ts";
import { UserError } from "../../lib/user_error.ts";
import { cutIntoWrites, damagedSession } from "./damage.ts";
import { sessionOf } from "./packets.ts";
import { webSocketWrites } from "./web_socket.ts";

/** How the fuzzer's bytes get to the broker. */
export const TRANSPORTS = ["tcp", "ws"] as const;
/** One of them. */
export type Transport = typeof TRANSPORTS[number];

/** close: at once; reset: with what was sent still unread; half: the writing side first; stay: waits a while. */
const ENDINGS = ["close", "reset", "half", "stay"] as const;

/** Bytes, after a pause in milliseconds. */
export interface Write {
  readonly pause: number;
  readonly bytes: Uint8Array;
}

/** What one connection does. */
export interface FuzzCase {
  readonly number: number;
  readonly transport: Transport;
  /** False: nothing that the broker sends is read. */
  readonly reads: boolean;
  readonly ending: typeof ENDINGS[number];
  readonly writes: readonly Write[];
}

/** The case with this number of a seed. */
export function caseOf(seed: number, number: number, transport: Transport): FuzzCase {
  const random = new Random(Math.imul(seed + 1, 0x9e37_79b1) ^ Math.imul(number + 1, 0x85eb_ca6b));
  const session = damagedSession(random, sessionOf(random));
  const writes = transport === "ws"
    ? webSocketWrites(random, session)
    : cutIntoWrites(random, session);
  return {
    number,
    transport,
    reads: !random.oneIn(10),
    ending: random.pick(ENDINGS),
    writes: writes.filter((bytes) => bytes.length > 0).map((bytes) => ({
      pause: random.oneIn(10) ? random.below(20) : 0,
      bytes,
    })),
  };
}

/** A file's text: a line for each case, and behind it one for each write, a pause and bytes in hexadecimal. */
export function writeCases(comment: string, cases: readonly FuzzCase[]): string {
  const lines = [`# ${comment}`];
  for (const { number, transport, reads, ending, writes } of cases) {
    lines.push(`case ${number} ${transport} ${reads ? "reads" : "deaf"} ${ending}`);
    for (const { pause, bytes } of writes) lines.push(`${pause} ${encodeHex(bytes)}`);
  }
  return lines.join("\n") + "\n";
}

/** Reads what {@link writeCases} wrote; `file` is for the message of the UserError. */
export function readCases(text: string, file: string): FuzzCase[] {
  const cases: (FuzzCase & { writes: Write[] })[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const write = /^(\d+) ((?:[0-9a-f]{2})+)$/.exec(line);
    if (write !== null && cases.length > 0) {
      cases.at(-1)!.writes.push({ pause: Number(write[1]), bytes: hex(write[2]!) });
      continue;
    }
    const head = /^case (\d+) (tcp|ws) (reads|deaf) (\w+)$/.exec(line);
    const ending = ENDINGS.find((one) => one === head?.[4]);
    if (head === null || ending === undefined) {
      throw new UserError(
        `${file}:${index + 1}: expected "case NUMBER tcp|ws reads|deaf ${
          ENDINGS.join("|")
        }", or a pause in milliseconds and bytes in hexadecimal`,
      );
    }
    const transport = TRANSPORTS.find((one) => one === head[2])!;
    const reads = head[3] === "reads";
    cases.push({ number: Number(head[1]), transport, reads, ending, writes: [] });
  }
  if (cases.length === 0) throw new UserError(`${file}: no case in it`);
  return cases;
}
