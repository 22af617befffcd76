/**
 * `midge top` at a terminal: asks, draws, and does what keys say. Invariants: one question to the broker at a time; a
 * broker that is gone is a line, and is asked again; however it ends, the terminal is given back.
 */
import type { Clock } from "../../clock.ts";
import { messageOf, UserError } from "../../user_error.ts";
import { EXIT_CODES, listenToSignals, Stopped } from "../signals.ts";
import { type Key, keysOf } from "./keys.ts";
import { render, roomIn } from "./render.ts";
import { Screen } from "./screen.ts";
import type { TopSource } from "./source.ts";
import { pressed, type TopState, withAnswer } from "./state.ts";

/** What is watched, and how. */
export interface Watching {
  readonly source: TopSource;
  readonly clock: Pick<Clock, "every">;
  /** Between two pictures, milliseconds. */
  readonly interval: number;
}

/**
 * Shows the broker until a key ends it; the result is the exit code.
 * @param state as the first picture shows it
 * @throws {Stopped} at Ctrl-C, SIGINT, SIGTERM and SIGHUP
 */
export async function watch(state: TopState, watching: Watching): Promise<number> {
  const stopped = Promise.withResolvers<never>();
  using screen = new Screen();
  const watcher = new Watcher(state, watching.source, screen, stopped.reject);
  const unlisten = listenToSignals({
    stop: (signal) => stopped.reject(new Stopped(signal)),
    force(signal) {
      screen[Symbol.dispose]();
      Deno.exit(EXIT_CODES[signal]);
    },
    reload: () => stopped.reject(new Stopped("SIGTERM")),
  });
  const forget = onResize(() => watcher.resized());
  const cancel = watching.clock.every(watching.interval, () => watcher.ask());
  try {
    watcher.draw();
    await Promise.race([watcher.follow(screen.typed()), stopped.promise]);
    return 0;
  } finally {
    cancel();
    forget();
    unlisten();
    watcher.end();
  }
}

/** Windows does not tell. */
function onResize(resized: () => void): () => void {
  if (Deno.build.os === "windows") return () => {};
  Deno.addSignalListener("SIGWINCH", resized);
  return () => Deno.removeSignalListener("SIGWINCH", resized);
}

class Watcher {
  readonly #source: TopSource;
  readonly #screen: Screen;
  readonly #failed: (cause: unknown) => void;
  #state: TopState;
  #isAsking = false;
  /** The answer on its way is of a page that is not wanted any more. */
  #isStale = false;
  #hasEnded = false;

  constructor(
    state: TopState,
    source: TopSource,
    screen: Screen,
    failed: (cause: unknown) => void,
  ) {
    this.#state = state;
    this.#source = source;
    this.#screen = screen;
    this.#failed = failed;
  }

  draw(): void {
    if (!this.#hasEnded) this.#screen.draw(render(this.#state, this.#screen.size));
  }

  /** More rows may have room. */
  resized(): void {
    this.draw();
    this.ask(true);
  }

  end(): void {
    this.#hasEnded = true;
  }

  /** Does what is typed, until it asks for the end. */
  async follow(typed: AsyncIterable<string>): Promise<void> {
    for await (const text of typed) {
      for (const key of keysOf(text)) {
        if (this.#press(key)) return;
      }
      this.draw();
    }
  }

  /** @param isAnother is it another page than the one before? */
  ask(isAnother = false): void {
    if (this.#isAsking) {
      this.#isStale ||= isAnother;
      return;
    }
    this.#isAsking = true;
    this.#answer().catch(this.#failed).finally(() => {
      this.#isAsking = false;
      if (this.#isStale) this.ask();
    });
  }

  #press(key: Key): boolean {
    const [state, wish] = pressed(this.#state, key, roomIn(this.#screen.size));
    this.#state = state;
    if (wish === "ask") this.ask(true);
    if (key === "interrupt") throw new Stopped("SIGINT");
    return wish === "quit";
  }

  async #answer(): Promise<void> {
    this.#isStale = false;
    const { sort, offset, opened } = this.#state;
    try {
      const limit = roomIn(this.#screen.size);
      const { now, rows } = await this.#source.page({ sort, offset, limit });
      const lines = opened === undefined ? [] : await this.#source.client(opened.clientId);
      if (this.#isStale) return;
      this.#state = withAnswer(this.#state, now, rows);
      if (this.#state.opened?.clientId === opened?.clientId && opened !== undefined) {
        this.#state = { ...this.#state, opened: { ...this.#state.opened!, lines } };
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#state = { ...this.#state, problem: messageOf(error) };
    }
    this.draw();
  }
}
