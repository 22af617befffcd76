/**
 * What sequences check again and again: that bytes end a connection, that a CONNECT is refused. Each
 * names the case in its error, so that a sequence can run a table of cases.
 */
import { PINGREQ, toHex } from "../support/raw_packets.ts";
import type { Stage } from "./stage.ts";

/** Runs `check` for every case at once; the error names the cases that failed. */
export async function forAll<T>(
  cases: Iterable<T>,
  name: (item: T) => string,
  check: (item: T) => Promise<void>,
): Promise<void> {
  const failed = new Map<string, string[]>();
  await Promise.all([...cases].map(async (item) => {
    try {
      await check(item);
    } catch (error) {
      if (!(error instanceof Error) || error.name === "Skip") throw error;
      failed.set(error.message, [...failed.get(error.message) ?? [], name(item)]);
    }
  }));
  const lines = [...failed].map(([message, names]) => `${names.join(", ")}: ${message}`);
  if (lines.length > 0) throw new Error(lines.join("; "));
}

/** `bytes` as the first thing on a connection end it without any answer. */
export async function closesUnanswered(stage: Stage, ...bytes: Uint8Array[]): Promise<void> {
  const client = await stage.sent(...bytes);
  await client.expectClosed();
}

/** An HTTP request as the first thing on a connection ends it without any packet; an answer in HTTP may tell why. */
export async function closesHttp(stage: Stage, request: Uint8Array): Promise<void> {
  const client = await stage.sent(request);
  const answer = new TextDecoder().decode(await client.readToEnd());
  if (answer !== "" && !/^HTTP\/1\.[01] 4\d\d /.test(answer)) {
    throw new Error(`expected the connection to be closed, got ${JSON.stringify(answer)}`);
  }
}

/**
 * An accepted client that then sends `bytes` is closed, and gets nothing for them. A broker that
 * tolerates them shows it at once by its PINGRESP.
 */
export async function closesConnected(stage: Stage, ...bytes: Uint8Array[]): Promise<void> {
  const peer = await stage.open();
  await peer.raw.sendAnyway(...bytes, PINGREQ);
  await peer.raw.expectClosed();
}

/** An accepted client that then sends `bytes` is closed, whatever it is sent before. */
export async function endsConnected(stage: Stage, ...bytes: Uint8Array[]): Promise<Uint8Array> {
  const peer = await stage.open();
  await peer.raw.sendAnyway(...bytes);
  return await peer.raw.readToEnd();
}

/** A CONNECT is refused: closed, with no answer or with one refusing CONNACK. */
export async function refuses(stage: Stage, ...bytes: Uint8Array[]): Promise<void> {
  const answer = await (await stage.sent(...bytes)).readToEnd();
  if (answer.length === 0) return;
  const refusal = answer.length === 4 && answer[0] === 0x20 && answer[2] === 0 && answer[3]! > 0;
  if (!refusal) throw new Error(`expected a refusal, got ${toHex(answer)}`);
}

/** A CONNECT is answered by exactly this CONNACK return code and the end of the connection. */
export async function refusesWith(
  stage: Stage,
  code: number,
  ...bytes: Uint8Array[]
): Promise<void> {
  const client = await stage.sent(...bytes);
  await client.expect(Uint8Array.of(0x20, 2, 0, code));
  await client.expectClosed();
}

/** Compares as JSON. */
export function equal(got: unknown, wanted: unknown): void {
  const [gotText, wantedText] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (gotText !== wantedText) throw new Error(`expected ${wantedText}, got ${gotText}`);
}
