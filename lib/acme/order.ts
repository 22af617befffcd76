/**
 * From names to a certificate: an order, a proof for each name, the chain (RFC 8555 section 7.4). Invariant: each name is
 * proven by http-01, and the proof stays until the authority has judged it.
 */
import type { Account } from "./account.ts";
import type { Answer } from "./http.ts";
import { AcmeProblem, problemFrom } from "./problem.ts";

type Json = Answer["json"];

/** What is asked for. */
export interface OrderRequest {
  readonly domains: readonly string[];
  /** PKCS #10, DER in base64url. */
  readonly csr: string;
  /** Answers the authority's question for this token from now on. */
  prove(token: string, proof: string): void;
}

/** Orders a certificate; rejects with an AcmeProblem. @returns the chain, PEM, the certificate first */
export async function orderCertificate(account: Account, request: OrderRequest): Promise<string> {
  const identifiers = request.domains.map((value) => ({ type: "dns", value }));
  const { json, location } = await account.create("newOrder", { identifiers });
  if (location === undefined) throw new AcmeProblem("the authority gives the order no URL");
  const proofs = textsOf(json.authorizations);
  for (const url of proofs) await beginProof(account, url, request);
  for (const url of proofs) checkProof((await account.settled(url, ["pending"])).json);
  const ready = await account.settled(location, ["pending"]);
  if (ready.json.status === "ready") {
    await account.post(textOf(ready.json.finalize), { csr: request.csr });
  }
  const done = await account.settled(location, ["ready", "processing"]);
  if (done.json.status !== "valid") {
    throw problemFrom(done.json.error, `the order is ${done.json.status}`);
  }
  return (await account.post(textOf(done.json.certificate))).text;
}

/** Does what proves a name, unless it is proven from an earlier order. */
async function beginProof(account: Account, url: string, { prove }: OrderRequest): Promise<void> {
  const { json } = await account.post(url);
  if (json.status === "valid") return;
  const challenges = challengesOf(json);
  const challenge = challenges.find(({ type }) => type === "http-01");
  if (challenge === undefined) {
    const offered = challenges.map(({ type }) => type).join(", ");
    throw new AcmeProblem(`the authority offers no http-01 for ${nameOf(json)}, but ${offered}`);
  }
  const token = textOf(challenge.token);
  prove(token, `${token}.${await account.thumbprint()}`);
  await account.post(textOf(challenge.url), {});
}

function checkProof(json: Json): void {
  if (json.status === "valid") return;
  const error = challengesOf(json).find((one) => one.error !== undefined)?.error;
  const problem = problemFrom(error, `the authorization is ${json.status}`);
  throw new AcmeProblem(`${nameOf(json)} is not proven: ${problem.message}`);
}

function nameOf(json: Json): string {
  return String((Object(json.identifier) as Json).value);
}

function challengesOf(json: Json): Json[] {
  return Array.isArray(json.challenges) ? json.challenges.map((one): Json => Object(one)) : [];
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function textOf(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new AcmeProblem("the authority's answer lacks what RFC 8555 asks for");
}
