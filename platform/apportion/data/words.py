"""Words of the data pages: reporting periods, columns, fields, controls, severities."""

from __future__ import annotations

from tenants.language import N_

PERIODS = {
    "BS1": N_("July 1 budget"),
    "A": N_("Unaudited actuals"),
    "I1": N_("First interim report"),
    "I2": N_("Second interim report"),
    "I3": N_("Third interim report"),
}
COLUMNS = {
    "BB": N_("budget"),
    "BE": N_("estimated actuals"),
    "BA": N_("unaudited actuals"),
    "IO": N_("original budget"),
    "IB": N_("board-approved operating budget"),
    "IA": N_("actuals to date"),
    "IP": N_("projected totals"),
}
LAYOUTS = {
    "sacs-export": N_("the state's official export"),
    "sacs-import": N_("the state's user import file"),
    "user-gl": N_("the state's userGL table"),
    "web-extract": N_("the state web system's data extract"),
    "plain-table": N_("a table of the district's own system"),
}
CONTROLS = {
    "revenues": (N_("Revenues"), N_("objects 8000–8979")),
    "expenditures_and_uses": (N_("Expenditures and other uses"), N_("objects 1000–7999")),
    "contributions": (N_("Contributions between resources"), N_("objects 8980–8999")),
    "beginning_balance": (N_("Beginning balance"), N_("object 9791")),
}
SEVERITIES = {
    "fatal": (N_("must be mended"), "bad", "alert"),
    "warning": (N_("look at it"), "warn", "alert"),
    "information": (N_("good to know"), "info", "info"),
}
FIELDS = {
    "account": N_("Account (19 characters)"),
    "fund": N_("Fund"),
    "resource": N_("Resource"),
    "project_year": N_("Project year"),
    "goal": N_("Goal"),
    "function": N_("Function"),
    "object": N_("Object"),
    "school": N_("School"),
    "amount": N_("Amount"),
    "debit": N_("Debit"),
    "credit": N_("Credit"),
    "description": N_("Description (personnel information)"),
    "party": N_("Payee or employee (personnel information)"),
    "fiscal_year": N_("Fiscal year"),
    "period": N_("Reporting period"),
    "column": N_("Column of the report"),
}
PLACES = {
    "file": N_("file"),
    "record": N_("record"),
    "record count": N_("record count"),
    "row": N_("row"),
    "cell": N_("cell"),
    "sheet": N_("sheet"),
    "headings": N_("headings"),
    "header": N_("header"),
    "account": N_("account"),
    "amount": N_("amount"),
    "flag": N_("flag"),
    "fiscal year": N_("fiscal year"),
    "period": N_("reporting period"),
    "column": N_("column"),
    "CDS code": N_("CDS code"),
    "fund": N_("fund"),
    "resource": N_("resource"),
    "goal": N_("goal"),
    "function": N_("function"),
    "object": N_("object"),
    "objects": N_("objects"),
    "resources": N_("resources"),
}
"""Where in a file a finding stands, as findings name it."""
STATES = {
    "received": (N_("waiting to be read"), "warn", "clock"),
    "reading": (N_("being read"), "info", "clock"),
    "needs_mapping": (N_("columns to be named"), "warn", "alert"),
    "ready": (N_("loaded"), "ok", "check"),
    "refused": (N_("not loaded"), "bad", "alert"),
    "cancelled": (N_("cancelled"), "rest", "close"),
}
DATASET_STATES = {
    "ready": (N_("current"), "ok", "check"),
    "superseded": (N_("superseded"), "rest", "clock"),
    "withdrawn": (N_("withdrawn"), "rest", "close"),
}
