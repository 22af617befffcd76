/** TLS behind bytes that come before it. */
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Pki } from "./pki.ts";
import { within } from "./raw_client.ts";
import { connect } from "./raw_packets.ts";

/** Sends a line, then speaks TLS and says CONNECT: is it let in? It stays connected until the broker ends it. */
export async function proxyLine(port: number, line: string, pki: Pki): Promise<"in" | "out"> {
  const { promise, resolve } = Promise.withResolvers<"in" | "out">();
  const below = connectTcp({ port, host: "127.0.0.1" });
  below.on("error", () => resolve("out")).on("close", () => resolve("out"));
  below.write(line);
  const socket = connectTls({ socket: below, ca: pki.read("root.pem"), servername: "localhost" });
  socket.on("error", () => resolve("out"));
  socket.once("secureConnect", () => socket.write(connect()));
  socket.once("data", () => resolve("in"));
  const fared = await within(promise, "an answer");
  if (fared === "out") below.destroy();
  return fared;
}
