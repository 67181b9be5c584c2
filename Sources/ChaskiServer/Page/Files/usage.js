// Owns: what was used: a plot by day, a table of sums, the CSV file.

import { bars, element, short, table } from "./charts.js";
import { teamName } from "./live.js";

const $ = (id) => document.getElementById(id);
const SHOWN = 6;

function day(distance) {
  return new Date(Date.now() - distance * 86_400_000).toISOString().slice(0, 10);
}

const measures = {
  tokens: (row) => row.prompt_tokens + row.generated_tokens,
  compute_seconds: (row) => row.compute_seconds,
  requests: (row) => row.requests,
};

export class Usage {
  #ask;
  #tell;
  #question = 0;
  #redraw = () => {};

  constructor(ask, tell) {
    this.#ask = ask;
    this.#tell = tell;
    $("usage-form").addEventListener("change", () => this.load());
    $("usage-form").addEventListener("submit", (event) => event.preventDefault());
    addEventListener("resize", () => this.#redraw());
    $("download").addEventListener("click", () => this.#download());
  }

  get #form() {
    const fields = $("usage-form").elements;
    return { days: Number(fields.days.value), by: fields.by.value, measure: fields.measure.value };
  }

  async load() {
    const { days, by, measure } = this.#form;
    const question = ++this.#question;
    try {
      const since = day(days - 1);
      const [daily, sums] = await Promise.all([
        this.#ask("GET", `usage?by=day,${by}&since=${since}`),
        this.#ask("GET", `usage?by=${by}&since=${since}`),
      ]);
      // What was chosen meanwhile is what counts.
      if (question !== this.#question) return;
      this.#redraw = () => this.#plot(daily.rows, days, by, measure);
      this.#redraw();
      this.#table(sums.rows, by);
    } catch (error) {
      $("usage-plot").hidden = true;
      $("usage-table").replaceChildren(element("p", { class: "note" }, error.message));
    }
  }

  #plot(rows, days, by, measure) {
    const value = measures[measure];
    const totals = new Map();
    for (const row of rows) totals.set(row[by], (totals.get(row[by]) ?? 0) + value(row));
    const order = [...totals].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    const shown = new Map(order.slice(0, SHOWN).map((name) => [name, this.#name(name, by)]));
    const columns = Array.from({ length: days }, (_, index) => ({ label: day(days - 1 - index), values: new Map() }));
    const places = new Map(columns.map((column) => [column.label, column]));
    for (const row of rows) {
      const column = places.get(row.day);
      const name = shown.get(row[by]) ?? "others";
      column?.values.set(name, (column.values.get(name) ?? 0) + value(row));
    }
    const names = [...shown.values(), ...(order.length > SHOWN ? ["others"] : [])];
    const words = $("usage-form").elements.measure.selectedOptions[0].textContent;
    bars($("usage-plot"), `${words[0].toUpperCase()}${words.slice(1)} a day, by ${by}`, columns, names);
  }

  #name(name, by) {
    return by === "key" ? (name === "(none)" ? "(no key)" : `key ${name}`) : by === "team" ? teamName(name) : name;
  }

  #table(rows, by) {
    const time = (found) => found ? `${short(found.p50)} / ${short(found.p95)}` : "\u2013";
    $("usage-table").replaceChildren(rows.length === 0
      ? element("p", { class: "note" }, "No requests in these days.")
      : table("Usage", [by[0].toUpperCase() + by.slice(1), "Requests", "Unfinished", "Prompt tokens", "Cached", "Answer tokens",
        "Computed twice", "Compute s", "First token s (p50 / p95)", "Total s (p50 / p95)"],
      rows.map((row) => [
        this.#name(row[by], by), short(row.requests), short(row.requests - row.finished), short(row.prompt_tokens),
        short(row.cached_tokens), short(row.generated_tokens), short(row.wasted_tokens), short(row.compute_seconds),
        time(row.first_token_seconds), time(row.total_seconds),
      ]), 1));
  }

  async #download() {
    const { days, by } = this.#form;
    try {
      const text = await this.#ask("GET", `usage?by=day,${by}&since=${day(days - 1)}&format=csv`);
      const anchor = element("a", { download: "chaski-usage.csv" });
      anchor.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
      anchor.click();
      setTimeout(() => URL.revokeObjectURL(anchor.href), 1000);
    } catch (error) {
      this.#tell(error);
    }
  }
}
