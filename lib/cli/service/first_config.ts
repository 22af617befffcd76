/**
 * The configuration of a new service: passwords, and a first user. Invariant: no one comes in without a password, for
 * the broker listens on the network.
 */
import { dirname } from "../../config/paths.ts";
import { madeUpPassword } from "../init/made_up.ts";
import { simplePlan } from "../init/plan.ts";
import type { Machine } from "./machine.ts";
import type { ServicePlan } from "./plan.ts";

const FIRST_USER = "admin";

/** Writes it. @returns what to know: the files, and the password, which is nowhere else */
export async function makeConfig(plan: ServicePlan, machine: Machine): Promise<string[]> {
  const { carryOut } = await import("../init/carry_out.ts");
  const password = madeUpPassword();
  const { files } = await carryOut({
    ...simplePlan(machine.at(dirname(plan.config))),
    user: { name: FIRST_USER, password: new TextEncoder().encode(password) },
    dataDir: plan.dataDir,
    managementPath: machine.os === "linux" ? `/run/${plan.name}/midge.sock` : undefined,
    hasToken: false,
  });
  return [
    ...files.map((file) => `wrote ${file}`),
    `password of ${FIRST_USER}, shown this once: ${password}`,
    `another user: sudo midge passwd ${dirname(plan.config)}/passwords NAME`,
  ];
}
