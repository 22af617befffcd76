/**
 * Lets clients in by their certificates. Invariants: the certificate was checked by the listener, here only its names
 * are; a client is let in under a name of its certificate or not at all; what a certificate does not prove is for other
 * sources to say, or refused where one is required.
 */
import { nullish } from "valibot";
import {
  type ClientView,
  definePlugin,
  optionField,
  optionsOf,
  switchOption,
  type Verdict,
} from "../plugin.ts";

const DOMAIN = optionField(
  (value) => typeof value === "string" && /^[A-Za-z0-9._-]+$/.test(value) ? value : undefined,
  "a domain such as example.org, as in spiffe://example.org/device/ID",
);

const OPTIONS = optionsOf({
  /**
   * The first URI of the certificate is `spiffe://URI_DOMAIN/device/ID`, and ID the client id (`midge certs device`
   * makes such ones). Without it: the username is the certificate's, by cert_as_username of the listener.
   */
  uri_domain: nullish(DOMAIN),
  /** Is a client refused that has no such certificate? Else the next source is asked. */
  required: nullish(switchOption, false),
});

export default definePlugin({
  name: "auth_cert",
  apiVersion: 1,
  options: OPTIONS,
  setup({ uri_domain, required }, context) {
    const decide = uri_domain ? byUri(`spiffe://${uri_domain}/device/`) : byUsername;
    const otherwise = required ? refusalWithout(uri_domain ?? undefined) : undefined;
    return {
      authenticate: ({ client }) => decide(client) ?? otherwise,
      admitsNoOne: () =>
        context.asksForCertificates === false
          ? "no listener asks clients for certificates (ssl, cafile and verify_client)"
          : undefined,
    };
  },
});

function byUri(prefix: string): (client: ClientView) => Verdict {
  return (client) => {
    const uri = client.certificate?.uris?.[0];
    if (uri === undefined || !uri.startsWith(prefix)) return undefined;
    const id = uri.slice(prefix.length);
    return id === client.clientId ? underItsName(client, id) : {
      result: "deny",
      because: `the client id is not the one of its certificate, ${JSON.stringify(id)}`,
    };
  };
}

/** A name that CONNECT gives is no one's yet: where it is not the device's, rights would go by a claim. */
function underItsName(client: ClientView, id: string): Verdict {
  const because = "its certificate has this client id";
  if (client.isNamedByCertificate) return { result: "allow", because };
  if (!client.username || client.username === id) return { result: "allow", username: id, because };
  return {
    result: "deny",
    because: `its certificate is for ${JSON.stringify(id)}, expected no other username`,
  };
}

function byUsername({ isNamedByCertificate }: ClientView): Verdict {
  return isNamedByCertificate
    ? { result: "allow", because: "the username is its certificate's" }
    : undefined;
}

function refusalWithout(domain: string | undefined): Verdict {
  const because = domain === undefined
    ? "it has no certificate that names its user (cert_as_username)"
    : `it has no certificate whose first URI is spiffe://${domain}/device/ID`;
  return { result: "deny", because };
}
