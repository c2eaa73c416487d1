"""The tour's story, step by step."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

from apportion.tour import numbers, people, planning, public
from apportion.tour.people import Cast
from apportion.tour.report import Report
from apportion.tour.visitor import TourError, Visitor
from workers.imports.ledger.reader import read


@dataclasses.dataclass(frozen=True)
class Order:
    """What the tour was asked to do."""

    ledgers: tuple[Path, ...]
    district: str
    ada: dict[str, str]
    """Average daily attendance by fiscal year; under an empty key for every year."""
    out: Path


def tell(
    order: Order,
    base_url: str,
    environment: dict[str, str],
    say: Callable[[str], None],
    make: Callable[[str, str], Visitor] = Visitor,
) -> None:
    """Run every step and leave plan.pdf, plan.json, comments.json and tour.json in `order.out`.

    Args:
        order: what to do.
        base_url: address of the platform.
        environment: variables with which the operator's commands reach it.
        say: told of each step.
        make: makes a person's browser from the address and the person's name.

    Raises:
        TourError: A step does not hold.
    """
    about = {
        "district": order.district,
        "ledgers": [path.name for path in order.ledgers],
        "started": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    cast = Cast(
        base_url=base_url,
        environment=environment,
        district_name=order.district,
        cds_code=district_code(order.ledgers),
        report=Report(order.out / "tour.json", about, say),
        make=make,
    )
    open_districts(cast)
    numbers.invite_cabinet(cast)
    numbers.load(cast, order.ledgers)
    by_hand = numbers.attendance(cast, order.ada)
    numbers.analyses(cast)
    public.engage(cast)
    planning.start(cast)
    planning.enter(cast)
    planning.write(cast, attendance_by_hand=by_hand)
    draft = planning.release(cast, adopted=False)
    planning.print_plan(cast, draft, order.out)
    link = public.share(cast)
    code = public.comment(cast, link, planning.BEFORE)
    public.answer(cast)
    planning.change_sentence(cast)
    adopted = planning.release(cast, adopted=True)
    planning.print_plan(cast, adopted, order.out)
    planning.keep_data(cast, adopted, order.out)
    public.placed_comment(cast, link)
    public.changed(cast, link, code, planning.BEFORE, planning.AFTER)
    planning.keep_comments(cast, order.out)
    public.coached(cast)
    public.stranger_sees_nothing(cast)


def district_code(ledgers: tuple[Path, ...]) -> str:
    """Return the CDS code that stands in the ledger files.

    Raises:
        TourError: There is none, or the files are of several districts.
    """
    codes = {dataset.cds_code for path in ledgers for dataset in read(path).datasets if dataset.cds_code}
    if len(codes) != 1:
        raise TourError(
            f"The ledger files name {len(codes)} districts ({', '.join(sorted(codes)) or 'none'});"
            " the tour needs files of exactly one."
        )
    return codes.pop()


def open_districts(cast: Cast) -> None:
    """The operator opens the district, its neighbour and the nonprofit; their first people come by mail."""
    with cast.report.step(
        "The operator opens the district, its neighbour and the nonprofit", "operator"
    ) as step:
        said = people.operate(
            cast,
            *("district", "create", "--name", cast.district_name, "--cds-code", cast.cds_code),
            *("--steward", cast.address("superintendent"), "--steward-name", "Sam Superintendent"),
        )
        cast.district_id = _number(said)
        said = people.operate(
            cast,
            *("district", "create", "--name", "Next Door Elementary", "--cds-code", cast.neighbour_code),
            *("--steward", cast.address("stranger"), "--steward-name", "Stella Stranger", "--role", "CBO"),
        )
        cast.neighbour_id = _number(said)
        people.operate(
            cast,
            *("facilitator", "create", "--name", "Bridge for Schools"),
            *("--steward", cast.address("coach"), "--steward-name", "Carla Coach"),
        )
        step.check("two districts and a nonprofit are open", cast.district_id != cast.neighbour_id)
    with cast.report.step(
        "Their first people accept the invitations in their mail", "superintendent"
    ) as step:
        people.accept(cast, "superintendent", "Superintendent", step)
        people.accept(cast, "stranger", "Stranger from next door", step)
        people.accept(cast, "coach", "Coach", step)


def _number(said: str) -> int:
    found = re.search(r"\(number (\d+)\)", said)
    if found is None:
        raise TourError(f"The operator's command names no organization: {said}")
    return int(found.group(1))
