"""The plan in the open: a link, a comment, its answer, the coach's view, and what a stranger sees."""

from __future__ import annotations

import html
import re

from apportion.tour import people
from apportion.tour.page import Form, Page
from apportion.tour.people import Cast
from apportion.tour.report import wait_for
from apportion.tour.visitor import TourError

QUESTION = "How did you decide on this? Please say in the plan whom you asked."
ANSWER = "Thank you. We asked the school site councils, and the plan says so now."
NOWHERE = 2_000_000_000
"""Number of a district that does not exist."""
CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b")


def share(cast: Cast) -> str:
    """The superintendent makes a link that ends; return its address."""
    with cast.report.step("The superintendent makes a link for comments", "superintendent") as step:
        page = cast["superintendent"].open(f"/d/{cast.district_id}/sharing")
        form = page.form(action="/sharing$", field="label")
        step.check("there is a form for a link", form, page.text)
        made = cast["superintendent"].submit(
            page, _there(form), {"label": "School site councils", "may_comment": "1"}
        )
        found = re.search(rf"{re.escape(cast.base_url)}/r/[A-Za-z0-9_-]{{20,}}", made.body.decode())
        step.check("the link is shown, this once", found, made.text)
        again = cast["superintendent"].open(f"/d/{cast.district_id}/sharing")
        address = found.group() if found else ""
        step.check("it is not shown again", address.encode() not in again.body)
        step.check("it is listed with its end date", "School site councils" in again.text, again.text)
    return address


def comment(cast: Cast, link: str, sentence: str) -> str:
    """A parent without an account reads the plan and comments on a sentence; return the return code."""
    with cast.report.step("A parent opens the link and comments on a sentence", "parent") as step:
        parent = cast.make(cast.base_url, "Parent")
        cast.visitors["parent"] = parent
        page = parent.open(link)
        step.check("the address no longer holds the link's secret", link not in page.url, page.url)
        step.check("the plan names the district", cast.district_name in page.text, page.text)
        step.check("the sentence stands in the plan", sentence in page.text, page.text)
        step.check("comments become public record, and it says so", "public record" in page.text, page.text)
        block = _block_with(page, sentence)
        step.check("the sentence stands in a block that can be commented on", block)
        form_page = parent.open(page.link(href=rf"comment\?block={block}$") or f"comment?block={block}")
        form = form_page.form(action="/comment$", field="quotation")
        step.check("the form works without script", form, form_page.text)
        sent = parent.submit(
            form_page,
            _there(form),
            {
                "text": QUESTION,
                "name": "Pat Parent",
                "relation": "parent",
                "quotation": sentence,
                "address": cast.address("parent"),
            },
        )
        code = CODE.search(sent.text)
        step.check("the comment arrived and gave a code to find it again", code, sent.text)
        step.check("the comment stands in the plan at once", QUESTION in parent.open(page.url).text)
    return code.group() if code else ""


def answer(cast: Cast) -> None:
    """The instruction chief answers and says that the plan changes."""
    chief = cast["chief"]
    with cast.report.step("The instruction chief answers the comment", "instruction chief") as step:
        queue = chief.open(f"/d/{cast.district_id}/comments")
        step.check("the comment waits in the queue", QUESTION in queue.text, queue.text)
        href = queue.link(href=rf"/d/{cast.district_id}/comments/\d+$")
        thread = chief.open(href or "")
        form = thread.form(action="/answer$", field="text")
        step.check("it can be answered for the district", form, thread.text)
        done = chief.submit(thread, _there(form), {"text": ANSWER, "disposition": "changed"})
        step.check("the answer is public", ANSWER in done.text, done.text)
        mail = people.letter(cast, cast.address("parent"), "")
        step.check("the parent hears of the answer by mail", mail.text)


def changed(cast: Cast, link: str, code: str, before: str, after: str) -> None:
    """The parent comes back with the code and finds answer and changed sentence."""
    parent = cast["parent"]
    with cast.report.step("The parent finds the answer and the changed sentence", "parent") as step:
        page = parent.open(link)
        step.check("the new sentence stands in the adopted version", after in page.text, page.text)
        step.check("the old sentence is gone", before not in _plan_words(page), page.text)
        step.check("the version is adopted by the board", "Adopted" in page.text, page.text)
        ask = parent.open(page.link(href="my-comment$") or "my-comment")
        form = ask.form(field="code")
        mine = parent.submit(ask, _there(form), {"code": code})
        step.check("the code finds the comment", QUESTION in mine.text, mine.text)
        step.check("the district's answer stands beside it", ANSWER in mine.text, mine.text)
        step.check(
            "the page says that the plan changed because of it",
            "The plan changed because of your comment" in mine.headings,
            mine.headings,
        )
        step.check("it shows how the passage reads now", after in mine.text, mine.text)


def stranger_sees_nothing(cast: Cast) -> None:
    """Somebody of the district next door tries every address that the others used."""
    stranger = cast["stranger"]
    with cast.report.step("The district next door can't learn that any of this exists", "stranger") as step:
        mine = re.compile(rf"^(?:/api/v1/districts|/d)/{cast.district_id}(?=[/?]|$)")
        tried = sorted(
            {
                address
                for visitor in cast.visitors.values()
                for address in visitor.visited
                if mine.match(address)
            }
        )
        step.check("there are addresses to try", len(tried) > 10, tried)
        for address in tried:
            refused = stranger.open(address, expect=None)
            absent = stranger.open(address.replace(f"/{cast.district_id}", f"/{NOWHERE}", 1), expect=None)
            if refused.status != 404 or _told(refused, cast.district_id) != _told(absent, cast.district_id):
                step.check(
                    f"{address} answers as an address that does not exist",
                    holds=False,
                    found=f"{refused.status} {refused.text[:300]}",
                )
        step.check("every one of them answers as if there were no such district", tried)
        step.measured["addresses"] = len(tried)
        for address in ("/", "/cohort", "/organizations", "/account", f"/d/{cast.neighbour_id}/"):
            page = stranger.open(address, expect=None)
            step.check(
                f"{address} does not name the district", cast.district_name not in page.text, page.text
            )
        outsider = cast.make(cast.base_url, "nobody")
        for address in tried:
            page = outsider.open(address, expect=None)
            if cast.district_name in page.text:
                step.check(f"{address} tells nobody anything", holds=False, found=page.text)
        step.check("whoever is not signed in learns nothing either", tried)


def _told(page: Page, district_id: int) -> str:
    """Return what a refusal tells, the made-up number read as the district's, without the request's marks."""
    return re.sub(r"\b[0-9a-f]{8,}\b", "", page.text.replace(str(NOWHERE), str(district_id)))


def _block_with(page: Page, sentence: str) -> str:
    """Return the id of the plan's block that holds a sentence."""
    body = page.body.decode()
    for found in re.finditer(r'<(\w+)[^>]*\bdata-block="(\d+)"[^>]*>(.*?)</\1>', body, re.DOTALL):
        words = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", found.group(3))))
        if sentence in words:
            return found.group(2)
    return ""


def _plan_words(page: Page) -> str:
    """Return the words of the plan's own blocks, without comments that quote earlier ones."""
    body = page.body.decode()
    blocks = re.findall(r'<(\w+)[^>]*\bdata-block="\d+"[^>]*>(.*?)</\1>', body, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", words)) for _, words in blocks)


def _there(form: object) -> Form:
    if not isinstance(form, Form):
        raise TourError("The page has no such form.")
    return form


def placed_comment(cast: Cast, link: str) -> None:
    """Wait until the adopted version has taken the comments over."""
    wait_for(
        "The comment's place in the adopted version",
        lambda: True if QUESTION in cast["parent"].open(link).text else None,
    )


def engage(cast: Cast) -> None:
    """The district lets the nonprofit's coach in, as a reader."""
    superintendent, coach = cast["superintendent"], cast["coach"]
    with cast.report.step("The district lets the coach in, as far as it wants", "superintendent") as step:
        before = coach.open(f"/d/{cast.district_id}/", expect=None)
        step.check("before, the coach sees nothing", before.status == 404, before.text)
        page = superintendent.open(f"/d/{cast.district_id}/settings/facilitator")
        form = _there(page.form(action="/offer$", field="facilitator"))
        # On a platform that had a tour before, the newest of that name is ours.
        choice = max(
            (value for value, label in form.choices["facilitator"] if label == "Bridge for Schools"), key=int
        )
        page = superintendent.submit(page, form, {"facilitator": choice, "level": "2"})
        step.check("the engagement is offered", "Bridge for Schools" in page.text, page.text)
        page = coach.open("/organization/engagements")
        accept = next((form for form in page.forms if ("act", "accept") in form.fields), None)
        page = coach.submit(page, _there(accept), {})
        step.check("the coach accepts", cast.district_name in page.text, page.text)


def coached(cast: Cast) -> None:
    """The coach sees where the district stands, limited by the engagement's level."""
    coach = cast["coach"]
    with cast.report.step("The coach sees where the district stands", "coach") as step:
        board = coach.open("/cohort")
        step.check("the board shows the district", cast.district_name in board.text, board.text)
        seen = coach.open(f"/d/{cast.district_id}/coach")
        step.check("it says what the coach sees and never sees", "Reader" in seen.text, seen.text)
        home = coach.open(f"/d/{cast.district_id}/")
        step.check("the coach may open the district", cast.district_name in home.text, home.text)
        lines = coach.open(f"/d/{cast.district_id}/data", expect=None)
        step.check("a reader loads no ledger", lines.form(action="/data/loads$") is None, lines.text)
        refused = coach.open(f"/d/{cast.neighbour_id}/", expect=None)
        step.check("the district next door stays closed to the coach", refused.status == 404, refused.text)
