// Owns: teams, keys and the audit log: tables, and the dialogs that change them.

import { element, short, table } from "./charts.js";
import { copyText } from "./copy.js";

const $ = (id) => document.getElementById(id);
const LIMITS = ["monthly_tokens", "monthly_compute_seconds", "requests_per_minute", "tokens_per_minute", "concurrent_requests"];
const NONE = "\u2013";
const moment = (text) => text ? text.slice(0, 16).replace("T", " ") : NONE;

function button(label, name, action) {
  const node = element("button", { type: "button", class: "small", "aria-label": name }, label);
  node.addEventListener("click", action);
  return node;
}

/** What is used of a limit, as text and as a bar. */
function budget(used, limit) {
  if (limit === null) return short(used);
  const words = `${short(used)} of ${short(limit)}`;
  return element("span", {}, words, element("meter", { min: 0, max: Math.max(limit, 1e-9), value: Math.min(used, limit), high: limit * 0.9, "aria-label": words }));
}

export class Tenants {
  #ask;
  #say;
  #tell;
  #teams = [];
  #edited = null;
  #before = null;

  constructor(ask, say, tell) {
    this.#ask = ask;
    this.#say = say;
    this.#tell = tell;
    $("add-team").addEventListener("click", () => this.#openTeam(null));
    $("add-key").addEventListener("click", () => this.#openKey());
    $("older").addEventListener("click", () => this.#audit(this.#before));
    $("copy-secret").addEventListener("click", () => this.#copySecret());
    this.#form("team-dialog", (form) => this.#saveTeam(form));
    this.#form("new-key-dialog", (form) => this.#saveKey(form));
    // What a closed dialog holds could be read by whoever sits down next.
    $("secret-dialog").addEventListener("close", () => { $("secret").textContent = ""; });
  }

  async load() {
    try {
      const month = `${new Date().toISOString().slice(0, 7)}-01`;
      const [teams, keys, usage] = await Promise.all([
        this.#ask("GET", "teams"), this.#ask("GET", "keys"), this.#ask("GET", `usage?by=team&since=${month}`)]);
      this.#teams = teams.teams;
      this.#showTeams(new Map(usage.rows.map((row) => [row.team, row])));
      this.#showKeys(keys.keys);
      await this.#audit(null);
      this.#allow(true);
    } catch (error) {
      for (const id of ["team-table", "key-table", "audit-table"]) {
        $(id).replaceChildren(element("p", { class: "note" }, error.message));
      }
      this.#allow(false);
    }
  }

  /** Loads anew, and gives the focus back to what now stands where it was. */
  async #reload() {
    const focused = document.activeElement;
    const name = focused?.getAttribute("aria-label");
    const section = focused?.closest("section");
    await this.load();
    if (document.activeElement !== document.body) return;
    const same = [...document.querySelectorAll("button")].find((node) => name && node.getAttribute("aria-label") === name);
    (same ?? section)?.focus({ preventScroll: true });
  }

  #allow(isAllowed) {
    $("add-team").disabled = !isAllowed;
    $("add-key").disabled = !isAllowed || this.#teams.length === 0;
  }

  // MARK: Tables

  #showTeams(usage) {
    const limit = (value) => value === null ? NONE : short(value);
    const rows = this.#teams.map((team) => {
      const used = usage.get(team.name);
      return [
        team.name, short(team.weight), String(team.priority),
        budget((used?.prompt_tokens ?? 0) + (used?.generated_tokens ?? 0), team.monthly_tokens),
        budget(used?.compute_seconds ?? 0, team.monthly_compute_seconds),
        limit(team.requests_per_minute), limit(team.tokens_per_minute), limit(team.concurrent_requests),
        team.cache_scope ?? NONE,
        element("span", { class: "actions" },
          button("Edit", `Edit team ${team.name}`, () => this.#openTeam(team)),
          button("Remove", `Remove team ${team.name}`, () => this.#removeTeam(team))),
      ];
    });
    $("team-table").replaceChildren(rows.length === 0 ? element("p", { class: "note" }, "No teams yet.")
      : table("Teams", ["Team", "Weight", "Priority", "Tokens / month", "Compute s / month", "Requests / min",
        "Tokens / min", "At once", "Cache scope", "Change"], rows, 1));
  }

  #showKeys(keys) {
    const state = (key) => {
      if (key.revoked) return `revoked ${moment(key.revoked)}`;
      if (!key.expires) return "works";
      return new Date(key.expires) <= new Date() ? `ended ${moment(key.expires)}` : `until ${moment(key.expires)}`;
    };
    const sorted = [...keys].sort((a, b) => (a.revoked ? 1 : 0) - (b.revoked ? 1 : 0) || a.id - b.id);
    const rows = sorted.map((key) => [
      String(key.id), `${key.prefix}\u2026`, key.team, key.label, key.scopes.join(", "), moment(key.last_used), state(key),
      key.revoked ? "" : button("Revoke", `Revoke key ${key.id}`, () => this.#revoke(key)),
    ]);
    $("key-table").replaceChildren(rows.length === 0 ? element("p", { class: "note" }, "No keys yet.")
      : table("Keys", ["Key", "Begins", "Team", "What for", "May", "Last used (UTC)", "State (UTC)", "Change"], rows));
  }

  async #audit(before) {
    const page = await this.#ask("GET", before ? `audit?before=${before}` : "audit");
    const rows = page.entries.map((entry) =>
      [moment(entry.time), entry.actor, entry.action, entry.target, entry.detail]);
    if (before) {
      const body = $("audit-table").querySelector("tbody");
      body?.append(...table("", [], rows).querySelectorAll("tbody tr"));
    } else {
      $("audit-table").replaceChildren(rows.length === 0 ? element("p", { class: "note" }, "Nothing yet.")
        : table("Audit log", ["Time (UTC)", "Who", "What", "To whom", "How it stands"], rows));
    }
    this.#before = page.before;
    $("older").hidden = page.before === null;
  }

  // MARK: Teams

  #openTeam(team) {
    this.#edited = team;
    const form = $("team-dialog").querySelector("form");
    form.reset();
    form.elements.name.value = team?.name ?? "";
    form.elements.name.disabled = team !== null;
    for (const name of ["weight", "priority", "cache_scope", ...LIMITS]) form.elements[name].value = team?.[name] ?? "";
    $("team-dialog-title").textContent = team ? `Edit team ${team.name}` : "Add a team";
    form.querySelector(".problem").textContent = "";
    $("team-dialog").showModal();
  }

  async #saveTeam(form) {
    const fields = form.elements;
    const body = { cache_scope: fields.cache_scope.value.trim() || null };
    for (const name of LIMITS) body[name] = fields[name].value === "" ? null : fields[name].valueAsNumber;
    for (const name of ["weight", "priority"]) if (fields[name].value !== "") body[name] = fields[name].valueAsNumber;
    if (this.#edited) {
      await this.#ask("PATCH", `teams/${encodeURIComponent(this.#edited.name)}`, body);
    } else {
      await this.#ask("POST", "teams", { name: fields.name.value.trim(), ...body });
    }
    this.#say("The team is saved.");
  }

  #removeTeam(team) {
    this.#confirm(`Remove team ${team.name} and revoke its keys? Its usage stays, and its name is not given again.`, "Remove", async () => {
      await this.#ask("DELETE", `teams/${encodeURIComponent(team.name)}`);
      this.#say(`Team ${team.name} is removed.`);
    });
  }

  // MARK: Keys

  #openKey() {
    const form = $("new-key-dialog").querySelector("form");
    form.reset();
    form.elements.team.replaceChildren(...this.#teams.map((team) => new Option(team.name, team.name)));
    form.querySelector(".problem").textContent = "";
    $("new-key-dialog").showModal();
  }

  async #saveKey(form) {
    const fields = form.elements;
    const scopes = [...form.querySelectorAll("input[name=scope]:checked")].map((box) => box.value);
    const key = await this.#ask("POST", "keys", {
      team: fields.team.value, label: fields.label.value, scopes, expires: fields.expires.value || null });
    this.#say(`Key ${key.id} is made.`);
    $("secret").textContent = key.secret;
    $("secret-dialog").showModal();
  }

  #revoke(key) {
    this.#confirm(`Revoke key ${key.id} (${key.prefix}\u2026) of team ${key.team}? Requests with it are refused from now on.`, "Revoke", async () => {
      await this.#ask("DELETE", `keys/${key.id}`);
      this.#say(`Key ${key.id} is revoked.`);
    });
  }

  async #copySecret() {
    if (await copyText($("secret").textContent)) {
      $("copy-secret").textContent = "Copied";
      setTimeout(() => { $("copy-secret").textContent = "Copy"; }, 1500);
    } else {
      // What cannot be copied is marked for copying by hand.
      getSelection().selectAllChildren($("secret"));
    }
  }

  // MARK: Dialogs

  /** What a dialog's form does when it is sent; a refusal is told in the dialog, which stays open. */
  #form(id, save) {
    const form = $(id).querySelector("form");
    form.querySelector(".cancel").addEventListener("click", () => $(id).close());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await save(form);
        $(id).close();
        await this.#reload();
      } catch (error) {
        form.querySelector(".problem").textContent = error.message;
      }
    });
  }

  #confirm(words, yes, act) {
    const dialog = $("confirm-dialog");
    $("confirm-text").textContent = words;
    $("confirm").textContent = yes;
    dialog.returnValue = "";
    dialog.addEventListener("close", async () => {
      if (dialog.returnValue !== "yes") return;
      try {
        await act();
        await this.#reload();
      } catch (error) {
        this.#tell(error);
      }
    }, { once: true });
    dialog.showModal();
  }
}
