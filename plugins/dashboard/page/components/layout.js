// @ts-check
/**
 * What is around a view: menu, name, theme, whether the broker answers. Invariant: a change of view puts the focus on
 * its heading and says its name.
 */
import { request } from "../api.js";
import { hashOf, usePlace } from "../router.js";
import { connection, session } from "../session.js";
import { isHelpOpen, listenForShortcuts } from "../shortcuts.js";
import { useStore } from "../store.js";
import { nextTheme, theme } from "../theme.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor.js";
import { viewOf, VIEWS } from "../views.js";
import { Questions } from "./dialog.js";
import { Help } from "./help.js";
import { attempt } from "./toast.js";

/** The page of who is logged in. */
export function Layout() {
  const { parts } = usePlace();
  const view = viewOf(parts[0]);
  useLayoutEffect(listenForShortcuts, []); // as soon as there is something to see
  return html`
    <div class="layout">
      <a class="skip" href="#main" onClick=${skip}>Skip to the view</a>
      <${Header} current=${view} />
      <${Menu} current=${view} />
      <main id="main" tabindex="-1">
        <${Lost} />
        <${ViewPlace} key=${view.name} view=${view} />
      </main>
      <${Questions} />
      <${Help} />
    </div>
  `;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Header() {
  const who = useStore(session);
  const chosen = useStore(theme);
  const logout = async () => {
    await attempt(() => request("POST", "logout"));
    session.value = null;
  };
  const role = who?.role === "viewer" ? " (read only)" : "";
  return html`
    <header>
      <span class="brand">Midge</span>
      <span class="who">${who?.name}${role}</span>
      <button type="button" class="quiet" onClick=${nextTheme}>Theme: ${chosen}</button>
      <button type="button" class="quiet keys-button" aria-label="Keys"
        onClick=${() => isHelpOpen.value = true}>?</button>
      <button type="button" onClick=${logout}>Log out</button>
    </header>
  `;
}

/** @param {{ current: import("../views.js").ViewEntry }} props */
function Menu({ current }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    place.current?.querySelector("[aria-current]")?.scrollIntoView({
      block: "nearest",
      inline: "center",
    });
  }, [current]);
  return html`
    <nav aria-label="Views" ref=${place}>
      <ul>
        ${VIEWS.map((view) =>
          html`<li key=${view.name}><a href=${hashOf(view.name)}
        aria-current=${view === current ? "page" : undefined}>${view.title}</a></li>`
        )}
      </ul>
    </nav>
  `;
}

/** Says that the broker does not answer. The views ask again by themselves. */
function Lost() {
  const { isLost } = useStore(connection);
  return html`<div role="status" aria-live="polite">
    ${
    isLost &&
    html`<p class="lost">The broker does not answer. What is shown is old. Trying again…</p>`
  }
  </div>`;
}

/** @param {{ view: import("../views.js").ViewEntry }} props */
function ViewPlace({ view }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  const [loaded, setLoaded] = useState(/** @type {{ View?: any, problem?: string }} */ ({}));
  useLayoutEffect(() => {
    document.title = `${view.title} – Midge`;
    if (document.activeElement !== document.body) heading.current?.focus();
    view.load().then(
      (module) => setLoaded({ View: module.default }),
      () => setLoaded({ problem: "This view could not be loaded. Reload the page." }),
    );
  }, []);
  const { View, problem } = loaded;
  return html`<h1 ref=${heading} tabindex="-1">${view.title}</h1>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${View && html`<${View} />`}`;
}
