"""Finds every text for people in our Python and templates, and every word that escaped the catalogue."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2]
ROOMS = ("platform/apportion", "workers", "reports", "tenants")
SINGULAR = {"_", "message", "sentence", "translate", "N_", "NotPossibleError"}
PLURAL = {"_n", "message_n", "sentence_n", "translate_n"}
SPOKEN_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "aria-description", "label"}


@dataclass(frozen=True)
class Text:
    """A source text as it stands in the code; `many` is its plural, if it counts."""

    one: str
    many: str | None
    where: str


class NotConstantError(AssertionError):
    """A text for people that is put together at run time, so that no catalogue can hold it."""


def python_files() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path


def templates() -> Iterator[Path]:
    for room in ROOMS:
        for pattern in ("templates/**/*.html", "templates/**/*.txt", "print/**/*.html"):
            for path in sorted((ROOT / room).rglob(pattern)):
                if "node_modules" not in path.parts:
                    yield path


def in_python(path: Path) -> Iterator[Text]:
    source = path.read_text()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
        if name not in SINGULAR | PLURAL or not node.args:
            continue
        where = f"{path.relative_to(ROOT)}:{node.lineno}"
        if name in PLURAL:
            if isinstance(node.args[0], ast.Constant) and isinstance(node.args[1], ast.Constant):
                yield Text(node.args[0].value, node.args[1].value, where)
            else:
                _refuse_built(node.args[0], where)
        else:
            for text in _constants(node.args[0], where):
                yield Text(text, None, where)


def _constants(node: ast.expr, where: str) -> Iterator[str]:
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _constants(body, where)
            yield from _constants(other, where)
        case _:
            _refuse_built(node, where)


def _refuse_built(node: ast.expr, where: str) -> None:
    """Variables are fine (their text was marked where it was made); joined strings are not."""
    if isinstance(node, (ast.JoinedStr, ast.BinOp)):
        raise NotConstantError(f"{where}: a text is put together here; write whole sentences")


CLASSES = re.compile(r"\{%-? block \w+_class %\}.*?\{%-? endblock %\}")
"""Blocks that hold the names of classes, not words."""
ENVIRONMENT = Environment(autoescape=True, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])


def in_template(path: Path) -> Iterator[Text]:
    for call in ENVIRONMENT.parse(path.read_text()).find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in SINGULAR | PLURAL or not call.args:
            continue
        where = f"{path.relative_to(ROOT)}:{call.lineno}"
        if call.node.name in PLURAL:
            one, many = call.args[:2]
            if isinstance(one, nodes.Const) and isinstance(many, nodes.Const):
                yield Text(one.value, many.value, where)
            continue
        yield from (Text(text, None, where) for text in _template_constants(call.args[0], where))


def _template_constants(node: nodes.Node, where: str) -> Iterator[str]:
    if isinstance(node, nodes.Const):
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from _template_constants(node.expr1, where)
        if node.expr2 is not None:
            yield from _template_constants(node.expr2, where)
    elif isinstance(node, (nodes.Concat, nodes.Add)):
        raise NotConstantError(f"{where}: a text is put together here; write whole sentences")


def all_texts() -> list[Text]:
    found: list[Text] = []
    for path in python_files():
        found.extend(in_python(path))
    for path in templates():
        found.extend(in_template(path))
    return found


class _Spoken(HTMLParser):
    """Collects what a reader would see or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "style", "code"}:
            self.silent += 1
        self.said.extend(value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value)

    def handle_endtag(self, tag):
        if tag in {"script", "style", "code"}:
            self.silent -= 1

    def handle_data(self, data):
        if not self.silent:
            self.said.append(data)


def bare_words(path: Path) -> list[str]:
    """Return the words in a template that no catalogue covers."""
    pieces: list[str] = []
    source = CLASSES.sub("", path.read_text())
    for kind, value in ((token[1], token[2]) for token in ENVIRONMENT.lex(source)):
        pieces.append(value if kind == "data" else "")
        if kind in {"variable_begin", "block_begin", "linecomment_begin", "comment_begin"}:
            pieces.append(" ")
    reader = _Spoken()
    reader.feed("".join(pieces))
    # A macro may give attributes alone, which look like text where they stand.
    said = [re.sub(r"[a-z-]+=\"[^\"]*\"?", "", text) for text in reader.said]
    return [word for text in said for word in re.findall(r"[^\W\d_]{2,}", text)]
