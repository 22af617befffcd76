// @ts-check
/**
 * The views: their names in the address, what people call them, their keys, where their modules are. Invariant: a
 * module is loaded when its view is opened first, and its export `default` is a component.
 */

/**
 * @typedef {object} ViewEntry
 * @property {string} name in the address: `#/clients`
 * @property {string} title
 * @property {string} key `g` and then this letter goes there
 * @property {() => Promise<{ default: (props: any) => any }>} load
 */

/** In the order of the menu. @type {readonly ViewEntry[]} */
export const VIEWS = [
  { name: "overview", title: "Overview", key: "o", load: () => import("./views/overview.js") },
  { name: "clients", title: "Clients", key: "c", load: () => import("./views/clients.js") },
  { name: "topics", title: "Topics", key: "t", load: () => import("./views/topics.js") },
  { name: "why", title: "Why", key: "w", load: () => import("./views/why.js") },
  { name: "access", title: "Access", key: "a", load: () => import("./views/access.js") },
  { name: "rules", title: "Rules", key: "r", load: () => import("./views/rules.js") },
  { name: "users", title: "Users", key: "u", load: () => import("./views/users.js") },
  { name: "bans", title: "Bans", key: "b", load: () => import("./views/bans.js") },
  { name: "listeners", title: "Listeners", key: "i", load: () => import("./views/listeners.js") },
  { name: "plugins", title: "Plugins", key: "p", load: () => import("./views/plugins.js") },
  { name: "storage", title: "Storage", key: "s", load: () => import("./views/storage.js") },
  { name: "config", title: "Configuration", key: "f", load: () => import("./views/config.js") },
  { name: "log", title: "Log", key: "l", load: () => import("./views/log.js") },
  { name: "tokens", title: "Tokens", key: "k", load: () => import("./views/tokens.js") },
];

/** The view of an address; the first one where there is none. @param {string | undefined} name */
export function viewOf(name) {
  return VIEWS.find((view) => view.name === name) ?? /** @type {ViewEntry} */ (VIEWS[0]);
}
