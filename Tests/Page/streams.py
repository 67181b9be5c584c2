"""The chat page for `check`, with answers that come when the check says so: what a person does meanwhile, connections
that break, several tabs, versions, keys, and the Markdown of long and hostile answers."""

import json
import time

from playwright.sync_api import expect

# Answers requests for completions in the page: `say`, `finish`, `close` and `fail` then act on the latest answer.
SCRIPT = """
{
  const real = window.fetch;
  window.asked = [];
  window.fetch = async (address, options = {}) => {
    if (!String(address).includes("v1/chat/completions")) return real(address, options);
    window.asked.push(JSON.parse(options.body));
    const bytes = new TextEncoder();
    let pipe;
    const body = new ReadableStream({ start(one) { pipe = one; } });
    options.signal.addEventListener("abort", () => pipe.error(new DOMException("aborted", "AbortError")));
    const send = (value) => pipe.enqueue(bytes.encode(`data: ${typeof value === "string" ? value : JSON.stringify(value)}\\n\\n`));
    window.say = (content) => send({ choices: [{ delta: { content } }] });
    window.finish = () => {
      send({ choices: [{ delta: {}, finish_reason: "stop" }] });
      send({ choices: [], usage: { prompt_tokens: 30, completion_tokens: 11, total_tokens: 41 } });
      send("[DONE]");
      pipe.close();
    };
    window.close = () => pipe.close();
    window.fail = () => pipe.error(new TypeError("network error"));
    return new Response(body, { status: 200 });
  };
}
"""

BLOCKS = """Text before
| left | middle | right |
|:--|:-:|--:|
| a<br>b | c &lt; d | 1 |

1. First
   ```python
   def f():
       return 1
   ```
2. Second

- [x] done

$$
a_1 * b_1 = c_1
- d
$$

A formula \\(x_i * y_i\\) and $z_1^2 * q_2$, but $5 and $10.
A second line.

\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645

1. one

2. two
"""

# Texts that took seconds to show, or would where a pattern tries every way to match.
SLOW = {
    "emphasis": ("*a **b _c ~~d `e " * 1100 + "\n\n") * 5,
    "many words": ("*a* " * 4900 + "\n\n") * 20,
    "spaces under a row": "a|b\n" + " " * 60_000 + "x",
    "spaces in a heading": "# a" + " " * 60_000 + "b",
    "spaces after a fence": "```" + " " * 60_000 + "`",
    "brackets": "[" * 20_000,
    "rows": "\n".join("|" + "-|" * 2000 for _ in range(20)),
    "quotes": ">" * 20_000,
    "steps": "\n".join(" " * depth + "- a" for depth in range(300)),
}


def until(page, expression, argument=None):
    """Waits until `expression` holds. The driver's own way evaluates text in the page, which the page's policy forbids."""
    end = time.monotonic() + 30
    while not page.evaluate(expression, argument):
        assert time.monotonic() < end, f"never: {expression}"
        page.wait_for_timeout(20)


class Streams:
    """What a person does while answers come."""

    def __init__(self, context, url, folder):
        self.context, self.url, self.folder = context, url, folder
        self.problems = []
        context.add_init_script(SCRIPT)
        self.page = self.open()

    def open(self):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)
        page.goto(self.url)
        expect(page.get_by_label("Model")).not_to_have_value("")
        return page

    def ask(self, text, page=None):
        page = page or self.page
        page.get_by_label("Your message").fill(text)
        count = page.evaluate("asked.length")
        page.keyboard.press("Enter")
        until(page, f"asked.length > {count}")

    def new(self):
        self.page.get_by_role("button", name="New conversation", exact=True).click()

    def status(self, text):
        expect(self.page.get_by_role("status")).to_have_text(text)

    def last(self):
        return self.page.locator(".message.assistant .body").last

    def run(self):
        for step in (self.reading_back, self.meanwhile, self.versions, self.broken, self.in_the_background, self.escape,
                     self.focus, self.read_aloud, self.reload, self.tabs, self.names_and_search, self.older_import,
                     self.copying, self.the_key, self.turns, self.numbers, self.waiting, self.pieces, self.slow_texts,
                     self.long_conversation, self.paper_and_contrast, self.old_storage, self.forgetting):
            self.new()
            step()
        assert not self.problems, f"errors on the page: {self.problems}"

    def reading_back(self):
        """Who scrolls up stays there, while text comes and when it ends."""
        page = self.page
        self.ask("a")
        page.evaluate("say('line\\n\\n'.repeat(200))")
        expect(self.last().locator("p")).to_have_count(200)
        place = "document.querySelector('#log').scrollTop"
        assert page.evaluate(place) > 1000, "the page follows what is written"
        page.evaluate(f"{place} = 500")
        expect(page.get_by_role("button", name="To the end")).to_be_visible()
        page.evaluate("say('more\\n\\n'.repeat(50))")
        expect(self.last().locator("p")).to_have_count(250)
        page.evaluate("finish()")
        self.status("Done.")
        assert page.evaluate(place) == 500, "the page took the reader elsewhere"
        page.get_by_role("button", name="To the end").click()
        assert page.evaluate(place) > 1000

    def meanwhile(self):
        """A question can be changed, and an answer asked for again, while it is written."""
        page = self.page
        self.ask("first")
        page.evaluate("say('abc')")
        expect(self.last()).to_have_text("abc")
        page.get_by_role("button", name="Edit this message and ask again").click()
        self.status("Stopped.")
        box = page.get_by_label("Edited message")
        expect(box).to_be_focused()
        page.keyboard.press("Escape")
        expect(box).to_have_count(0)
        self.ask("second")
        page.evaluate("say('abc')")
        expect(self.last()).to_have_text("abc")
        page.get_by_role("button", name="Answer again").last.click()
        until(page, "asked.length > 2")
        page.evaluate("say('fresh')")
        expect(self.last()).to_have_text("fresh")
        self.status("Answering…")
        page.evaluate("finish()")
        self.status("Done.")
        expect(page.locator(".message")).to_have_count(4)

    def versions(self):
        """What an edit or another answer replaces can be gone back to, also after a reload and a failure."""
        page = self.page
        self.answered("old question", "old answer")
        self.answered("next question", "next answer")
        page.get_by_role("button", name="Edit this message and ask again").first.click()
        page.get_by_label("Edited message").fill("new question")
        page.keyboard.press("Control+Enter")
        until(page, "asked.at(-1).messages[0].content === 'new question'")
        page.evaluate("say('new answer'); finish()")
        self.status("Done.")
        expect(page.locator(".message")).to_have_count(2)
        page.reload()
        page.get_by_role("button", name="Earlier version").click()
        expect(page.locator(".message")).to_have_count(4)
        expect(self.last()).to_have_text("next answer")
        expect(page.locator(".versions")).to_contain_text("1 of 2")
        page.get_by_role("button", name="Answer again").last.click()
        until(page, "asked.length === 1")
        page.evaluate("fail()")
        expect(page.get_by_role("status")).to_contain_text("not whole")
        expect(self.last()).to_have_text("next answer")
        page.get_by_role("button", name="Later version").click()
        expect(self.last()).to_have_text("new answer")

    def answered(self, question, answer):
        self.ask(question)
        self.page.evaluate("text => { say(text); finish(); }", answer)
        self.status("Done.")

    def broken(self):
        """An answer that breaks off says so, and stays marked; a question without an answer can be asked again."""
        page = self.page
        for end in ("close()", "fail()"):
            self.ask("a")
            page.evaluate("say('half a sen')")
            page.evaluate(end)
            self.status("The connection broke off: the answer is not whole.")
            expect(self.last()).to_have_text("half a sen")
            expect(page.locator(".figures").last).to_have_text("broken off")
        self.ask("b")
        page.evaluate("fail()")
        self.status("The connection broke off: the answer is not whole.")
        page.get_by_role("button", name="Answer this message").click()
        until(page, "asked.at(-1).messages.at(-1).content === 'b'")
        page.evaluate("say('c'); finish()")
        self.status("Done.")
        expect(page.get_by_role("button", name="Answer this message")).to_have_count(0)

    def in_the_background(self):
        """Who opens another conversation finds the answer whole on coming back."""
        page = self.page
        self.ask("background question")
        page.evaluate("say('one '); window.first = { say, finish }")
        self.new()
        expect(page.locator(".busy")).to_have_count(1)
        self.answered("another", "two")
        page.evaluate("first.say('and more'); first.finish()")
        expect(page.locator(".busy")).to_have_count(0)
        expect(self.last()).to_have_text("two")
        page.get_by_role("button", name="Open background question").click()
        expect(self.last()).to_have_text("one and more")

    def escape(self):
        """Escape closes what is open before it stops an answer."""
        page = self.page
        self.ask("a")
        page.evaluate("say('b')")
        page.get_by_role("button", name="Settings").click()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        self.status("Answering…")
        page.keyboard.press("Escape")
        self.status("Stopped.")

    def focus(self):
        """The focus does not vanish with what had it."""
        page = self.page
        page.get_by_label("Your message").fill("a focused question")
        page.get_by_role("button", name="Send").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Stop")).to_be_focused()
        page.evaluate("say('b'); finish()")
        expect(page.get_by_role("button", name="Send")).to_be_focused()
        page.get_by_role("button", name="Answer again").focus()
        page.keyboard.press("Enter")
        until(page, "asked.at(-1).messages.at(-1).content === 'a focused question'")
        expect(page.get_by_role("button", name="Answer again")).to_be_focused()
        page.evaluate("say('b'); finish()")
        self.status("Done.")
        open = page.get_by_role("button", name="Open a focused question")
        open.focus()
        page.keyboard.press("Enter")
        expect(open).to_be_focused()
        expect(open).to_have_attribute("aria-current", "true")

    def read_aloud(self):
        """A screen reader is told an answer once, when it is whole."""
        page = self.page
        page.evaluate("""() => { window.heard = [];
            new MutationObserver(() => heard.push(document.querySelector('#aloud').textContent))
                .observe(document.querySelector('#aloud'), { childList: true, characterData: true, subtree: true }); }""")
        self.ask("a")
        for word in ("one ", "two ", "three"):
            page.evaluate("word => say(word)", word)
        expect(self.last()).to_have_text("one two three")
        assert page.evaluate("heard") == []
        page.evaluate("finish()")
        until(page, "heard.length > 0")
        assert page.evaluate("heard[0]") == "one two three"
        expect(page.locator("#log")).to_have_attribute("aria-live", "off")

    def reload(self):
        """What was written before a reload is kept, and marked."""
        page = self.page
        self.ask("a")
        page.evaluate("say('before the reload')")
        expect(self.last()).to_have_text("before the reload")
        page.reload()
        expect(self.last()).to_have_text("before the reload")
        expect(page.locator(".figures").last).to_have_text("not finished")

    def tabs(self):
        """What one tab writes, another one sees and leaves alone."""
        page, other = self.page, self.open()
        self.ask("of the first tab")
        page.evaluate("say('x'); finish()")
        self.status("Done.")
        expect(other.get_by_role("button", name="Open of the first tab")).to_be_visible()
        other.get_by_role("button", name="Open of the first tab").click()
        self.ask("and more")
        page.evaluate("say('seen by both'); finish()")
        expect(other.locator(".message")).to_have_count(4)
        expect(other.locator(".message .body").last).to_have_text("seen by both")
        other.get_by_role("button", name="New conversation", exact=True).click()
        self.ask("of the second tab", other)
        other.evaluate("say('y'); finish()")
        expect(page.get_by_role("button", name="Open of the second tab")).to_be_visible()
        self.ask("and a third")
        page.evaluate("say('half, ')")
        self.new()
        other.get_by_role("button", name="Rename of the first tab").click()
        other.get_by_label("New name").fill("of the first tab, renamed")
        other.keyboard.press("Enter")
        page.evaluate("say('and whole'); finish()")
        page.get_by_role("button", name="Open of the first tab").click()
        expect(self.last()).to_have_text("half, and whole")
        other.close()
        page.reload()
        for name in ("first", "second"):
            expect(page.get_by_role("button", name=f"Open of the {name} tab")).to_be_visible()

    def names_and_search(self):
        page = self.page
        self.answered("a plain question", "xylophone")
        page.get_by_role("button", name="Rename a plain question").click()
        page.get_by_label("New name").fill("Instruments <b>")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Rename Instruments <b>")).to_be_focused()
        self.answered("more", "z")
        page.reload()
        expect(page.get_by_role("button", name="Open Instruments <b>")).to_be_visible()
        page.get_by_label("Search conversations").fill("XYLO")
        expect(page.locator("#conversations li")).to_have_count(1)
        page.get_by_label("Search conversations").fill("")
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Delete Instruments <b>").click()
        expect(page.get_by_role("button", name="Open Instruments <b>")).to_have_count(0)

    def older_import(self):
        """A file does not put an older text in a newer one's place, and everything comes back as it went."""
        page = self.page
        self.answered("from a file", "older")
        file = page.evaluate("localStorage.getItem(Object.keys(localStorage).find(key => localStorage.getItem(key).includes('from a file')))")
        self.answered("and more", "newer")
        give = {"name": "x.json", "mimeType": "application/json"}
        page.get_by_label("Import").set_input_files({**give, "buffer": f"[{file}]".encode()})
        self.status("1 conversations imported.")
        expect(self.last()).to_have_text("newer")
        page.get_by_label("Import").set_input_files({**give, "buffer": b"[1, {}]"})
        self.status("This file is not an export of conversations.")
        expected = json.loads(file)
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Delete from a file").click()
        page.get_by_label("Import").set_input_files({**give, "buffer": file.encode()})
        self.status("1 conversations imported.")
        assert json.loads(page.evaluate("id => localStorage.getItem(`chaski.conversation.${id}`)", expected["id"])) == expected

    def copying(self):
        """Text is copied where browsers keep the clipboard from the page, as without TLS from another machine."""
        page = self.page
        self.answered("a", "```\nsome code\n```")
        page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        page.get_by_role("button", name="Copy this code").click()
        expect(page.get_by_role("button", name="Copy this code")).to_have_text("Copied")
        box = page.get_by_label("Your message")
        box.focus()
        page.keyboard.press("Control+v")
        expect(box).to_have_value("some code")
        box.fill("")

    def the_key(self):
        """A key stays in the tab unless it is to be kept."""
        page = self.page

        def save(is_kept, expected):
            page.get_by_role("button", name="Settings").click()
            page.get_by_label("API key").fill("chaski-secret")
            page.get_by_label("Keep the key in this browser").set_checked(is_kept)
            page.get_by_role("button", name="Save").click()
            until(page, """expected => expected === [localStorage, sessionStorage]
                .map(storage => Object.values(storage).some(text => text.includes("chaski-secret"))).join()""", expected)

        save(False, "false,true")
        save(True, "true,false")
        save(False, "false,true")

    def turns(self):
        """Questions without answers go together: templates want turns."""
        page = self.page
        for text in ("one", "two"):
            self.ask(text)
            page.evaluate("fail()")
            expect(page.get_by_role("status")).to_contain_text("not whole")
        assert page.evaluate("asked.at(-1).messages") == [{"role": "user", "content": "one\n\ntwo"}]

    def numbers(self):
        """Every number of the settings is asked for, and all can be emptied at once."""
        page = self.page
        values = {"Temperature": 0.7, "Top p": 0.9, "Top k": 5, "Min p": 0.1, "Repeat penalty": 1.1, "Presence penalty": 0.2,
                  "Frequency penalty": 0.3, "Most tokens": 7, "Seed": 3}
        page.get_by_role("button", name="Settings").click()
        expect(page.get_by_label("Top k")).to_have_attribute("placeholder", "40")
        for name, value in values.items():
            page.get_by_label(name).fill(str(value))
        page.get_by_role("button", name="Save").click()
        kept = "(JSON.parse(localStorage.getItem('chaski.settings')) ?? {}).seed"
        until(page, f"{kept} === 3")
        self.answered("a", "b")
        sent = page.evaluate("asked.at(-1)")
        for name, value in values.items():
            key = "max_tokens" if name == "Most tokens" else name.lower().replace(" ", "_")
            assert sent[key] == value, (key, sent)
        expect(page.locator(".figures").last).to_contain_text("30 + 11 tokens \u00b7 1 % of the context")
        page.get_by_role("button", name="Settings").click()
        page.get_by_role("button", name="Empty these numbers").click()
        page.get_by_role("button", name="Save").click()
        until(page, f"{kept} === undefined")
        self.answered("a", "b")
        assert set(page.evaluate("Object.keys(asked.at(-1))")) == {"model", "messages", "stream", "stream_options"}

    def waiting(self):
        """A refusal says when to ask again, and what does not answer is named in plain words."""
        page = self.page
        page.evaluate("""() => { window.before = fetch; window.fetch = async () => new Response(
            '{"error": {"message": "The budget is used up."}}', { status: 429, headers: { "Retry-After": "30" } }); }""")
        page.get_by_label("Your message").fill("a")
        page.keyboard.press("Enter")
        self.status("The budget is used up. Ask again in 30 seconds.")
        page.evaluate("() => { window.fetch = async () => { throw new TypeError('Failed to fetch'); }; }")
        page.get_by_role("button", name="Answer this message").click()
        self.status("The server does not answer.")
        page.evaluate("() => { window.fetch = before; }")

    def pieces(self):
        """Markdown that comes letter by letter ends as it does at once, and what is finished in it stays."""
        page = self.page
        shown = page.evaluate("""async (text) => {
            const { render } = await import("/markdown.js");
            const [whole, grown] = [document.createElement("div"), document.createElement("div")];
            render(text, whole);
            for (let end = 1; end <= text.length; end += 1) render(text.slice(0, end), grown);
            document.querySelector("#log").replaceChildren(whole);
            whole.className = "body";
            const [first, html] = [grown.firstChild, grown.innerHTML];
            render(text + "\\n\\nmore", grown);
            return { whole: whole.innerHTML, grown: html, isKept: first === grown.firstChild };
        }""", BLOCKS)
        assert shown["whole"] == shown["grown"], shown
        assert shown["isKept"], "what was finished is made anew"
        body = page.locator("#log .body")
        expect(body.locator("table tbody tr")).to_have_count(1)
        expect(body.locator("td br")).to_have_count(1)
        expect(body.locator("td").nth(1)).to_have_text("c < d")
        expect(body.locator("td.end")).to_have_text("1")
        assert body.locator("pre code").text_content() == "def f():\n    return 1"
        expect(body.locator("ul li")).to_have_text("\u2611 done")
        assert body.locator("code.math").all_text_contents() == ["a_1 * b_1 = c_1\n- d", "x_i * y_i", "z_1^2 * q_2"]
        expect(body.locator("em")).to_have_count(0)
        assert "$5 and $10" in body.inner_text()
        arabic = body.locator("p", has_text="\u0645\u0631\u062d\u0628\u0627")
        assert arabic.evaluate("node => getComputedStyle(node).direction") == "rtl"
        expect(body.locator("ol").last.locator("li")).to_have_count(2)

    def slow_texts(self):
        """No text keeps the page busy: each took from half a second to half a minute, or would."""
        for name, text in SLOW.items():
            spent = self.page.evaluate("""async (text) => {
                const { render } = await import("/markdown.js");
                const started = performance.now();
                render(text, document.createElement("div"));
                return performance.now() - started;
            }""", text)
            assert spent < 3000, f"{name}: {spent:.0f} ms"

    def long_conversation(self):
        """In a long conversation a new turn draws the new messages alone; a long answer grows without drawing it all anew."""
        page = self.page
        page.evaluate("""text => { const messages = Array.from({ length: 500 }, (_, at) => ({ role: at % 2 ? "assistant" : "user", content: at % 2 ? text : `question ${at}` }));
            localStorage.setItem("chaski.conversation.long", JSON.stringify({ id: "long", title: "long", changed: Date.now() + 1e6, messages })); }""", BLOCKS)
        page.reload()
        expect(page.locator(".message")).to_have_count(500)
        page.evaluate("window.early = document.querySelectorAll('.message')[497]")
        self.answered("one more", "x")
        assert page.evaluate("early.isConnected"), "a new turn draws the whole conversation anew"
        self.ask("long")
        started = time.monotonic()
        page.evaluate("text => { window.text = text; for (let at = 0; at < text.length; at += 1000) say(text.slice(at, at + 1000)); }", BLOCKS * 300)
        expect(self.last().locator("table")).to_have_count(300, timeout=20_000)
        page.evaluate("window.early = document.querySelectorAll('.message.running .body > *')[0]")
        page.evaluate("say('\\n\\nthe end')")
        expect(self.last()).to_contain_text("the end")
        assert page.evaluate("early.isConnected"), "a long answer is drawn anew with every piece"
        page.evaluate("finish()")
        self.status("Done.")
        assert time.monotonic() - started < 20

    def old_storage(self):
        """Conversations and the key that an earlier version of the page kept are still there."""
        page = self.page
        page.evaluate("""() => { localStorage.clear(); sessionStorage.clear();
            localStorage.setItem("chaski.conversations", JSON.stringify([{ id: "o", title: "of old", changed: 1, messages: [{ role: "user", content: "of old" }] }]));
            localStorage.setItem("chaski.settings", JSON.stringify({ key: "chaski-old", temperature: 0.5 })); }""")
        page.reload()
        expect(page.get_by_role("button", name="Open of old")).to_be_visible()
        assert page.evaluate("localStorage.getItem('chaski.key')") == "chaski-old"
        page.get_by_role("button", name="Settings").click()
        expect(page.get_by_label("Temperature")).to_have_value("0.5")
        page.keyboard.press("Escape")
        page.reload()
        expect(page.locator("#conversations li")).to_have_count(1)

    def paper_and_contrast(self):
        """All of a conversation is printed, dark on light; where to write is seen against the page."""
        page = self.page
        self.answered("a", "line\n\n" * 100)
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("document.body.scrollHeight") > 2000, "one screen is printed"
        expect(page.get_by_label("Your message")).to_be_hidden()
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
        for colours in ("light", "dark"):
            page.emulate_media(media="screen", color_scheme=colours)
            ratio = page.evaluate("""() => {
                const light = (colour) => { const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
                    .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
                const contrast = (one, other) => (Math.max(light(one), light(other)) + 0.05) / (Math.min(light(one), light(other)) + 0.05);
                const [box, hint] = [null, "::placeholder"].map((part) => getComputedStyle(document.querySelector("#prompt"), part));
                return [contrast(box.borderTopColor, box.backgroundColor), contrast(hint.color, box.backgroundColor)];
            }""")
            # Web Content Accessibility Guidelines 2.2, 1.4.11 and 1.4.3.
            assert ratio[0] >= 3 and ratio[1] >= 4.5, (colours, ratio)
        page.emulate_media(media="screen", color_scheme="light")

    def forgetting(self):
        page = self.page
        page.get_by_role("button", name="Settings").click()
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Forget everything").click()
        expect(page.locator("#conversations li")).to_have_count(0)
        assert page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))") == []
