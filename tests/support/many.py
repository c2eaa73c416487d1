"""Very many engagements at once, written as the owner: making each as people do would take minutes."""

from __future__ import annotations

from tests.support.factories import Organization, Person, behind_the_walls
from tests.support.platform import CloneOfTemplate

FIRST = 500_000
"""Id of the first district made here, away from the counted ones."""


def engage(
    database: CloneOfTemplate, facilitator: Organization, coach: Person, begin: int, end: int
) -> list[int]:
    """Let a facilitator with a coach into the districts of the numbers from `begin` to before `end`.

    Each has a step of its process under way, so that a board has something to say of it.
    """
    numbers = f"generate_series({FIRST + begin}, {FIRST + end - 1}) n"
    behind_the_walls(
        database,
        "organization",
        "insert into organization (id, kind, name, cds_code)"
        f" select n, 'district', 'District ' || n, lpad(n::text, 14, '7') from {numbers}",
    )
    behind_the_walls(
        database,
        "engagement",
        "insert into engagement (id, district_id, facilitator_id, level, state, starts_on, ends_on,"
        f" offered_by, accepted_by) select n, n, {facilitator.id}, 1 + n % 4, 'active', current_date - 9,"
        f" current_date + 20 + n % 300, {coach.id}, {coach.id} from {numbers}",
    )
    behind_the_walls(
        database,
        "engagement_coach",
        f"insert into engagement_coach (engagement_id, person_id) select n, {coach.id} from {numbers}",
    )
    behind_the_walls(
        database,
        "process_step",
        "insert into process_step (district_id, step, state, moved_at)"
        f" select n, 'goals', 'under_way', now() - make_interval(days => n % 60) from {numbers}",
    )
    return list(range(FIRST + begin, FIRST + end))
