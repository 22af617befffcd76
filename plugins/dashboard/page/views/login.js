// @ts-check
/** Who is it: a name with a password, or a token. Invariant: neither is kept anywhere. */
import { get, request } from "../api.js";
import { Field } from "../components/parts.js";
import { session } from "../session.js";
import { html, useEffect, useState } from "../vendor.js";

/** The view of who is not logged in. */
export default function Login() {
  const [isToken, setIsToken] = useState(false);
  const [problem, setProblem] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => {
    document.title = "Log in – Midge";
  }, []);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    setIsBusy(true);
    setProblem("");
    try {
      await logIn(Object.fromEntries(form));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setIsBusy(false);
    }
  };
  return html`
    <main class="login">
      <form class="card" onSubmit=${submit} key=${isToken}>
        <h1>Midge</h1>
        ${isToken ? html`<${TokenField} />` : html`<${PasswordFields} />`}
        <div role="alert">${problem && html`<p class="problem">${problem}</p>`}</div>
        <button class="primary" disabled=${isBusy}>${isBusy ? "Logging in…" : "Log in"}</button>
        <button type="button" class="quiet" onClick=${() => setIsToken(!isToken)}>
          ${isToken ? "Log in with a password" : "Log in with a token"}
        </button>
      </form>
    </main>
  `;
}

/** @param {Record<string, FormDataEntryValue>} login */
async function logIn(login) {
  const response = await request("POST", "login", { body: login });
  session.value = await response.json();
  session.value = await get("me");
}

function PasswordFields() {
  return html`
    <${Field} label="Username">
      <input name="username" required autofocus autocomplete="username" autocapitalize="none"
        spellcheck=${false} />
      <//>
      <${Field} label="Password">
        <input name="password" type="password" required autocomplete="current-password" />
        <//>
  `;
}

function TokenField() {
  return html`
    <${Field} label="Token" hint="From midge ctl token new">
      <input name="token" type="password" required autofocus autocomplete="off"
        spellcheck=${false} />
      <//>
  `;
}
