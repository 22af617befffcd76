/** A method of enhanced authentication for tests, and the bytes of its client. */
import type { AuthenticateStepRequest, Hooks, StepVerdict } from "../../../mod.ts";
import { latin1 } from "../../support/raw_packets.ts";
import { auth5, connect5, type RawConnect5 } from "../../support/raw_packets5.ts";
import type { ReadProperties } from "../../support/raw_properties5.ts";

/** The method of {@link counting}. */
export const METHOD = "COUNT";

const encoder = new TextEncoder();

/** Bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** What an AUTH or a CONNACK says of the exchange. */
export function said({ properties }: { properties: ReadProperties }): string {
  const { authenticationMethod, authenticationData } = properties;
  return `${authenticationMethod} ${authenticationData && latin1(authenticationData)}`;
}

/** CONNECT with a method, and data where it has some. */
export function begin(data?: string, options: RawConnect5 = {}): Uint8Array {
  return connect5({ clientId: "c", ...options, properties: propertiesOf(data, METHOD) });
}

/** AUTH that goes on, 0x18; 0x19 begins anew. */
export function goOn(data?: string, reasonCode = 0x18, method: string | null = METHOD): Uint8Array {
  return auth5(reasonCode, propertiesOf(data, method));
}

function propertiesOf(data: string | undefined, method: string | null) {
  return {
    ...(method === null ? {} : { authenticationMethod: method }),
    ...(data === undefined ? {} : { authenticationData: data }),
  };
}

/** What a step was asked. */
export type Asked = Omit<AuthenticateStepRequest, "client" | "signal" | "data"> & { data: string };

/**
 * Hooks that go by the words the client sends: `again` goes on, `user NAME` lets in, `root` as a superuser; and what
 * they were asked.
 */
export function counting(asked: Asked[] = []): Hooks {
  return {
    authenticationMethods: () => [METHOD],
    authenticateStep({ method, data, step, exchange, isReauthentication }): StepVerdict {
      if (method !== METHOD) return undefined;
      const word = data === undefined ? "" : latin1(data);
      asked.push({ method, data: word, step, exchange, isReauthentication });
      if (word === "again") return { result: "continue", data: bytesOf(`step ${step + 1}`) };
      const [verb, username] = word.split(" ");
      if (verb === "user" && username !== undefined) {
        return { result: "allow", username, data: bytesOf("welcome") };
      }
      if (verb === "root" && username !== undefined) {
        return { result: "allow", username, superuser: true };
      }
      if (verb === "throw") throw new Error("broken");
      if (verb === "late") return undefined;
      return { result: "deny", because: "wrong word", data: bytesOf("no") };
    },
  };
}
