/** `midge certs revoke`: a list that the broker, and openssl, go by. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../../lib/cli/certs.ts";
import { ClientAuthorities } from "../../../lib/net/listen/client_authorities.ts";
import { pemBlocks } from "../../../lib/pem.ts";
import { writeEllipticAuthority } from "../../support/elliptic_authority.ts";
import { UserError } from "../../../lib/user_error.ts";
import { RevocationList } from "../../../lib/x509/revocation_list.ts";

const DAY_MS = 86_400_000;

Deno.test("certs revoke: what was revoked stays so, the others come in", async (test) => {
  const folder = await Deno.makeTempDir({ prefix: "midge-revoke-" });
  const at = (name: string) => `${folder}/${name}`;
  const place = ["--output-dir", folder];
  const authority = [...await writeEllipticAuthority(folder), "--crl", at("ca.crl")];
  const certs = async (...args: string[]) => assertEquals(await run(args), 0);
  const text = (name: string) => Deno.readTextFileSync(at(name));
  const der = (name: string) => pemBlocks(text(name), "certificate")[0]!;
  const refusal = (device: string, now = Date.now()) => {
    const judge = new ClientAuthorities({ authorities: [text("ca.crt")], crls: [text("ca.crl")] });
    const verdict = judge.judge([der(`${device}.crt`)], now);
    return "refusal" in verdict ? verdict.refusal : undefined;
  };
  for (const id of ["d1", "d2", "d3"]) {
    await certs("device", "--device-id", id, "--uri", "example.org", ...place, ...authority);
  }

  await test.step("an empty list", async () => {
    await certs("revoke", ...authority, "--days", "30");
    assertEquals((await Deno.stat(at("ca.crl"))).mode! & 0o777, 0o644);
    assertEquals(["d1", "d2", "d3"].map((id) => refusal(id)), [undefined, undefined, undefined]);
    assertStringIncludes(refusal("d1", Date.now() + 31 * DAY_MS)!, "is outdated since");
  });

  await test.step("two at once, then both once more", async () => {
    await Promise.all(["d1", "d2"].map((id) => certs("revoke", at(`${id}.crt`), ...authority)));
    const both = ["d1", "d2"].map((id) => refusal(id) !== undefined);
    assertEquals(both, [true, true]);
    await certs("revoke", at("d2.crt"), at("d1.crt"), ...authority);
    const revoked = (id: string) => `the certificate CN=${id} was revoked by CN=My CA`;
    assertEquals(["d1", "d2", "d3"].map((id) => refusal(id)), [
      revoked("d1"),
      revoked("d2"),
      undefined,
    ]);
    const [list] = pemBlocks(text("ca.crl"), "list").map((one) => new RevocationList(one));
    assert(list!.nextUpdate > Date.now() + 3649 * DAY_MS);
  });

  await test.step("what is not this authority's is refused, and the list stays", async () => {
    const before = text("ca.crl");
    const other = await writeEllipticAuthority(at("other"));
    const problem = async (...args: string[]) => {
      const error = await run(["revoke", ...args]).then(() => undefined, (cause) => cause);
      assert(error instanceof UserError, String(error));
      return error.message;
    };
    assertStringIncludes(
      await problem(at("other/ca.crt"), ...authority),
      "other/ca.crt: was not signed by CN=My CA",
    );
    assertStringIncludes(
      await problem(...other, "--crl", at("ca.crl")),
      "ca.crl: is the list of another authority",
    );
    assertStringIncludes(
      await problem(at("ca.key"), ...authority),
      "expected a certificate in PEM",
    );
    assertStringIncludes(await problem(at("none"), ...authority), "none: no such file");
    assertStringIncludes(
      await problem(...authority, "--crl", at("ca.crt")),
      "ca.crt: expected a revocation list in PEM",
    );
    assertEquals(text("ca.crl"), before);
  });
  await Deno.remove(folder, { recursive: true });
});
