/** V8's inspector of a Deno process, by its WebSocket on loopback. Invariant: a request ends with its answer or its error. */

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly chunk?: string };
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Asks a process about its heap. */
export class Inspector implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #chunks: string[] = [];
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(data)));
    socket.addEventListener("close", () => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error("the inspector has closed"));
      }
    });
  }

  /** @param port what `--inspect=127.0.0.1:PORT` said */
  static async connect(port: number): Promise<Inspector> {
    const response = await fetch(`http://127.0.0.1:${port}/json`);
    const [{ webSocketDebuggerUrl }] = await response.json() as [{ webSocketDebuggerUrl: string }];
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise<unknown>((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error("no inspector")), { once: true });
    });
    return new Inspector(socket);
  }

  /** @throws Error with what the inspector said */
  ask(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const id = ++this.#last;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  /** The whole heap after a collection, as JSON. */
  async snapshot(): Promise<string> {
    this.#chunks = [];
    await this.ask("HeapProfiler.collectGarbage");
    await this.ask("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
    const json = this.#chunks.join("");
    this.#chunks = [];
    return json;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #take({ id, method, params, result, error }: Answer): void {
    if (method === "HeapProfiler.addHeapSnapshotChunk") this.#chunks.push(params?.chunk ?? "");
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id!);
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new Error(`inspector: ${error.message}`));
  }
}
