/// <reference lib="deno.unstable" />
/**
 * The receiving end of sd_notify, for notify_receiver.ts: a line of JSON for each datagram; first an empty one. A line
 * on its standard input comes back behind the datagrams that it has by then.
 */
const [path = ""] = Deno.args;
const address = path.startsWith("@") ? `\0${path.slice(1)}` : path;
const socket = Deno.listenDatagram({ transport: "unixpacket", path: address });
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

async function sendMarks(): Promise<void> {
  const sender = Deno.listenDatagram({ transport: "unixpacket", path: `${address}.marks` });
  for await (const line of Deno.stdin.readable) {
    await sender.send(line, { transport: "unixpacket", path: address });
  }
}

print(JSON.stringify(""));
sendMarks();
for await (const [bytes] of socket) print(JSON.stringify(new TextDecoder().decode(bytes)));
