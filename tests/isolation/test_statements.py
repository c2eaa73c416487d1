"""No statement is put together from values: what reaches PostgreSQL as text was text in the source.

Whoever could run SQL as the application could bind another scope, so this is the wall behind all others. A
statement's text may be made of constants, and of names of the module that were put together when it was
imported; inside a function nothing else may enter it. Values travel as parameters.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("tenants", "workers", "reports", "platform/apportion")
TAKERS = {"text", "exec_driver_sql", "SQL", "literal_column", "TextClause", "copy", "copy_expert", "DDL"}
"""Calls whose first argument is a statement's text, in SQLAlchemy and psycopg."""


def parsed(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node
    return tree


def module_names(tree):
    """Return the names that a module binds at import, and never again inside a function."""
    bound = {
        target.id
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    declared = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    return bound - declared


def inside_a_function(node):
    while (node := getattr(node, "parent", None)) is not None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return True
    return False


def is_text_of_the_source(node, names):
    """Say whether an expression is made of constants and of what the module bound at import."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return is_text_of_the_source(node.left, names) and is_text_of_the_source(node.right, names)
    if isinstance(node, ast.JoinedStr):
        return all(
            is_text_of_the_source(part.value if isinstance(part, ast.FormattedValue) else part, names)
            for part in node.values
        )
    if isinstance(node, ast.IfExp):
        return is_text_of_the_source(node.body, names) and is_text_of_the_source(node.orelse, names)
    if isinstance(node, ast.Subscript):
        return is_text_of_the_source(node.value, names)
    return False


def takes_text(call):
    function = call.func
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    # A plain string given to a psycopg cursor is a statement too.
    return name in TAKERS or (
        name in {"execute", "executemany", "stream"}
        and bool(call.args)
        and isinstance(call.args[0], (ast.JoinedStr, ast.BinOp, ast.Constant))
    )


def faults(path):
    tree = parsed(path)
    names = module_names(tree)
    imports = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and (getattr(node, "module", "") or "").split(".")[0] in {"sqlalchemy", "psycopg"}
        for alias in node.names
    } | {
        alias.asname or alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.split(".")[0] in {"sqlalchemy", "psycopg"}
    }
    if not imports:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not takes_text(node):
            continue
        if isinstance(node.func, ast.Name) and node.func.id not in imports:
            continue
        if inside_a_function(node) and not is_text_of_the_source(node.args[0], names):
            yield f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node.args[0])[:80]}"


def sources():
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def test_no_statement_is_made_of_values():
    found = [fault for path in sources() for fault in faults(path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "statement",
    [
        'session.execute(text(f"select {value}"))',
        'session.execute(text("select " + value))',
        'session.execute(text("select %s" % value))',
        'session.execute(text("select {}".format(value)))',
        'connection.exec_driver_sql("set role " + value)',
        'cursor.execute(f"select {value}")',
        'cursor.execute(sql.SQL("select " + value))',
        "session.execute(text(statement))",
        "session.scalars(select(literal_column(value)))",
    ],
)
def test_what_it_is_for_is_found(tmp_path, monkeypatch, statement):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    source = tmp_path / "made.py"
    source.write_text(
        "from psycopg import sql\nfrom sqlalchemy import literal_column, select, text\n"
        f"def ask(session, cursor, connection, value, statement):\n    {statement}\n"
    )
    assert list(faults(source))


def test_parameters_pass(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    source = tmp_path / "made.py"
    source.write_text(
        "from sqlalchemy import text\nWHERE = 'where id = :id'\nASK = text('select 1 ' + WHERE)\n"
        "def ask(session, value):\n"
        "    session.execute(ASK, {'id': value})\n"
        "    session.execute(text('select 1 ' + WHERE), {'id': value})\n"
    )
    assert not list(faults(source))
