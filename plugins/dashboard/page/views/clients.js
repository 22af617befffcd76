// @ts-check
/** Clients, sessions and subscriptions; one client behind `#/clients/ID`. */
import { Tabs } from "../components/tabs.js";
import { usePlace } from "../router.js";
import { html } from "../vendor.js";
import { Client } from "./client.js";
import { ClientList, SessionList, SubscriptionList } from "./client_lists.js";

/** The view. */
export default function Clients() {
  const { parts, query } = usePlace();
  if (parts.length > 1) {
    const id = parts.slice(1).join("/");
    return html`<${Client} key=${id} id=${id} />`;
  }
  const show = query.get("show") ?? "";
  return html`<${Tabs} label="What is listed" view="clients" current=${show} tabs=${[
    ["", "Clients"],
    ["sessions", "Sessions"],
    ["subscriptions", "Subscriptions"],
  ]} />
    ${show === "sessions" && html`<${SessionList} />`}
    ${show === "subscriptions" && html`<${SubscriptionList} />`}
    ${show === "" && html`<${ClientList} />`}`;
}
