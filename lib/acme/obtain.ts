/**
 * One certificate from an authority, from beginning to end. Imported when one is due, for it takes memory that a broker
 * with a valid certificate has no use for. Invariant: the port that names are proven on is open only meanwhile.
 */
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { AcmeConfig } from "../config/types.ts";
import { readText } from "../text_file.ts";
import { Account } from "./account.ts";
import { AccountKey } from "./account_key.ts";
import { type Certified, makeRequest } from "./certificates.ts";
import { orderCertificate } from "./order.ts";
import { Responder } from "./responder.ts";

/** Gets a certificate; rejects with an AcmeProblem, a UserError, or why the authority does not answer. */
export async function obtainCertificate(
  config: AcmeConfig,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Certified> {
  const { directory, email, externalAccount, cafile, domains, httpPort, accountFolder } = config;
  const authorities = cafile === undefined ? [] : [await readText(cafile)];
  const key = await AccountKey.open(join(accountFolder, "account.pem"));
  const parts = { directory, email, externalAccount, key, authorities, clock, signal };
  await using cleanup = new AsyncDisposableStack();
  const account = cleanup.use(await Account.open(parts));
  const request = await makeRequest(domains);
  const responder = cleanup.use(new Responder(httpPort));
  const prove = (token: string, proof: string) => responder.prove(token, proof);
  const chain = await orderCertificate(account, { domains, csr: request.csr, prove });
  return await request.accept(chain);
}
