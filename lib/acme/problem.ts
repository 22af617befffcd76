/**
 * What an authority refuses, in its own words (RFC 7807, RFC 8555 section 6.7). Invariant: what it says is one short
 * line, whatever it has sent.
 */
import { shown } from "../shown.ts";

const PREFIX = "urn:ietf:params:acme:error:";
const LONGEST = 500;

/** A refusal. */
export class AcmeProblem extends Error {
  /** Such as `rateLimited`, or another URI; empty: unknown. */
  readonly kind: string;
  /** How long to wait at least before another attempt, milliseconds; undefined: the authority does not say. */
  readonly retryAfter: number | undefined;

  constructor(detail: string, kind = "", retryAfter?: number) {
    super(oneLine(kind === "" ? detail : `${detail} (${kind})`));
    this.name = "AcmeProblem";
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}

/** The problem in a JSON value, `fallback` where it has no words. */
export function problemFrom(value: unknown, fallback: string, retryAfter?: number): AcmeProblem {
  const { type, detail, subproblems } = Object(value) as Readonly<Record<string, unknown>>;
  const kind = typeof type === "string" && type !== "about:blank" ? type.replace(PREFIX, "") : "";
  const parts = [typeof detail === "string" && detail !== "" ? detail : fallback];
  for (const part of Array.isArray(subproblems) ? subproblems : []) {
    const { detail, identifier } = Object(part) as Readonly<Record<string, unknown>>;
    const { value } = Object(identifier) as Readonly<Record<string, unknown>>;
    if (typeof detail === "string") {
      parts.push(`${typeof value === "string" ? `${value}: ` : ""}${detail}`);
    }
  }
  return new AcmeProblem(parts.join("; "), kind, retryAfter);
}

function oneLine(text: string): string {
  return shown(text.replaceAll(/\s+/g, " ").trim(), LONGEST);
}
