"""The dashboard as administrators use it, for `check`: figures that move, teams and keys, hostile names, keyboard, phone."""

import contextlib
import functools
import json
import pathlib
import re
import subprocess
import threading
import urllib.error
import urllib.request

from playwright.sync_api import expect

HOSTILE = "<img src=x onerror='window.hacked = 1'><script>window.hacked = 2</script>"


# Of each team; together more than one step of the model continues, so that the teams' weights count.
STREAMS = 12


class Tenants:
    """A database with two teams and an administrator."""

    def __init__(self, program, folder):
        self.program = program
        self.database = pathlib.Path(folder) / "tenants.sqlite"
        self.run("teams", "add", "office")
        self.run("teams", "add", "vision", "--weight", "3", "--monthly-tokens", "10000000")
        self.admin = self.run("keys", "add", "office", "--label", "administration", "--scope", "admin").strip()
        self.keys = {name: self.run("keys", "add", name, "--label", f"{name}'s programs").strip() for name in ("office", "vision")}

    @staticmethod
    def empty(program, folder):
        """A database of a team that has no keys."""
        database = pathlib.Path(folder) / "empty.sqlite"
        subprocess.run([program, "teams", "add", "nobody", "--database", database], check=True, capture_output=True)
        return database

    def run(self, *arguments):
        done = subprocess.run([self.program, *arguments, "--database", self.database], check=True, capture_output=True, text=True)
        return done.stdout


class Load:
    """Requests of two teams, one after the other each, until it ends."""

    def __init__(self, url, keys):
        self.url, self.ended = url, threading.Event()
        self.threads = [threading.Thread(target=self.ask, args=(key, number)) for key in keys for number in range(STREAMS)]

    def ask(self, key, number):
        while not self.ended.is_set():
            prompt = f"{number}. A long story about a river and the people who lived beside it"
            # `model` is asked of the server, which knows one.
            body = json.dumps({"model": self.model, "prompt": prompt, "max_tokens": 48, "ignore_eos": True}).encode()
            request = urllib.request.Request(self.url + "v1/completions", body, {"Authorization": f"Bearer {key}"})
            with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=60) as reply:
                reply.read()

    def __enter__(self):
        key = self.threads[0]._args[0]
        request = urllib.request.Request(self.url + "v1/models", headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            self.model = json.load(reply)["data"][0]["id"]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()


class Dashboard:
    """What an administrator does."""

    def __init__(self, page, url, folder):
        self.page, self.url, self.folder = page, url, folder
        self.outside, self.problems = [], []
        page.on("request", lambda request: self.outside.append(request.url)
                if not request.url.startswith((url, "blob:", "data:")) else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)

    def picture(self, name, **options):
        if self.folder:
            self.page.screenshot(path=str(self.folder / f"{name}.png"), **options)

    def tile(self, name):
        return self.page.locator("#tiles div", has=self.page.get_by_text(name, exact=True)).locator("dd").first

    def without_keys(self):
        page = self.page
        page.goto(self.url + "dashboard")
        expect(self.tile("Utilisation")).to_contain_text("%")
        expect(page.locator("#team-table")).to_contain_text("chaski keys add TEAM --scope admin")
        expect(page.get_by_role("button", name="Add a team")).to_be_disabled()

    def run(self, tenants):
        self.enter(tenants.admin)
        with Load(self.url, tenants.keys.values()):
            self.figures_move()
            self.minutes()
            self.teams()
            self.hostile_names()
            self.keys()
            self.colours()
        self.usage()
        self.audit()
        self.keyboard()
        self.phone()

    def enter(self, key):
        page = self.page
        page.goto(self.url + "dashboard")
        dialog = page.get_by_role("dialog", name="Administrator's key")
        expect(dialog).to_be_visible()
        page.keyboard.type("chaski-wrong")
        page.keyboard.press("Enter")
        expect(dialog).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("The key is not known")
        dialog.get_by_label("Key").fill(key)
        page.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
        expect(page.locator("#team-table")).to_contain_text("vision")
        self.problems = [problem for problem in self.problems if "401" not in problem]
        assert key not in page.content(), "the key stands in the page"
        assert page.evaluate("localStorage.length") == 0, "the key outlives the tab"

    def figures_move(self):
        page = self.page
        expect(self.tile("Utilisation")).to_have_text(re.compile(r"[1-9]\d* %"), timeout=30_000)
        expect(self.tile("Running")).not_to_have_text("0")
        expect(self.tile("Answers")).not_to_have_text("0")
        expect(self.tile("First token")).to_have_text(re.compile("ms|s"), timeout=30_000)
        expect(page.get_by_role("img", name=re.compile("^vision: .* by weight 75.0 %"))).to_be_visible(timeout=30_000)
        expect(page.get_by_role("img", name=re.compile("^Utilisation, the last 5 minutes"))).to_be_visible()
        # Who reads a table that is wider than the page is not taken back to its beginning.
        table = page.get_by_role("region", name="Table: Models")
        table.focus()
        page.set_viewport_size({"width": 380, "height": 760})
        table.evaluate("node => { node.scrollLeft = 60; }")
        first = page.locator("#token-plot path").first.get_attribute("d")
        expect(page.locator("#token-plot path").first).not_to_have_attribute("d", first)
        expect(table).to_be_focused()
        assert table.evaluate("node => node.scrollLeft") == 60, "a table that is read goes back to its beginning"
        page.set_viewport_size({"width": 1200, "height": 900})
        names = page.get_by_role("region").evaluate_all("nodes => nodes.map(node => node.getAttribute('aria-label') ?? document.getElementById(node.getAttribute('aria-labelledby')).textContent)")
        assert len(names) == len(set(names)), f"two regions have one name: {names}"

    def minutes(self):
        page = self.page
        page.get_by_text("The last five minutes as a table").click()
        table = page.get_by_role("region", name="The last five minutes")
        expect(table.locator("tbody tr").first).to_contain_text(re.compile(r"0 to 30 s ago\s*[1-9]\d* %"))
        page.get_by_text("The last five minutes as a table").click()

    def teams(self):
        page = self.page
        page.get_by_role("button", name="Add a team").click()
        dialog = page.get_by_role("dialog", name="Add a team")
        dialog.get_by_label("Name").fill("students")
        dialog.get_by_label("Weight").fill("0.5")
        dialog.get_by_label("Requests a minute").fill("30")
        page.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
        row = page.locator("#team-table tr", has_text="students")
        expect(row).to_contain_text("0.5")
        page.get_by_role("button", name="Edit team students").click()
        dialog = page.get_by_role("dialog", name="Edit team students")
        expect(dialog.get_by_label("Requests a minute")).to_have_value("30")
        dialog.get_by_label("Requests a minute").fill("")
        dialog.get_by_label("Weight").fill("2")
        dialog.get_by_role("button", name="Save").click()
        expect(row).not_to_contain_text("30")
        expect(page.get_by_role("button", name="Edit team students")).to_be_focused()
        page.get_by_role("button", name="Remove team students").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
        expect(row).to_be_visible()
        page.get_by_role("button", name="Remove team students").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
        expect(row).to_have_count(0)
        expect(page.locator("#teams")).to_be_focused()

    @staticmethod
    def fulfil(body, route):
        route.fulfill(json=body)

    def hostile_names(self):
        page = self.page
        page.get_by_role("button", name="Add a team").click()
        dialog = page.get_by_role("dialog", name="Add a team")
        dialog.get_by_label("Name").evaluate("node => node.removeAttribute('maxlength')")
        dialog.get_by_label("Name").fill(HOSTILE)
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("alert")).to_contain_text("cannot be used")
        self.problems = [problem for problem in self.problems if "400" not in problem]
        self.picture("dashboard-dialog")
        dialog.get_by_role("button", name="Cancel").click()
        # Names as a server of another version might allow them.
        teams = {"teams": [{"name": HOSTILE, "weight": 1, "priority": 0, "cache_scope": HOSTILE, "monthly_tokens": 5, **{
            name: None for name in ("monthly_compute_seconds", "requests_per_minute", "tokens_per_minute", "concurrent_requests")}}]}
        status = {"recent": {"seconds": 1, "utilisation": 1, "prompt_tokens_per_second": 1, "generated_tokens_per_second": 1, "batch_rows": None,
                             "first_token_seconds_p50": None, "first_token_seconds_p95": None},
                  "models": [{"id": HOSTILE, "quantization": HOSTILE, "parameter_count": 1, "context_length": 1}], "samples": [],
                  "uptime_seconds": 1, "phase": HOSTILE, "version": HOSTILE,
                  "teams": [{"team": HOSTILE, "weight": 1, "running": 1, "waiting": 0, "recent_tokens": 1, "share": 1}]}
        usage = {"by": ["day", "team"], "rows": [{
            "day": "2026-11-22", "team": HOSTILE, "requests": 1, "finished": 1, "prompt_tokens": 1, "cached_tokens": 0, "generated_tokens": 1,
            "wasted_tokens": 0, "compute_seconds": 1, "first_token_seconds": None, "total_seconds": None}]}
        audit = {"entries": [{"number": 1, "time": HOSTILE, "actor": HOSTILE, "action": HOSTILE, "target": HOSTILE, "detail": HOSTILE}], "before": None}
        keys = {"keys": [{"id": HOSTILE, "prefix": HOSTILE, "team": HOSTILE, "label": HOSTILE, "scopes": [HOSTILE], "last_used": HOSTILE,
                          "expires": None, "revoked": None}]}
        for name, body in (("teams", teams), ("status", status), ("usage", usage), ("audit", audit), ("keys", keys)):
            page.route(f"**/admin/api/{name}*", functools.partial(self.fulfil, body))
        page.reload()
        for place in ("#team-table", "#key-table", "#audit-table", "#usage-table", "#usage-plot", "#shares", "#models", "#tiles"):
            expect(page.locator(place)).to_contain_text("<img src=x")
            assert page.locator(f"{place} img, {place} script, {place} iframe").count() == 0, f"a name became an element in {place}"
        assert page.evaluate("window.hacked") is None, "a name ran as a script"
        page.unroute_all()
        page.reload()
        expect(page.locator("#team-table")).to_contain_text("vision")

    def keys(self):
        page = self.page
        page.get_by_role("button", name="Make a key").click()
        dialog = page.get_by_role("dialog", name="Make a key")
        dialog.get_by_label("Team").select_option("vision")
        dialog.get_by_label("What it is for").fill("a test")
        dialog.get_by_role("button", name="Make").click()
        shown = page.get_by_role("dialog", name="The new key")
        secret = shown.locator("output").inner_text()
        assert re.fullmatch(r"chaski-\w{43}", secret), secret
        request = urllib.request.Request(self.url + "v1/models", headers={"Authorization": f"Bearer {secret}"})
        with urllib.request.urlopen(request) as reply:
            assert reply.status == 200
        shown.get_by_role("button", name="Done").click()
        assert secret not in page.content(), "a secret stays in the page"
        row = page.locator("#key-table tr", has_text="a test")
        expect(row).to_contain_text("vision")
        row.get_by_role("button", name="Revoke").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
        expect(row).to_contain_text("revoked")
        try:
            urllib.request.urlopen(request)
            raise AssertionError("a revoked key works")
        except urllib.error.HTTPError as error:
            assert error.code == 401

    def colours(self):
        if not self.folder:
            return
        page = self.page
        page.wait_for_timeout(40_000)  # A plot of two points is no picture.
        page.evaluate("scrollTo(0, 0)")
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours)
            self.picture(f"dashboard-{colours}")
            self.picture(f"dashboard-{colours}-whole", full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1100, "height": 1130})
        page.wait_for_timeout(2500)  # Plots are as wide as the page was when they were drawn.
        self.picture("dashboard")
        page.set_viewport_size({"width": 1200, "height": 900})

    def usage(self):
        page = self.page
        page.reload()
        expect(page.locator("#usage-table")).to_contain_text("vision")
        expect(page.get_by_role("img", name=re.compile("^Tokens a day, by team"))).to_be_visible()
        page.get_by_role("combobox", name="By", exact=True).select_option("model")
        expect(page.get_by_role("img", name=re.compile("^Tokens a day, by model"))).to_be_visible()
        page.get_by_label("Measure").select_option("compute_seconds")
        expect(page.get_by_role("img", name=re.compile("^Compute-seconds a day, by model"))).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").click()
        text = pathlib.Path(download.value.path()).read_text()
        assert text.startswith("model,day,requests"), text[:80]

    def audit(self):
        log = self.page.locator("#audit-table")
        for act in ("team.add", "team.set", "team.remove", "key.add", "key.revoke"):
            expect(log).to_contain_text(act)
        expect(log).to_contain_text("key:1")

    def keyboard(self):
        page = self.page
        page.evaluate("document.activeElement.blur()")
        page.evaluate("scrollTo(0, 0)")
        reached = []
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()"))
        for name in ("Skip to the figures", "Live", "Audit log", "Key", "Download CSV", "Add a team", "Edit team vision", "Make a key", "Revoke key 1"):
            assert name in reached, f"{name} is not reached by the keyboard: {reached}"
        unnamed = page.evaluate("""[...document.querySelectorAll("button, input, select, a, [role=img], [role=region]")].filter((node) =>
            !(node.getAttribute("aria-label") ?? node.closest("label")?.textContent ?? node.textContent ?? "").trim()).length""")
        assert unnamed == 0, f"{unnamed} elements have no name"

    def phone(self):
        page = self.page
        page.set_viewport_size({"width": 380, "height": 760})
        page.reload()
        expect(page.locator("#usage-table")).to_contain_text("vision")
        page.wait_for_timeout(500)
        page.evaluate("scrollTo(0, 0)")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 380, f"the dashboard is {width} wide on a phone"
        self.picture("dashboard-phone")
        self.picture("dashboard-phone-whole", full_page=True)
