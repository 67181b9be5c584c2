// Owns: what the server does now: figures, plots of the last minutes, teams' shares, models.

import { element, lines, shares, short, showTable, table } from "./charts.js";

const $ = (id) => document.getElementById(id);
const KEPT = 300;
/** How many seconds a row of the table of the last minutes sums up. */
const ROW = 30;
const percent = (value) => `${Math.round(100 * value)} %`;
const seconds = (value) => value === null ? "\u2013" : value < 1 ? `${Math.round(1000 * value)} ms` : `${value.toPrecision(3)} s`;

function duration(value) {
  const minutes = Math.floor(value / 60);
  if (minutes === 0) return `${Math.round(value)} s`;
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 600) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 1440)} days`;
}

/** The name of a team as people read it. */
export function teamName(name) {
  return name === "" || name === "(none)" ? "(no key)" : name;
}

export class Live {
  #ask;
  #samples = [];
  #last = 0;
  #loading = null;

  constructor(ask) {
    this.#ask = ask;
    $("minutes").addEventListener("toggle", () => { if ($("minutes").open) this.#minutes(); });
  }

  forget() {
    this.#loading = null;
    this.#samples = [];
    this.#last = 0;
  }

  /** Asks what is new and shows it; who asks meanwhile waits for the same answer. */
  load() {
    return this.#loading ??= this.#load().finally(() => { this.#loading = null; });
  }

  async #load() {
    const samples = this.#samples;
    const status = await this.#ask("GET", `status?after=${this.#last}`);
    // What was asked before everything was forgotten is of no use.
    if (samples !== this.#samples) return;
    const first = status.samples[0]?.number ?? 0;
    // Numbers that begin anew are those of a server that did.
    if (this.#last && first && first !== this.#last + 1) this.#samples = [];
    this.#samples.push(...status.samples);
    this.#samples.splice(0, this.#samples.length - KEPT);
    this.#last = this.#samples.length ? this.#samples[this.#samples.length - 1].number : 0;
    this.#show(status);
  }

  #show(status) {
    const sum = (name) => status.models.reduce((total, model) => total + (model[name] ?? 0), 0);
    const now = status.recent;
    const pages = sum("pages");
    this.#tiles([
      ["Utilisation", percent(now.utilisation), `of the last ${Math.round(now.seconds)} s`],
      ["Running", short(sum("running")), "requests"],
      ["Waiting", short(sum("waiting")), "requests"],
      ["Answers", short(now.generated_tokens_per_second), "tokens a second"],
      ["Prompts", short(now.prompt_tokens_per_second), "tokens a second"],
      ["Answers a step", now.batch_rows === null ? "\u2013" : short(now.batch_rows), "on average"],
      ["First token", seconds(now.first_token_seconds_p50), `95 of 100 within ${seconds(now.first_token_seconds_p95)}`],
      ["Cache", pages ? percent(sum("pages_used") / pages) : "\u2013", `of ${short(pages)} pages`],
      ["Computed twice", short(sum("wasted_tokens")), `of ${short(sum("prompt_tokens") + sum("generated_tokens"))} tokens`],
      ["Up", duration(status.uptime_seconds), `${status.phase}, version ${status.version}`],
    ]);
    this.#plots();
    this.#shares(status.teams);
    this.#models(status.models);
  }

  #tiles(rows) {
    const list = $("tiles");
    if (list.children.length !== rows.length) {
      list.replaceChildren(...rows.map(([name]) =>
        element("div", {}, element("dt", {}, name), element("dd", {}), element("dd", { class: "note" }))));
    }
    rows.forEach(([, value, note], index) => {
      const [, first, second] = list.children[index].children;
      if (first.textContent !== value) first.textContent = value;
      if (second.textContent !== note) second.textContent = note;
    });
  }

  #plots() {
    const value = (name) => (sample) => sample[name];
    lines($("utilisation-plot"), "Utilisation", this.#samples,
      [{ name: "computing", value: value("utilisation") }], { format: percent, limit: 1 });
    lines($("token-plot"), "Tokens a second", this.#samples, [
      { name: "answers", value: value("generated_tokens_per_second") },
      { name: "prompts", value: value("prompt_tokens_per_second") },
    ]);
    lines($("request-plot"), "Requests", this.#samples, [
      { name: "running", value: value("running") },
      { name: "waiting", value: value("waiting") },
    ]);
    lines($("first-plot"), "Time to first token", this.#samples,
      [{ name: "median", value: value("first_token_seconds") }], { format: (found) => found ? seconds(found) : "0" });
    if ($("minutes").open) this.#minutes();
  }

  #minutes() {
    const end = this.#samples[this.#samples.length - 1]?.time ?? 0;
    const rows = [];
    for (let from = 0; from < KEPT; from += ROW) {
      const part = this.#samples.filter((sample) => sample.time <= end - from && sample.time > end - from - ROW);
      if (part.length === 0) break;
      const mean = (name) => {
        const found = part.map((sample) => sample[name]).filter((value) => value !== null);
        return found.length ? found.reduce((sum, value) => sum + value, 0) / found.length : null;
      };
      rows.push([`${from} to ${from + ROW} s ago`, percent(mean("utilisation")), short(mean("generated_tokens_per_second")),
        short(mean("prompt_tokens_per_second")), short(mean("running")), short(mean("waiting")), seconds(mean("first_token_seconds"))]);
    }
    showTable($("minute-table"), table("The last five minutes",
      ["When", "Utilisation", "Answers, tokens / s", "Prompts, tokens / s", "Running", "Waiting", "First token"], rows, 1));
  }

  #shares(teams) {
    const active = teams.filter((team) => team.recent_tokens || team.running || team.waiting);
    const weight = active.reduce((sum, team) => sum + team.weight, 0);
    active.sort((a, b) => b.recent_tokens - a.recent_tokens);
    if (active.length === 0) {
      $("shares").replaceChildren(element("p", { class: "note" }, "Nobody asked for anything."));
      return;
    }
    shares($("shares"), active.slice(0, 50).map((team) => ({
      name: teamName(team.team),
      value: team.share,
      mark: team.weight / weight,
      note: `weight ${short(team.weight)}, ${short(team.recent_tokens)} tokens, ${team.running} running, ${team.waiting} waiting`,
    })));
  }

  #models(models) {
    const rows = models.map((model) => [
      model.id, `${short(model.parameter_count)} ${model.quantization}`, short(model.context_length),
      short(model.running ?? 0), short(model.waiting ?? 0), short(model.generated_tokens ?? 0),
      short(model.prompt_tokens ?? 0), short(model.cached_tokens ?? 0), short(model.preemptions ?? 0),
      `${short(model.pages_used ?? 0)} / ${short(model.pages ?? 0)}`,
    ]);
    showTable($("models"), table("Models",
      ["Model", "Weights", "Context", "Running", "Waiting", "Generated", "Read", "From cache", "Set aside", "Pages"], rows, 2));
  }
}
