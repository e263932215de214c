"""The pages: the same bytes from the same files, whole without a script, alive with one, and deaf to what strangers write."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from browser import chromium, opened
from submissions import answers, make_set, submit

from debugarena.benchmark import Bug
from debugarena.benchmark.cli import main
from debugarena.benchmark.errors import UsageError
from debugarena.leaderboard.bug_sets import BugSet
from debugarena.leaderboard.site import _replace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = "<script>window.taken=1</script><img src=x onerror=window.taken=1>{{7*7}}"
HOSTILE_CODE = f"</code></pre></script>{HOSTILE}\n\"'`${{alert(1)}} <!-- \u2028 ]]>"


def _build(folder: Path, *more: str) -> int:
    flags = {"submissions": "in", "sets": "sets", "entries": "entries", "rounds": "rounds", "errata": "errata.yaml"}
    where = [word for flag, name in flags.items() for word in (f"--{flag}", str(folder / name))]
    return main(["leaderboard", "site", "--out", str(folder / "site"), *where, *more])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, bugs: list[Bug]) -> Path:
    """A folder with submissions and the site of them."""
    folder = tmp_path_factory.mktemp("board")
    one, two = make_set(folder / "sets", bugs[:12]), make_set(folder / "sets", bugs[12:15], "other")
    ids = [bug.bug_id for bug in one.bugs]
    cost = {"cost": {"completion_tokens": 400, "usd": 0.5}}
    for name, n, changes in (
        ("best", 12, {"model": {"name": "Best of all", "open": False}, **cost}),
        (
            "middle",
            6,
            {
                "model": {"name": "Middle", "revision": "https://example.org/login"},
                "trained_on_debugarena_train": True,
                **cost,
            },
        ),
        ("least", 0, {"model": {"name": "Least"}}),
        ("noop", 0, {"model": {"name": "no-op"}, "reference": "noop"}),
    ):
        submit(folder / "in" / name, one, answers(one, ids[:n]), **changes)
    hostile = [replace(c, completion=HOSTILE_CODE) for c in answers(one)]
    model = {"name": HOSTILE, "revision": HOSTILE, "url": "https://example.org/'onclick=alert(1)//".replace("'", "(")}
    submit(folder / "in" / "hostile", one, hostile, model=model)
    submit(folder / "in" / "other", two, answers(two, [two.bugs[0].bug_id]), model={"name": "Another"})
    lines = ["errata:", f"- bug_id: {ids[11]}", "  versions: [0.2.0]", "  date: 2026-11-26", "  excluded: true"]
    (folder / "errata.yaml").write_text("\n".join([*lines, f"  what: 'It is wrong. {HOSTILE}'", ""]))
    assert _build(folder) == 0
    return folder


@pytest.fixture(scope="module")
def site(made: Path) -> Path:
    return made / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_the_same_submissions_give_the_same_bytes(made: Path, site: Path) -> None:
    before = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    assert _build(made) == 0
    assert {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()} == before


def test_a_folder_of_something_else_is_left_alone(
    made: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = made / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    assert _build(made, "--out", str(mine)) == 2
    assert "is neither empty nor a site" in capsys.readouterr().err
    assert (mine / "thesis.txt").exists()
    assert _build(made, "--out", str(mine / "thesis.txt")) == 2
    empty = made / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert _build(made, "--out", ".") == 2
    assert _build(made, "--out", str(empty)) == 2
    (made / "new.part").mkdir()
    (made / "new.part" / "thesis.txt").write_text("more of it")
    assert _build(made, "--out", str(made / "new")) == 0
    assert (made / "new.part" / "thesis.txt").exists()


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.links += [v for key in ("href", "src") if (v := values.get(key))]
        self.ids |= {v for key in ("id",) if (v := values.get(key))}
        assert not any(key.startswith("on") for key in values), "a handler in an attribute"


def _read(page: Path) -> _Links:
    parser = _Links()
    parser.feed(page.read_text())
    return parser


def test_every_link_leads_somewhere_and_no_page_needs_another_host(site: Path) -> None:
    pages = {path.name: _read(path) for path in site.glob("*.html")}
    assert {"index.html", "errata.html", "rounds.html", "about.html", "entry-best.html"} <= set(pages)
    for name, page in pages.items():
        assert page.tags.count("h1") == 1, name
        for link in page.links:
            if link.startswith("https://"):
                assert name.startswith("entry-")
                continue
            if link == "data:,":
                continue
            file, _, fragment = link.partition("#")
            assert (site / (file or name)).is_file(), f"{name}: {link}"
            if fragment:
                assert unquote(fragment) in (pages[file or name]).ids, f"{name}: {link}"


def test_numbers_and_ranks_stand_in_the_page_without_a_script(site: Path) -> None:
    text = re.sub(r"<[^>]*>|\s+", " ", (site / "board-few-0.2.0.html").read_text())
    text = re.sub(r"\s+", " ", text)
    assert re.search(r"1 tie of 4 Best of all closed complete-v1 100\.0% \[74\.1%, 100\.0%\]", text)
    assert "11 bugs of 11 programs" in text
    assert "The errata exclude 1 more" in text
    assert "– no-op reference 0.0%" in text


def test_who_says_the_same_as_another_is_named(site: Path) -> None:
    assert 'word for word, those of <a href="entry-noop.html">noop</a>' in (site / "entry-least.html").read_text()
    assert "word for word" not in (site / "entry-middle.html").read_text()


def test_only_an_address_is_a_link(site: Path) -> None:
    page = (site / "entry-middle.html").read_text()
    assert "<td>https://example.org/login</td>" in page
    assert 'href="https://example.org/someone"' in page


def test_a_stranger_writes_only_text(site: Path, browser: Browser) -> None:
    for path in site.glob("*.html"):
        assert "window.taken=1<" not in path.read_text().replace("&lt;", ""), path
        assert not re.findall(r">49<", path.read_text())
    with opened(browser, site / "index.html") as page:
        for name in ("index.html", "entry-hostile.html", "errata.html", "board-few-0.2.0.html"):
            page.goto((site / name).as_uri())
            if name.startswith("entry"):
                page.locator("#completions summary").first.click()
                page.wait_for_selector("#completions pre")
                assert page.locator("#completions pre").first.text_content() == HOSTILE_CODE
                assert page.locator("h1").text_content() == HOSTILE
            assert page.evaluate("window.taken") is None
            assert page.locator("main img").count() == 0
            assert page.locator("main script:not([type])").count() == 0


def _names(page: Page) -> list[str]:
    return page.locator("#board tbody tr:not([hidden]) th a").all_text_contents()


def test_the_table_sorts_by_any_column_and_the_address_keeps_it(site: Path, browser: Browser) -> None:
    with opened(browser, site / "board-few-0.2.0.html") as page:
        assert _names(page)[:2] == ["Best of all", "Middle"]
        page.get_by_role("button", name="echo").click()
        assert page.locator("th[aria-sort]").inner_text().startswith("echo")
        assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
        assert _names(page)[0] in ("Least", "no-op")
        page.get_by_role("button", name="echo").click()
        assert _names(page)[0] in ("Best of all", HOSTILE)
        assert page.url.endswith("#sort=echo_rate")
        page.get_by_role("button", name="tokens per solve").click()
        assert _names(page)[:2] == ["Middle", "Best of all"]  # what states no tokens is at the end
        page.get_by_role("button", name="rank", exact=True).click()
        assert _names(page)[:2] == ["Best of all", "Middle"]


def test_the_table_is_filtered_and_a_deep_link_shows_the_same(site: Path, browser: Browser) -> None:
    with opened(browser, site / "board-few-0.2.0.html") as page:
        page.get_by_label("Weights").select_option("open")
        page.get_by_label("not trained on train").check()
        assert _names(page) == ["Least", HOSTILE]
        assert page.locator("#shown").text_content() == "2 of 5 entries"
        page.get_by_label("Find").fill("LEA")
        assert _names(page) == ["Least"]
        fragment = page.url.partition("#")[2]
    with opened(browser, site / "board-few-0.2.0.html", f"#{fragment}&sort=-reward") as page:
        assert _names(page) == ["Least"]
        assert page.get_by_label("Find").input_value() == "LEA"
        assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    with opened(browser, site / "board-few-0.2.0.html", "#sort=nothing&weights=<b>&find=%3Cb%3E") as page:
        assert _names(page) == []


def test_a_cell_of_the_heat_map_leads_to_the_completion_and_its_verdict(
    site: Path, browser: Browser, bugs: list[Bug]
) -> None:
    with opened(browser, site / "board-few-0.2.0.html") as page:
        page.get_by_role("link", name="Bug by bug").click()
        page.wait_for_url("**/heat-few-0.2.0.html")
        cell = page.locator("#heat tbody tr").first.locator("td a").first
        assert re.fullmatch(
            r"python/[a-z-]+, Best of all: ✓, solved at the first attempt", str(cell.get_attribute("aria-label"))
        )
        page.locator("#heat tbody tr").first.locator("a").nth(0).focus()
        page.keyboard.press("ArrowRight")  # the best entry's column, as rows are links to bugs
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/entry-best.html#**")
        bug = next(bug for bug in bugs if bug.bug_id == unquote(page.url.partition("#")[2]))
        page.wait_for_selector("details[open] pre")
        opened_bug = page.locator("details[open]")
        assert opened_bug.get_attribute("id") == bug.bug_id
        assert opened_bug.locator("pre").text_content() == bug.fixed_code
        assert f"{len(bug.tests)} of {len(bug.tests)} tests pass, reward 3.20" in str(opened_bug.text_content())
        opened_bug.get_by_role("link", name="the bug").click()
        page.wait_for_url("**/bug-*.html")
        assert bug.task.split("`")[0] in str(page.locator("main").text_content())
        page.get_by_role("link", name="Middle").click()
        page.wait_for_selector("details[open] pre")


def test_the_plot_is_drawn_and_described_in_words(site: Path, browser: Browser) -> None:
    with opened(browser, site / "board-few-0.2.0.html") as page:
        chart = page.locator("#plot [role=img]")
        assert str(chart.get_attribute("aria-label")).startswith(
            "Solve rate against US dollars per solve: Best of all 100.0%"
        )
        assert page.locator("#plot svg [aria-label=dot] path, #plot svg [aria-label=dot] circle").count() == 2
        page.locator("#against").select_option("parameters")
        assert HOSTILE in str(chart.get_attribute("aria-label"))
    with opened(browser, site / "board-other-0.2.0.html") as page:
        page.locator("#against").select_option("usd")
        assert page.locator("#plot").text_content() == "No entry states its US dollars per solve."


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_and_can_be_light_or_dark(site: Path, browser: Browser, scheme: str) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "color_scheme": scheme}
    bug_page = next(site.glob("bug-*.html")).name
    names = (
        "index.html",
        "entry-best.html",
        "entry-hostile.html",
        "errata.html",
        "rounds.html",
        "about.html",
        "heat-few-0.2.0.html",
        bug_page,
    )
    with opened(browser, site / names[0], **phone) as page:  # one for all, as each new one starts a process
        for name in names:
            page.goto((site / name).as_uri())
            for details in page.locator("details").all()[:3]:
                details.evaluate("details => { details.open = true; }")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (background == "rgb(20, 23, 28)") == (scheme == "dark"), name
            page.locator("#theme").click()
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") != background
            page.evaluate("localStorage.clear()")


def _luminance(colour: tuple[int, ...]) -> float:
    parts = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_against_its_ground(site: Path, browser: Browser, scheme: str) -> None:
    """WCAG 2.1 asks for a contrast of 4.5 to 1."""
    with opened(browser, site / "board-few-0.2.0.html", color_scheme=scheme) as page:
        style = "getComputedStyle(document.documentElement)"
        names = ("ink", "soft", "accent", *"ylpeofnx")
        hexes = {n: page.evaluate(f"{style}.getPropertyValue('--{n}').trim()") for n in (*names, "page", "raised")}
        rgb = {
            n: tuple(int((h * 2 if len(h) == 4 else h)[i : i + 2], 16) for i in (1, 3, 5))
            for n, h in _long(hexes).items()
        }
        # signs of solves stand on their own colour, in that of the ground
        page.goto((site / "heat-few-0.2.0.html").as_uri())
        solved = page.locator("#heat a.y").first
        assert solved.evaluate("a => getComputedStyle(a).backgroundColor") == f"rgb{rgb['y']}"
        assert solved.evaluate("a => getComputedStyle(a).color") == f"rgb{rgb['raised']}"
        unsolved = page.locator("#heat a.e").first
        assert unsolved.evaluate("a => getComputedStyle(a).backgroundColor") == "rgba(0, 0, 0, 0)"
    for ground in ("page", "raised"):
        for name in names:
            high, low = sorted((_luminance(rgb[name]), _luminance(rgb[ground])), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"--{name} on --{ground}"


def _long(hexes: dict[str, str]) -> dict[str, str]:
    """#abc as #aabbcc."""
    return {n: h if len(h) == 7 else "#" + "".join(2 * digit for digit in h[1:]) for n, h in hexes.items()}


def test_old_versions_stay_readable(tmp_path: Path, bugs: list[Bug]) -> None:
    for version, part in (("0.1.0", bugs[:3]), ("0.10.0", bugs[:4])):
        bug_set = BugSet("few", version, tuple(part))
        from debugarena.leaderboard.bug_sets import write_set

        (tmp_path / "sets").mkdir(exist_ok=True)
        write_set(bug_set, tmp_path / "sets")
        name = f"one-{version}"
        submit(tmp_path / "in" / name, bug_set, answers(bug_set), dataset={"version": version, "hash": bug_set.hash})
    (tmp_path / "errata.yaml").write_text("errata: []\n")
    assert _build(tmp_path) == 0
    assert "few, dataset 0.10.0" in (tmp_path / "site" / "index.html").read_text()
    assert "few, dataset 0.1.0" in (tmp_path / "site" / "board-few-0.1.0.html").read_text()
    assert 'href="board-few-0.1.0.html"' in (tmp_path / "site" / "index.html").read_text()


def test_one_of_a_thing_is_said_in_the_singular(
    tmp_path: Path, bugs: list[Bug], capsys: pytest.CaptureFixture[str]
) -> None:
    bug_set = make_set(tmp_path / "sets", bugs[:1])
    submit(tmp_path / "in" / "one", bug_set, answers(bug_set))
    (tmp_path / "errata.yaml").write_text("errata: []\n")
    assert _build(tmp_path) == 0
    said = capsys.readouterr().out
    assert "1 entry, " in said
    shown = (tmp_path / "site" / "index.html").read_text() + (tmp_path / "site" / "heat-few-0.2.0.html").read_text()
    assert "1 bug of 1 program. 1 entry." in shown
    assert "1 bug, the most solved first, and 1 entry, the best first" in shown
    where = [word for flag in ("sets", "entries", "rounds") for word in (f"--{flag}", str(tmp_path / flag))]
    assert main(["leaderboard", "verify", str(tmp_path / "in"), *where]) == 0
    assert "1 completion run again" in capsys.readouterr().out
    assert not re.search(r"\b1 (bugs|entries|programs|completions|files)\b", said + shown)


def test_a_full_disk_is_one_sentence_and_keeps_the_old_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, target: object) -> None:
        raise shutil.Error([("a", "b", "[Errno 28] No space left on device"), ("c", "d", "the same")])

    out = tmp_path / "site"
    out.mkdir()
    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(UsageError) as caught:
        _replace({}, out)
    assert str(caught.value).startswith(f"{out}: cannot be written: [Errno 28] No space left on device; ")
    assert [*tmp_path.iterdir()] == [out]
