// @ts-check
/** The page begins: asks who is logged in, and shows the login or the views. */
import { get } from "./api.js";
import { Layout } from "./components/layout.js";
import { Toasts } from "./components/toast.js";
import { session } from "./session.js";
import { useStore } from "./store.js";
import "./theme.js";
import { html, render, useEffect } from "./vendor.js";
import Login from "./views/login.js";

const AGAIN_MS = 3_000;

async function askWho() {
  while (session.value === undefined) {
    try {
      session.value = await get("me");
    } catch {
      if (session.value === null) return; // 401: no one is
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

function App() {
  const who = useStore(session);
  useEffect(() => {
    askWho();
  }, []);
  return html`
    ${who === null && html`<${Login} />`}
    ${who && html`<${Layout} />`}
    <${Toasts} />
  `;
}

const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren(); // what was shown while the page was loading
  render(html`<${App} />`, root);
}
