/** From `midge certs device` to a client that is let in: the certificate is judged, named, and auth_cert decides. */
import { assertEquals } from "@std/assert";
import { run } from "../../lib/cli/certs.ts";
import { ClientAuthorities } from "../../lib/net/listen/client_authorities.ts";
import { pemBlocks } from "../../lib/pem.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { writeEllipticAuthority } from "../support/elliptic_authority.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { connect } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

Deno.test("a device of midge certs comes in by its certificate, until it is revoked", async () => {
  const folder = await Deno.makeTempDir({ prefix: "midge-devices-" });
  const place = ["--output-dir", folder, ...await writeEllipticAuthority(folder)];
  const text = (name: string) => Deno.readTextFileSync(`${folder}/${name}`);
  const judge = (crls: string[]) => new ClientAuthorities({ authorities: [text("ca.crt")], crls });
  await run(["device", "--device-id", "d7", "--uri", "example.org", ...place]);
  await run(["server", "--cn", "broker.example", ...place]);
  const [device] = pemBlocks(text("d7.crt"), "certificate");
  const verdict = judge([]).judge([device!], Date.now());
  if ("refusal" in verdict) throw new Error(verdict.refusal);

  const plugins = { auth_cert: { uri_domain: "example.org", required: true } };
  await using it = await ClockedBroker.start({ plugins });
  const codeOf = async (clientId: string) => {
    const stream = new FakeStream();
    void it.broker.accept(stream, { address: "192.0.2.7", certificate: verdict.certificate });
    stream.give(connect({ clientId }));
    await until(() => stream.written.length >= 4, "CONNACK");
    return stream.written[3];
  };
  assertEquals([await codeOf("d7"), await codeOf("d8")], [0, 5]);
  assertEquals(it.broker.clients.map(({ clientId, username }) => [clientId, username]), [
    ["d7", "d7"],
  ]);

  const [server] = pemBlocks(text("server.crt"), "certificate");
  assertEquals(judge([]).judge([server!], Date.now()), {
    refusal:
      "the certificate CN=broker.example is for servers only (extendedKeyUsage has no clientAuth)",
  });
  await run(["revoke", `${folder}/d7.crt`, "--crl", `${folder}/ca.crl`, ...place]);
  assertEquals(judge([text("ca.crl")]).judge([device!], Date.now()), {
    refusal: "the certificate CN=d7 was revoked by CN=My CA",
  });
  await Deno.remove(folder, { recursive: true });
});
