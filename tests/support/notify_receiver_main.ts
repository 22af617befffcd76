/// <reference lib="deno.unstable" />
/** The receiving end of sd_notify, for notify_receiver.ts: a line of JSON for each datagram; first an empty one. */
const [path = ""] = Deno.args;
const address = path.startsWith("@") ? `\0${path.slice(1)}` : path;
const socket = Deno.listenDatagram({ transport: "unixpacket", path: address });
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
print(JSON.stringify(""));
for await (const [bytes] of socket) print(JSON.stringify(new TextDecoder().decode(bytes)));
