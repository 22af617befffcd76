/**
 * One connection of an HTTP server: request after request, in order. Invariants: a request is read when the answer to the
 * one before it is written; whatever is waited for has a deadline; it is closed once.
 */
import type { Clock } from "../clock.ts";
import type { Arrived, Incoming } from "../net/listen/listener.ts";
import { readRequest, type RequestHead } from "../net/listen/http_head.ts";
import { HttpRefusal } from "../net/listen/http_refusal.ts";
import { hasLeft } from "../net/listen/peer_left.ts";
import type { ByteStream, Peer } from "../net/stream.ts";
import type { HttpHandler, MqttUpgrade } from "../plugin/management.ts";
import type { Logger, PeerOptions } from "../plugin/types.ts";
import { shown } from "../shown.ts";
import { messageOf } from "../user_error.ts";
import { sendAnswer } from "./answer.ts";
import { RequestBody } from "./body.ts";
import { Exchange, requestOf } from "./exchange.ts";
import { Input } from "./input.ts";
import { frameRequest, type Framing, type RequestRules } from "./request.ts";
import { BODY_MS, HEAD_MS, IDLE_MS, LINGER_MS, Times } from "./times.ts";
import { agreeToUpgrade, webSocketOver } from "./upgrade.ts";

/** What the connections of a server have in common. */
export interface HttpServices {
  readonly clock: Pick<Clock, "now" | "epoch" | "every" | "after">;
  /** For lines that peers can cause. */
  readonly log: Pick<Logger, "debug" | "info" | "error">;
  readonly rules: RequestRules;
  readonly handler: HttpHandler;
  /** Serves MQTT; resolves when the connection is over. */
  accept(stream: ByteStream, peer: PeerOptions): Promise<void>;
}

const FIRST_READ = 1024;
/** Written at a time: a peer that takes this much in the time of a deadline is not gone. */
const WRITTEN = 64 * 1024;
/** A body that no one wants is read to its end where it is this short, bytes. */
const SHORT_BODY = 64 * 1024;
/** Bytes that a peer may go on sending behind an answer that ends the connection. */
const LINGERING = 1024 * 1024;
const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");
const FAILED = "the request failed; the log says why";
const NO_BYTES = new Uint8Array(0);

/** An open connection. */
export class HttpConnection {
  readonly #services: HttpServices;
  readonly #incoming: Incoming;
  readonly #times: Times;
  #peer: Peer;
  #stream: ByteStream;
  #input: Input;
  #aborter: AbortController | undefined;
  /** Ends the body that is being sent. */
  #cancel: (() => void) | undefined;
  #isOver = false;
  #isLast = false;
  /** No longer waiting for anything of the request: its answer is being made into bytes, or was. */
  #isAnswered = false;
  /** Has any byte of that answer left? */
  #hasBegun = false;

  constructor(incoming: Incoming, services: HttpServices) {
    this.#services = services;
    this.#incoming = incoming;
    this.#times = new Times(() => services.clock.now());
    this.#peer = incoming.peer;
    this.#stream = incoming.stream;
    this.#input = new Input(incoming.stream);
    this.#times.reads(incoming.handshake === undefined ? "head" : "handshake", HEAD_MS);
  }

  /** Is it between two requests? */
  get isIdle(): boolean {
    return this.#times.reading === "idle";
  }

  /** Since when its peer has been waited for; Infinity: the answer is being made. */
  get waitsSince(): number {
    return this.#times.waitsSince;
  }

  /** Of the other end. */
  get address(): string {
    return this.#peer.address;
  }

  /** Serves it; resolves when it is over, or has become something else. Never rejects. */
  async run(): Promise<void> {
    try {
      if (this.#incoming.handshake !== undefined) await this.#ready(this.#incoming.handshake);
      while (await this.#serveOne() && !this.#isLast) this.#times.reads("idle", IDLE_MS);
    } catch (cause) {
      await this.#failed(cause);
    }
    this.close();
  }

  /** Ends it where something takes too long. */
  sweep(now: number): void {
    const late = this.#times.late(now);
    if (late === undefined) return;
    const { reading } = this.#times;
    const isTold = late === "read" && !this.#isAnswered &&
      (reading === "head" || reading === "body");
    if (!isTold) return this.close();
    this.#times.reads("nothing");
    this.#isAnswered = true;
    const refusal = new HttpRefusal(408, `the ${reading} of the request did not come in time`);
    this.#write(refusal.json).catch(() => {}).finally(() => this.close()); // it may have gone
  }

  /** Ends it behind the answer that is being made; at once where none is. */
  finish(): void {
    this.#isLast = true;
    if (this.#times.reading !== "nothing" || this.#cancel !== undefined) this.close();
  }

  /** Ends it at once. Does nothing the second time. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel?.();
    this.#aborter?.abort();
    try {
      this.#stream.close();
    } catch {
      // The peer's end of the connection closed it first.
    }
  }

  async #ready(handshake: Promise<Arrived>): Promise<void> {
    const { stream, peer, rest = NO_BYTES } = await handshake;
    this.#times.reads("head", HEAD_MS);
    if (this.#isOver) stream.close();
    this.#stream = stream;
    this.#peer = peer;
    this.#input = new Input(stream);
    this.#input.unread(rest);
  }

  /** @returns may another request follow? */
  async #serveOne(): Promise<boolean> {
    const first = new Uint8Array(FIRST_READ);
    const count = await this.#input.read(first);
    if (count === null) return false;
    this.#isAnswered = this.#hasBegun = false;
    if (this.isIdle) this.#times.reads("head", HEAD_MS);
    const { head, rest } = await readRequest(this.#input, first.subarray(0, count));
    this.#input.unread(rest);
    this.#times.reads("nothing");
    const framing = frameRequest(head, this.#services.rules);
    const body = new RequestBody(this.#input, framing.length, {
      began: () => this.#bodyBegins(framing),
      ended: () => this.#times.reads("nothing"),
    });
    const answer = await this.#ask(head, framing, body);
    if (this.#isOver || this.#isAnswered) return false;
    if ("acceptAs" in answer) return await this.#upgrade(head, answer);
    return await this.#answer(answer, head, framing, body);
  }

  async #bodyBegins({ expectsContinue }: Framing): Promise<void> {
    this.#times.reads("body", BODY_MS);
    if (expectsContinue && !this.#isAnswered) await this.#write(CONTINUE);
  }

  async #ask(head: RequestHead, framing: Framing, body: RequestBody) {
    const { handler, rules, log } = this.#services;
    try {
      const request = requestOf(head, framing, body);
      const exchange = new Exchange(request, rules.isSecure, this.#peer, () => this.#signal);
      const answer: unknown = await handler(exchange);
      if (isAnswer(answer)) return answer;
      throw new TypeError("the handler has answered with no Response");
    } catch (cause) {
      const what = `${head.method} ${shown(framing.url.pathname)}`;
      if (!this.#isOver) log.error(`${what} failed: ${messageOf(cause)}`, { error: cause });
      return Response.json({ error: FAILED }, { status: 500 });
    }
  }

  async #answer(
    response: Response,
    head: RequestHead,
    framing: Framing,
    body: RequestBody,
  ): Promise<boolean> {
    const isLeft = body.left > 0;
    this.#isAnswered = true;
    let goesOn;
    try {
      goesOn = await this.#send(response, head, framing, body);
    } catch (cause) {
      if (this.#isOver) throw cause;
      const what = `${head.method} ${shown(framing.url.pathname)}`;
      this.#services.log.error(`${what}: its answer broke off: ${messageOf(cause)}`);
      throw this.#hasBegun ? cause : new HttpRefusal(500, FAILED);
    }
    this.#cancel = undefined;
    if (!goesOn && isLeft) await this.#linger();
    if (!goesOn || this.#isOver) return await this.#leave();
    if (isLeft) this.#times.reads("body", BODY_MS);
    await body.discard();
    return true;
  }

  async #send(
    response: Response,
    { method }: RequestHead,
    { knowsChunks, keepsAlive, expectsContinue }: Framing,
    body: RequestBody,
  ): Promise<boolean> {
    const isReadable = body.isUntouched && body.left <= SHORT_BODY && !expectsContinue;
    const write = (bytes: Uint8Array) => {
      this.#hasBegun = true;
      return this.#write(bytes);
    };
    return await sendAnswer(response, write, {
      isHead: method === "HEAD",
      keepsAlive: keepsAlive && !this.#isLast && (body.left === 0 || isReadable),
      knowsChunks,
      now: this.#services.clock.epoch(),
      streams: (cancel) => this.#streams(cancel, body),
    });
  }

  /** A body of unknown length is sent: who does not wait for it any longer is seen to go. */
  #streams(cancel: () => void, body: RequestBody): void {
    if (this.#isOver) return cancel();
    this.#cancel = cancel;
    if (body.left === 0) this.#input.watch(() => this.#cancel === cancel && this.close());
  }

  async #upgrade(head: RequestHead, { acceptAs }: MqttUpgrade): Promise<false> {
    await this.#write(await agreeToUpgrade(head));
    if (this.#isOver) return false;
    this.#isOver = true; // it is not ours to close any longer
    const stream = webSocketOver(this.#stream, this.#input.take());
    const { log } = this.#services;
    this.#services.accept(stream, acceptAs)
      .catch((cause) => log.info(`MQTT over HTTP was not served: ${messageOf(cause)}`))
      .finally(() => this.#aborter?.abort());
    return false;
  }

  get #signal(): AbortSignal {
    this.#aborter ??= new AbortController();
    if (this.#isOver) this.#aborter.abort();
    return this.#aborter.signal;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        if (this.#isOver) throw new Error("the connection is closed");
        this.#times.writes(true);
        at += await this.#stream.write(bytes.subarray(at, at + WRITTEN));
      }
    } catch (cause) {
      this.close();
      throw cause;
    } finally {
      this.#times.writes(false);
    }
  }

  async #failed(cause: unknown): Promise<void> {
    const { log } = this.#services;
    if (cause instanceof HttpRefusal && !this.#isOver) {
      log.debug(`${this.#peer.address}: a request was refused: ${cause.message}`);
      await this.#write(cause.json).then(() => this.#linger()).catch(() => {}); // it has gone
    } else if (!this.#isOver && !hasLeft(cause)) {
      log.debug(`${this.#peer.address}: ${messageOf(cause)}`);
    }
  }

  /** A close with bytes unread would take the answer back. */
  async #linger(): Promise<void> {
    this.#times.reads("rest", LINGER_MS);
    this.#isAnswered = true;
    await this.#stream.closeWrite?.();
    const piece = new Uint8Array(WRITTEN);
    for (let read = 0; read < LINGERING && !this.#isOver;) {
      const count = await this.#input.read(piece);
      if (count === null) return;
      read += count;
    }
  }

  async #leave(): Promise<false> {
    if (!this.#isOver) await this.#stream.closeWrite?.().catch(() => {}); // it has gone
    return false;
  }
}

function isAnswer(answer: unknown): answer is Response | MqttUpgrade {
  return answer instanceof Response ||
    (typeof answer === "object" && answer !== null && "acceptAs" in answer);
}
