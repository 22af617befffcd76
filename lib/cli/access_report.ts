/** An explanation of an access decision in lines for people. Pure. */
import { questionText } from "../manage/cases/question.ts";
import type { AnswerKind } from "../access/chain/counters.ts";
import type { AccessReport } from "../manage/access_report.ts";

const ANSWERS: Readonly<Record<AnswerKind, string>> = {
  allow: "allow",
  deny: "deny",
  ignore: "no opinion",
  error: "failed",
};

/** The report, a line each. */
export function reportLines(report: AccessReport): string[] {
  return [
    row("client", clientText(report)),
    row("question", questionText(report)),
    ...report.sources.map(({ source, answer, because, microseconds }, index) => {
      const reason = because === undefined ? "" : `: ${because}`;
      return row(
        `source ${index + 1}`,
        `${source}: ${ANSWERS[answer]}${reason} (${micros(microseconds)})`,
      );
    }),
    ...(report.notAsked.length > 0 ? [row("not asked", report.notAsked.join(", "))] : []),
    row("verdict", verdictText(report)),
    row("settings", settingsText(report)),
    row("cache", cacheText(report)),
  ];
}

/** `alice publish a/b, qos 1`: a question in short. */
function row(name: string, text: string): string {
  return `${name.padEnd(11)}${text}`;
}

function clientText({ client }: AccessReport): string {
  const user = client.username === null ? "no username" : `user ${client.username}`;
  const parts = [
    `clientid ${client.clientId === "" ? "none" : client.clientId}`,
    user,
    `address ${client.address === "" ? "none" : client.address}`,
    client.superuser ? "a superuser" : "no superuser",
  ];
  return parts.join(", ");
}

function verdictText({ verdict, because, effect }: AccessReport): string {
  return `${verdict}, by ${because}${effect === "" ? "" : `; ${effect}`}`;
}

function settingsText({ settings }: AccessReport): string {
  const { combine, nomatch, denyAction, wildcards } = settings;
  return `acl_combine ${combine}, acl_nomatch ${nomatch}, acl_deny_action ${denyAction}, ` +
    `acl_wildcards ${wildcards}`;
}

function cacheText({ cache, client, action, verdict }: AccessReport): string {
  if (cache.maxSize === 0) return "off";
  if (action === "receive") return "not used for receive";
  const { remembered } = cache;
  if (remembered !== null) {
    const differs = remembered.verdict === verdict ? "" : ", which differs from the verdict now";
    return `${remembered.verdict} for ${remembered.seconds.toFixed(1)} s more${differs}: ` +
      remembered.because;
  }
  const time = cache.ttl === null ? "for ever" : `for ${cache.ttl} s`;
  return client.connected
    ? "nothing is remembered of this question"
    : `a verdict is remembered ${time}, ${cache.maxSize} a client`;
}

function micros(microseconds: number): string {
  return microseconds < 1000
    ? `${Math.round(microseconds)} us`
    : `${(microseconds / 1000).toFixed(1)} ms`;
}
