/** When handshakes begin. */
import { assertEquals } from "@std/assert";
import { HandshakePace } from "../../../lib/net/listen/handshake_pace.ts";
import { turn } from "../../support/until.ts";

/** Pauses end when the test says so. */
class Stage {
  readonly begun: string[] = [];
  readonly #pauses: (() => void)[] = [];
  readonly #pace = new HandshakePace(() => new Promise((resolve) => this.#pauses.push(resolve)));

  come(name: string, address = name): void {
    void this.#pace.enter(address).then(() => this.begun.push(name));
  }

  async pass(): Promise<void> {
    this.#pauses.shift()?.();
    await turn();
  }

  get pauses(): number {
    return this.#pauses.length;
  }
}

Deno.test("one that comes alone begins at once; of many one begins between two pauses", async () => {
  const it = new Stage();
  it.come("a");
  await turn();
  assertEquals(it.begun, ["a"]);
  it.come("b");
  it.come("c");
  await turn();
  assertEquals([it.begun, it.pauses], [["a"], 1]);
  await it.pass();
  assertEquals([it.begun, it.pauses], [["a", "b"], 1]);
  await it.pass();
  await it.pass();
  assertEquals([it.begun, it.pauses], [["a", "b", "c"], 0]);
  it.come("d");
  await turn();
  assertEquals(it.begun.at(-1), "d", "and then again at once");
});

Deno.test("an address with many connections lets another one's go in between", async () => {
  const it = new Stage();
  for (const name of ["f1", "f2", "f3", "f4"]) it.come(name, "192.0.2.1");
  it.come("quiet", "192.0.2.2");
  await turn();
  for (let i = 0; i < 5; i++) await it.pass();
  assertEquals(it.begun, ["f1", "f2", "quiet", "f3", "f4"]);
});
