/** `midge service install` on macOS and Windows. */
import { dirname } from "../../config/paths.ts";
import { UserError } from "../../user_error.ts";
import { printText } from "../terminal.ts";
import { makeConfig } from "./first_config.ts";
import { jobCommands, jobFile, jobText } from "./launchd.ts";
import type { Machine } from "./machine.ts";
import type { ServiceGiven } from "./options.ts";
import { planOf, type ServicePlan } from "./plan.ts";
import { printReport, type Report } from "./report.ts";
import { TASK_NOTES, taskCommands } from "./windows.ts";

/** Writes launchd's job, or says how a task of Windows is made. */
export async function installElsewhere(given: ServiceGiven, machine: Machine): Promise<number> {
  if (machine.os === "darwin") {
    const plan = await planOf(given, machine);
    if (given.has("print")) printText(jobText(plan).trimEnd());
    else printReport(await installJob(plan, machine));
    return 0;
  }
  if (machine.os !== "windows") {
    throw new UserError(
      `there is no service for ${machine.os}; start it with the system's own means`,
    );
  }
  const { executable = "C:\\Program Files\\midge\\midge.exe" } = machine;
  const config = given.last("config") ?? "C:\\ProgramData\\midge\\config.yaml";
  const commands = taskCommands({ name: given.last("name"), executable, config });
  printReport({ notes: TASK_NOTES, commands });
  return 0;
}

async function installJob(plan: ServicePlan, machine: Machine): Promise<Report> {
  const { executable } = machine;
  if (executable === undefined) {
    throw new UserError(
      "this is deno run, and a service needs the executable: deno task compile, then sudo dist/midge service install",
    );
  }
  const notes: string[] = [];
  if (executable !== plan.executable) {
    machine.write(plan.executable, Deno.readFileSync(executable), 0o755);
    notes.push(`copied ${executable} to ${plan.executable}`);
  }
  machine.makeFolder(dirname(plan.config), 0o750);
  if (plan.isNew) notes.push(...await makeConfig(plan, machine));
  machine.write(jobFile(plan.name), jobText(plan), 0o644);
  notes.push(`wrote ${machine.at(jobFile(plan.name))}`, "next, as root:");
  return { notes, commands: jobCommands(plan) };
}
