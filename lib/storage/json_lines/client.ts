/** The client of a session or will in lines of JSON. Invariant: what is false or unknown is left out, and comes back. */
import type { StoredCertificate, StoredClient } from "../state.ts";
import type { Fields } from "./fields.ts";

/** Without its client id, which the line begins with. */
export function clientFields(client: StoredClient): Readonly<Record<string, unknown>> {
  const { certificate } = client;
  return {
    username: client.username,
    protocolLevel: client.protocolLevel,
    isBridge: client.isBridge || undefined,
    cleanSession: client.cleanSession || undefined,
    superuser: client.superuser || undefined,
    isProven: client.isProven || undefined,
    isNamedByCertificate: client.isNamedByCertificate || undefined,
    address: client.address,
    port: client.port,
    listener: client.listener,
    transport: client.transport,
    certificate: certificate &&
      { subject: certificate.subject, commonName: certificate.commonName },
  };
}

/** @throws UserError */
export function readClient(clientId: string, line: Fields): StoredClient {
  const fields = line.fields("client");
  const client = {
    clientId,
    username: fields.optionalText("username"),
    protocolLevel: fields.oneOf("protocolLevel", [3, 4, 5]),
    isBridge: fields.flag("isBridge"),
    cleanSession: fields.flag("cleanSession"),
    superuser: fields.flag("superuser"),
    isProven: fields.flag("isProven"),
    isNamedByCertificate: fields.flag("isNamedByCertificate"),
    address: fields.text("address"),
    port: fields.whole("port", 0, 65_535),
    listener: fields.text("listener"),
    transport: fields.text("transport"),
    certificate: fields.has("certificate") ? readCertificate(fields) : undefined,
  };
  fields.end();
  return client;
}

function readCertificate(client: Fields): StoredCertificate {
  const fields = client.fields("certificate");
  const subject = fields.text("subject");
  const commonName = fields.text("commonName");
  fields.end();
  return { commonName, subject };
}
