"""Names of lines in plain words, as budgets print them; shared by all analyses."""

from __future__ import annotations

from workers.analyses.ledger import Where
from workers.analyses.result import Message, sentence

UNRESTRICTED: Where = {"resource": ["0000", "1999"]}
RESTRICTED: Where = {"resource": ["2000", "9999"]}
EVERY: Where = {"resource": ["0000", "9999"]}
SEGMENTS: dict[str, Where] = {"unrestricted": UNRESTRICTED, "restricted": RESTRICTED}

SEGMENT_NAMES: dict[str, Message] = {
    "unrestricted": sentence("Unrestricted"),
    "restricted": sentence("Restricted"),
    "combined": sentence("Combined"),
    "total": sentence("Total"),
}

COLUMN_WORDS: dict[str, Message] = {
    "BB": sentence("budget"),
    "BE": sentence("estimated actuals"),
    "BA": sentence("unaudited actuals"),
    "IO": sentence("original budget"),
    "IB": sentence("operating budget"),
    "IA": sentence("actuals to date"),
    "IP": sentence("projected totals"),
}

OBJECT_GROUPS: tuple[tuple[str, Message, tuple[tuple[str, str], ...]], ...] = (
    ("certificated_salaries", sentence("Certificated salaries"), (("1000", "1999"),)),
    ("classified_salaries", sentence("Classified salaries"), (("2000", "2999"),)),
    ("benefits", sentence("Employee benefits"), (("3000", "3999"),)),
    ("supplies", sentence("Books and supplies"), (("4000", "4999"),)),
    ("services", sentence("Services and operating expenses"), (("5000", "5999"),)),
    ("capital", sentence("Capital outlay"), (("6000", "6999"),)),
    ("other_outgo", sentence("Other outgo"), (("7000", "7299"), ("7400", "7599"))),
    ("indirect_costs", sentence("Transfers of indirect costs"), (("7300", "7399"),)),
    ("transfers_out", sentence("Transfers out and other uses"), (("7600", "7999"),)),
)
"""Every object from 1000 to 7999 stands in exactly one group."""

FUNCTION_GROUPS: tuple[tuple[str, Message, tuple[str, str]], ...] = (
    ("instruction", sentence("Instruction"), ("1000", "1999")),
    ("instruction_related", sentence("Help for instruction and school leadership"), ("2000", "2999")),
    ("pupil_services", sentence("Pupil services"), ("3000", "3999")),
    ("ancillary", sentence("Athletics and other school activities"), ("4000", "4999")),
    ("community", sentence("Community services"), ("5000", "5999")),
    ("enterprise", sentence("Enterprise"), ("6000", "6999")),
    ("administration", sentence("General administration"), ("7000", "7999")),
    ("plant", sentence("Buildings and grounds"), ("8000", "8999")),
    ("other_outgo", sentence("Debt, transfers and other outgo"), ("9000", "9999")),
    ("undistributed", sentence("Without a function"), ("0000", "0999")),
)

REVENUE_GROUPS: tuple[tuple[str, Message, tuple[str, str]], ...] = (
    ("lcff", sentence("State formula (LCFF)"), ("8000", "8099")),
    ("federal", sentence("Federal revenue"), ("8100", "8299")),
    ("state", sentence("Other state revenue"), ("8300", "8599")),
    ("local", sentence("Other local revenue"), ("8600", "8799")),
    ("sources", sentence("Transfers in and other sources"), ("8800", "8979")),
)

OBJECT_CLASSES: dict[str, Message] = {
    "11": sentence("Teachers' salaries"),
    "12": sentence("Certificated pupil support salaries"),
    "13": sentence("Certificated supervisors' and administrators' salaries"),
    "19": sentence("Other certificated salaries"),
    "21": sentence("Instructional aides' salaries"),
    "22": sentence("Classified support salaries"),
    "23": sentence("Classified supervisors' and administrators' salaries"),
    "24": sentence("Clerical and office salaries"),
    "29": sentence("Other classified salaries"),
    "31": sentence("Teachers' pensions (CalSTRS)"),
    "32": sentence("Classified pensions (CalPERS)"),
    "33": sentence("Social Security and Medicare"),
    "34": sentence("Health and welfare benefits"),
    "35": sentence("Unemployment insurance"),
    "36": sentence("Workers' compensation"),
    "37": sentence("Retirees' benefits"),
    "39": sentence("Other employee benefits"),
    "41": sentence("Textbooks"),
    "42": sentence("Other books"),
    "43": sentence("Materials and supplies"),
    "44": sentence("Small equipment"),
    "47": sentence("Food"),
    "51": sentence("Subagreements for services"),
    "52": sentence("Travel and conferences"),
    "53": sentence("Dues and memberships"),
    "54": sentence("Insurance"),
    "55": sentence("Utilities and housekeeping"),
    "56": sentence("Rentals and repairs"),
    "57": sentence("Transfers of direct costs"),
    "58": sentence("Consultants and other services"),
    "59": sentence("Communications"),
    "61": sentence("Land"),
    "62": sentence("Buildings"),
    "63": sentence("Books and media for new libraries"),
    "64": sentence("Equipment"),
    "65": sentence("Replacement of equipment"),
    "71": sentence("Tuition and excess costs"),
    "72": sentence("Transfers to other agencies"),
    "73": sentence("Transfers of indirect costs"),
    "74": sentence("Debt service"),
    "76": sentence("Transfers to other funds and other uses"),
}

RESOURCES: dict[str, Message] = {
    "0000": sentence("Unrestricted general fund"),
    "1100": sentence("Lottery, unrestricted"),
    "1400": sentence("Education Protection Account"),
    "2600": sentence("Expanded learning (ELO-P)"),
    "3010": sentence("Title I, low-income schools"),
    "3182": sentence("School improvement"),
    "3210": sentence("Federal COVID relief (ESSER I)"),
    "3212": sentence("Federal COVID relief (ESSER II)"),
    "3213": sentence("Federal COVID relief (ESSER III)"),
    "3214": sentence("Federal COVID relief, learning loss"),
    "3310": sentence("Special education, federal (IDEA)"),
    "3327": sentence("Special education mental health, federal"),
    "4035": sentence("Title II, teacher quality"),
    "4127": sentence("Title IV, student support"),
    "4203": sentence("Title III, English learners"),
    "5310": sentence("Child nutrition"),
    "5640": sentence("Medi-Cal billing"),
    "6010": sentence("After-school programs (ASES)"),
    "6053": sentence("Universal prekindergarten planning"),
    "6266": sentence("Educator effectiveness"),
    "6300": sentence("Lottery, instructional materials"),
    "6332": sentence("Community schools"),
    "6387": sentence("Career technical education"),
    "6500": sentence("Special education"),
    "6546": sentence("Mental health services"),
    "6547": sentence("Special education early intervention"),
    "6762": sentence("Arts, music and materials block grant"),
    "6770": sentence("Arts and music in schools (Proposition 28)"),
    "7032": sentence("Kitchen infrastructure and training"),
    "7311": sentence("Classified professional development"),
    "7399": sentence("LCFF equity multiplier"),
    "7412": sentence("A-G access"),
    "7413": sentence("A-G learning loss"),
    "7435": sentence("Learning recovery block grant"),
    "7690": sentence("Pension payments that the state makes"),
    "7810": sentence("Other restricted state money"),
    "8150": sentence("Routine maintenance"),
    "9010": sentence("Other restricted local money"),
}

ONE_TIME_RESOURCES: tuple[tuple[str, str], ...] = (
    ("3210", "3228"),
    ("6053", "6053"),
    ("6266", "6266"),
    ("6762", "6762"),
    ("7311", "7311"),
    ("7412", "7413"),
    ("7422", "7426"),
    ("7435", "7435"),
)
"""Resources known to be granted once: COVID relief, recovery and block grants of 2020-21 to 2022-23."""


def resource_name(code: str) -> Message:
    """Return a resource's name with its code."""
    if code in RESOURCES:
        return sentence("{name} ({code})", name=RESOURCES[code], code=code)
    return sentence("Resource {code}", code=code)


def object_class_name(digits: str) -> Message:
    """Return the name of a class of objects by its first two digits, with the codes."""
    codes = f"{digits}00-{digits}99"
    if digits in OBJECT_CLASSES:
        return sentence("{name} ({code})", name=OBJECT_CLASSES[digits], code=codes)
    return sentence("Objects {code}", code=codes)
