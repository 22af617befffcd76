// @ts-check
/** The numbers of a topic over time: the chosen fields of JSON, or the payload. Invariant: at most four lines at once. */
import { Chart } from "../../components/chart.js";
import { short, visible } from "../../text.js";
import { html, useMemo, useState } from "../../vendor.js";

const MAX_LINES = 4;
const NAME = 60;

/** @param {{ watch: import("./watch.js").Watch }} props */
export function PlotView({ watch: { numbers } }) {
  const [chosen, setChosen] = useState(/** @type {string[] | undefined} */ (undefined));
  const { fields } = numbers;
  const last = numbers.times.at(-1);
  const shown = (chosen ?? fields.slice(0, 1)).filter((field) => fields.includes(field));
  const times = useMemo(() => [...numbers.times], [last, numbers.times.length, numbers]);
  if (fields.length === 0) {
    return html`<p class="empty">No number was seen in the messages of this topic since it was chosen.</p>`;
  }
  const turn = (/** @type {string} */ field) =>
    setChosen(shown.includes(field) ? shown.filter((one) => one !== field) : [...shown, field]);
  const series = shown.map((field) => ({
    label: visible(field, NAME),
    values: [...numbers.values(field)],
  }));
  return html`
    <div class="choice" role="group" aria-label="Fields">
      ${fields.map((field) =>
        html`
          <button type="button" key=${field} aria-pressed=${shown.includes(field)
            ? "true"
            : "false"}
            disabled=${!shown.includes(field) && shown.length >= MAX_LINES}
            onClick=${() => turn(field)}>${visible(field, NAME)}</button>
        `
      )}
    </div>
    ${times.length === 1 &&
      html`<p class="empty">One value so far: a line begins with the second.</p>`}
    ${shown.length > 0 && times.length > 1 && html`
      <${Chart} key=${shown.join("\n")} label=${`${times.length} values`} times=${times}
        series=${series} show=${short} height=${220} />
    `}
  `;
}
