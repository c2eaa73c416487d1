"""What templates can say: texts, amounts and dates in the reader's language, assets, the frame's facts."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import flask
from babel import dates
from markupsafe import Markup, escape

from apportion import request, security, static_files
from apportion.frame.facts import FrameFacts
from apportion.request import _, _n
from tenants import language as texts
from tenants.areas import SUPPORT_AREA_NAMES
from tenants.roles import ROLE_NAMES

FISCAL_YEAR = re.compile(r"\b(?:19|20)\d{2}-\d{2}\b")
PARENTHESES = re.compile(r"^\((.*)\)$")


def init_app(app: flask.Flask) -> None:
    """Give an application's templates their words."""
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.add_extension("jinja2.ext.loopcontrols")
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        _=_,
        _n=_n,
        asset=static_files.asset,
        nonce=security.nonce,
        message=texts.message,
        message_n=texts.message_n,
        value_money=texts.money,
        value_date=texts.date,
        LANGUAGE_NAMES=texts.NAMES,
        areas_in_words=areas_in_words,
    )
    app.jinja_env.filters.update(
        say=say,
        money=money,
        percent=percent,
        number=number,
        day=day,
        moment=moment,
        cap=cap,
        keep=keep,
        millions=millions,
        marked=marked,
        month_name=month_name,
        local_day=texts.local_day,
    )
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    return {
        "language": request.language(),
        "scope": request.scope(),
        "own_role": ROLE_NAMES.get(request.scope().role or "", ""),
        "frame": FrameFacts(),
        "config": flask.current_app.config,
    }


def areas_in_words(areas: list[str]) -> str:
    """Return the areas that a support grant opens, as one phrase."""
    return ", ".join(_(SUPPORT_AREA_NAMES[area]) for area in areas)


def say(said: texts.Message) -> str:
    """Return a stored message in the reader's language."""
    return texts.render(said, request.language())


def money(cents: int, style: texts.MoneyStyle = "dollars") -> Markup:
    """Return an amount for a page: a negative has a minus that only a screen reader hears."""
    return _spoken(texts.format_money(cents, request.language(), style), cents < 0)


def number(value: float | Decimal, digits: int = 0) -> Markup:
    """Return a number for a page."""
    return _spoken(texts.format_number(value, request.language(), digits), value < 0)


def percent(value: float | Decimal, digits: int = 1) -> Markup:
    """Return a percentage for a page; `value` counts percent."""
    return _spoken(texts.format_percent(value, request.language(), digits), value < 0)


def millions(cents: int) -> str:
    """Return an amount in millions with one decimal and no sign of its unit, for a chart's labels."""
    value = Decimal(cents) / 100_000_000
    digits = 0 if value == value.to_integral_value() and (abs(value) >= 5 or not value) else 1
    return texts.format_number(value, request.language(), digits)


def marked(said: texts.Message, part: texts.Message | None) -> Markup:
    """Return a sentence with one part of it marked as bad news; fiscal years don't break."""
    whole = keep(say(said))
    if part is None:
        return whole
    inner = say(part)
    return Markup(  # noqa: S704 - both were escaped
        str(whole).replace(str(escape(inner)), f"<span class='bad nb'>{escape(inner)}</span>", 1)
    )


def _spoken(printed: str, negative: bool) -> Markup:  # noqa: FBT001 - a plain helper of the three above
    inner = PARENTHESES.match(printed)
    if not negative or not inner:
        return Markup("<span class='nb'>{}</span>").format(printed)
    minus = _("minus")
    return Markup(
        "<span class='neg'><span class='vh'>{} </span><span aria-hidden='true'>(</span>{}"
        "<span class='pr' aria-hidden='true'>)</span></span>"
    ).format(minus, inner.group(1))


def day(value: dt.date, style: texts.DateStyle = "long") -> str:
    """Return a day in the reader's language."""
    return texts.format_date(value, request.language(), style)


def cap(text: str) -> str:
    """Return a text with its first letter large."""
    return text[:1].upper() + text[1:]


def month_name(value: dt.date) -> str:
    """Return a month and its year in the reader's language."""
    return dates.format_date(value, format="LLLL y", locale=texts.LOCALES[request.language()])


def moment(value: dt.datetime, style: texts.DateStyle = "medium") -> Markup:
    """Return a point in time in the reader's language, as California's clocks show it."""
    return Markup("<time datetime='{}'>{}</time>").format(
        value.isoformat(), texts.format_datetime(value, request.language(), style)
    )


def keep(text: str) -> Markup:
    """Return text in which no fiscal year breaks over two lines."""
    printed = str(escape(text))
    return Markup(FISCAL_YEAR.sub(r"<span class='nb'>\g<0></span>", printed))  # noqa: S704 - escaped above
