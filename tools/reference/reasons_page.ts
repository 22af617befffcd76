/**
 * docs/reference/REASONS.md: what to do about each reason that a client was refused, denied, or ended for. Invariant:
 * the page has every row of the tables that `midge why` takes its advice from.
 */
import { BY_CODE } from "../../lib/broker/incidents/advice_codes.ts";
import { COMING } from "../../lib/broker/incidents/advice_coming.ts";
import { DENIED, LOGIN_DENIED } from "../../lib/broker/incidents/advice_shared.ts";
import { STAYING } from "../../lib/broker/incidents/advice_staying.ts";
import { reasonName } from "../../lib/wire/codes.ts";

const INTRO = `# Reasons, and what to do

This page is written by \`deno task reference\` from the table that \`midge why\` takes its advice from.

\`midge why CLIENT\` says when a client was refused, denied or disconnected, why, and what to do; the
log has a line for each. Find the words of the reason below. How to look for what is wrong, step by
step: [TROUBLESHOOTING.md](../TROUBLESHOOTING.md).
`;

/** The whole page. */
export function reasonsPage(): string {
  const codes = [...BY_CODE].map(([code, advice]) =>
    [`0x${code.toString(16).padStart(2, "0")} ${reasonName(code)}`, advice] as const
  );
  const rights = Object.entries(DENIED).map(([action, advice]) =>
    [`not authorized, ${action}`, advice] as const
  );
  return [
    INTRO,
    "## Not let in\n",
    "The words are part of the reason, or of the rule that it names.\n",
    tableOf("words", [["not authorized, at a login", LOGIN_DENIED], ...Object.entries(COMING)]),
    "## Once let in\n",
    tableOf("words", [...rights, ...Object.entries(STAYING)]),
    "## By reason code\n",
    "Where the words say nothing more exact, the reason code of MQTT 5 counts.\n",
    tableOf("code", codes),
  ].join("\n");
}

function tableOf(what: string, rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([key, advice]) => `| ${cell(key)} | ${cell(advice)} |`);
  return [`| ${what} | what to do |`, "| --- | --- |", ...lines, ""].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
