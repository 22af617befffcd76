// @ts-check
/** Publishing in place. Invariant: what the broker said to the message is told; a bad name is refused before it is sent. */
import { Field } from "../../components/parts.js";
import { attempt } from "../../components/toast.js";
import { problemOfName } from "../../mqtt/names.js";
import { html, useState } from "../../vendor.js";
import { bytesOf } from "./message.js";

/** @param {string} text lines of `name=value` @returns {[string, string][]} */
export function userPropertiesOf(text) {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) => {
    const at = line.indexOf("=");
    if (at < 1) throw new Error(`A user property is a line name=value, not ${line}.`);
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
}

/** @param {string} text @param {string} encoding */
function payloadOf(text, encoding) {
  if (encoding === "text") return new TextEncoder().encode(text);
  try {
    return bytesOf(text.replace(/\s/g, ""));
  } catch {
    throw new Error("The payload is no base64.");
  }
}

/**
 * The message that a form says.
 * @param {Record<string, string>} fields
 * @returns {import("../../mqtt/encode.js").Publish}
 * @throws {Error} for people
 */
export function messageOf(fields) {
  const topicName = fields.topicName ?? "";
  const problem = problemOfName(topicName);
  if (problem !== undefined) throw new Error(`${problem}.`);
  const { contentType, responseTopic, expiry } = fields;
  const userProperties = userPropertiesOf(fields.userProperties ?? "");
  return {
    topicName,
    payload: payloadOf(fields.payload ?? "", fields.encoding ?? "text"),
    qos: fields.qos === "2" ? 2 : fields.qos === "1" ? 1 : 0,
    retain: fields.retain === "on",
    properties: {
      ...(contentType ? { contentType } : {}),
      ...(responseTopic ? { responseTopic } : {}),
      ...(expiry ? { messageExpiryInterval: Number(expiry) } : {}),
      ...(userProperties.length > 0 ? { userProperties } : {}),
    },
  };
}

/** @param {{ browser: import("./browser.js").TopicBrowser, topicName: string }} props */
export function PublishView({ browser, topicName }) {
  const [isSending, setIsSending] = useState(false);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const fields = Object.fromEntries([...form].map(([name, value]) => [name, String(value)]));
    setIsSending(true);
    await attempt(async () => {
      const message = messageOf(fields);
      const text = await browser.publish(message);
      return message.qos === 0 ? "Sent. QoS 0 has no answer." : `Published: ${text}.`;
    }, (text) => text);
    setIsSending(false);
  };
  return html`
    <form class="form" onSubmit=${submit} aria-label="Publish">
      <${Field} label="Topic">
        <input name="topicName" required autocomplete="off" spellcheck=${false}
          key=${topicName} defaultValue=${topicName} /><//>
      <${Field} label="Payload"><textarea name="payload" rows="4" spellcheck=${false}></textarea><//>
      <div class="fields">
        <${Field} label="Payload is"><select name="encoding">
          <option value="text">text</option><option value="base64">base64</option></select><//>
        <${Field} label="QoS"><select name="qos">
          <option>0</option><option>1</option><option>2</option></select><//>
        <label class="check"><input type="checkbox" name="retain" /> Retain</label>
      </div>
      <${PropertyFields} />
      <div><button class="primary" disabled=${isSending}>Publish</button></div>
    </form>
  `;
}

function PropertyFields() {
  return html`
    <details>
      <summary>Properties</summary>
      <div class="fields">
        <${Field} label="Content type"><input name="contentType" autocomplete="off" /><//>
        <${Field} label="Response topic"><input name="responseTopic" autocomplete="off" /><//>
        <${Field} label="Expires in, seconds">
          <input name="expiry" type="number" min="1" max="4294967295" /><//>
      </div>
      <${Field} label="User properties" hint="A line each: name=value">
        <textarea name="userProperties" rows="2" spellcheck=${false}></textarea><//>
    </details>
  `;
}
