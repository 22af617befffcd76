/** What is said when a configuration has been written: its files, its secrets, and what comes next. Pure. */
import { isLoopback, readBind } from "../../config/bind.ts";
import { join } from "../../config/paths.ts";
import { AUTHORITY, CONFIG, PASSWORDS } from "./files.ts";
import type { InitPlan, InitResult, TlsPlan } from "./plan.ts";
import { shellWord } from "../shell_word.ts";

/** Does an address reach this machine alone? */
function isLocal(bind: string): boolean {
  const address = readBind(bind);
  return typeof address !== "string" && isLoopback(address.hostname);
}

/** The lines, in order. `madeUp`: the password, if it was; `command`: what is typed here for `midge`. */
export function reportLines(
  plan: InitPlan,
  { files, token }: InitResult,
  madeUp: string | undefined,
  command: string,
): string[] {
  const { user } = plan;
  const midge = shellCommand(command);
  const config = join(plan.folder, CONFIG);
  const lines = files.map((file) => `wrote ${file}`);
  if (user !== undefined && madeUp !== undefined) {
    lines.push("", `password of ${user.name}, shown this once: ${madeUp}`);
  }
  if (token !== undefined) lines.push(`token for the page, shown this once: ${token}`);
  const next = [
    `${midge} start -c ${shellWord(config)}`,
    ...clientLines(plan, madeUp, midge),
    ...(user === undefined
      ? []
      : [`${midge} passwd ${shellWord(join(plan.folder, PASSWORDS))} NAME     (another user)`]),
    "http://127.0.0.1:18083/     (the page)",
  ];
  if (plan.tls !== undefined) lines.push(deviceLine(plan.folder, plan.tls));
  lines.push("", "next:", ...next.map((line) => `  ${line}`), ...warnings(plan));
  return lines;
}

/** How a first client comes in, on this machine. */
function clientLines(
  { folder, plain, tls, user }: InitPlan,
  madeUp: string | undefined,
  midge: string,
): string[] {
  const login = user === undefined
    ? ""
    : ` -u ${shellWord(user.name)} -P ${madeUp === undefined ? "PASSWORD" : shellWord(madeUp)}`;
  const lines: string[] = [];
  if (plain !== undefined) lines.push(`${midge} sub${portOf(plain)}${login} -v -t '#'`);
  if (tls !== undefined) {
    const url = `mqtts://localhost${urlPort(tls.bind)}`;
    lines.push(
      `${midge} sub -L ${url} --cafile ${shellWord(join(folder, AUTHORITY))}${login} -v -t '#'`,
    );
  }
  return lines;
}

/** Where others find it, and what they need. */
function deviceLine(folder: string, { bind, names }: TlsPlan): string {
  const urls = names.filter((name) => name !== "localhost").map((name) =>
    `mqtts://${name}${urlPort(bind)}`
  );
  const where = urls.length === 0 ? "" : `clients on the network: ${urls.join(" or ")}; `;
  return `${where}they need the authority's certificate, ${join(folder, AUTHORITY)}`;
}

function portOf(bind: string): string {
  const address = readBind(bind);
  return typeof address === "string" || address.port === 1883 ? "" : ` -p ${address.port}`;
}

function urlPort(bind: string): string {
  const address = readBind(bind, 8883);
  return typeof address === "string" || address.port === 8883 ? "" : `:${address.port}`;
}

function warnings({ plain, tls, user }: InitPlan): string[] {
  if (plain === undefined || isLocal(plain)) return [];
  if (user === undefined) {
    return [
      "",
      `note: anyone who reaches ${plain} may connect; without --anonymous there are passwords`,
    ];
  }
  return tls === undefined
    ? ["", "note: passwords go over the network as they are; midge init --secure uses TLS"]
    : [];
}

/** A path to it may have spaces; `npx midge-broker` is two words. */
function shellCommand(command: string): string {
  return command.includes("/") ? shellWord(command) : command;
}
