/** The enhanced authentication that a configuration asks for. Invariant: data that is configured is sent as it is. */
import { type Authentication, staticAuthentication } from "./authentication.ts";
import type { ClientConfig } from "./config_types.ts";
import { isScram, scram } from "./scram.ts";

/** Undefined where no method is configured. */
export function configuredAuthentication(config: ClientConfig): Authentication | undefined {
  const { authenticationMethod: method, authenticationData: data } = config.connectProperties;
  if (method === undefined) return undefined;
  const { username, password } = config;
  const isComplete = data === undefined && username !== undefined && password !== undefined;
  if (isComplete && isScram(method)) return scram(method, username, password);
  return staticAuthentication(method, data);
}
