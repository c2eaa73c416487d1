"""Pages 12 and 13: what each role sees of positions and students, and what is recorded."""

import io

import pytest
from sqlalchemy import text

from tenants.scope import Scope
from tests.platform.data.test_data_pages import CDS, Place, words
from workers import runner

POSITIONS = b"""Position,Title,Site,Site name,Group,Retirement,FTE,Vacant,Resource,Goal,Percent,Employee,Pay
P1,Teacher,1001,Oak,certificated,STRS,1.0,no,0000,1110,60,"Doe, Jane",82450
P1,Teacher,1001,Oak,certificated,STRS,1.0,no,3010,1110,40,"Doe, Jane",82450
P2,Aide,1001,Oak,classified,PERS,0.75,yes,6500,5760,100,,
P3,Driver,0000,Yard,classified,PERS,0.5,no,0723,0000,100,"Roe, Al",51000
"""
COUNTS = b"""Year,School,School name,Grade,Group,Students
2025-26,1001,Oak,K,all,40
2025-26,1001,Oak,1,all,38
2025-26,1002,Elm,K,all,7
2025-26,1002,Elm,1,all,31
2025-26,1001,Oak,K,EL,20
"""


@pytest.fixture
def place(app, database):
    return Place(app, database, CDS)


def load(place, kind, content, who, **fields):
    data = {"file": (io.BytesIO(content), "people.csv"), **fields}
    answer = who.post(f"{place.base}/{kind}/loads", data=data, content_type="multipart/form-data")
    for job in place.rows("select id from job where state = 'waiting'"):
        runner.execute(place.database.settings, job["id"], place.district.id)
    return answer


def test_positions_show_no_name_until_somebody_says_why(place):
    hr = place.member("HR")
    assert "Load your positions" in words(hr.get(f"{place.base}/positions"))
    answer = load(place, "positions", POSITIONS, hr, fiscal_year="2026-27", total_fte="2.25")
    assert answer.status_code == 302, words(answer)
    done = words(hr.get(answer.headers["Location"]))
    assert "4 rows, and they foot" in done
    page = words(hr.get(f"{place.base}/positions"))
    assert "2.25 full-time equivalents, of which 0.75 are vacant" in page
    assert "foots to the staffing total" in page
    assert "Doe, Jane" not in page
    assert "82,450" not in page
    silent = hr.post(f"{place.base}/positions/look", data={"reason": " "})
    assert silent.status_code == 422
    assert "Doe, Jane" not in words(silent)
    look = words(hr.post(f"{place.base}/positions/look", data={"reason": "Checking vacancies"}))
    assert "Doe, Jane" in look
    assert "$82,450" in look or "82,450" in look
    (entry,) = place.rows("select detail from audit_entry where action = 'named_positions:view'")
    assert entry["detail"]["reason"] == "Checking vacancies"
    assert "Doe, Jane" not in words(hr.get(f"{place.base}/positions"))
    (held,) = place.rows("select id from position_set")
    plain = hr.get(f"{place.base}/positions/{held['id']}/positions.csv").get_data(as_text=True)
    assert "P1" in plain
    assert "Jane" not in plain
    named = hr.post(f"{place.base}/positions/{held['id']}/named.csv", data={"reason": "Payroll"})
    assert "Doe, Jane" in named.get_data(as_text=True)
    for role, status in (("CAO", 200), ("SUP", 200), ("SED", 200), ("PRI", 403), ("BRD", 403)):
        who = place.member(role)
        seen = who.get(f"{place.base}/positions")
        assert seen.status_code == status
        assert "Jane" not in words(seen)
        assert who.post(f"{place.base}/positions/look", data={"reason": "x"}).status_code == 403
    special = words(place.member("SED").get(f"{place.base}/positions"))
    assert "Aide" in special
    assert "Driver" not in special
    filtered = words(hr.get(f"{place.base}/positions?resource=0723"))
    assert "Driver" in filtered
    assert "Teacher" not in filtered
    assert hr.post(f"{place.base}/positions/{held['id']}/withdraw").status_code == 302
    assert "Load your positions" in words(hr.get(f"{place.base}/positions"))


def test_students_are_protected_for_who_may_not_know_them(place):
    cao = place.member("CAO")
    refused = load(place, "students", b"School,Grade,Students,Student name\n1,K,1,Ana\n", cao)
    assert refused.status_code == 422
    assert "nothing of the file was kept" in words(refused)
    answer = load(place, "students", COUNTS, cao)
    assert "5 rows, and they foot" in words(cao.get(answer.headers["Location"]))
    full = words(cao.get(f"{place.base}/students"))
    assert "116 students were enrolled on census day of 2025-26" in full
    assert "Oak 40 38 78" in full.replace("–", "")
    assert "Elm 7 31 38" in full
    for role in ("SUP", "HR", "PRI"):
        seen = words(place.member(role).get(f"{place.base}/students"))
        assert "116 students" in seen
        assert "fewer than 11" in seen
        assert "Elm 7" not in seen
    exported = cao.get(f"{place.base}/students/protected.csv").get_data(as_text=True)
    assert '"fewer",' in exported
    assert '"Elm","K","all","fewer",' in exported
    assert place.member("BRD").get(f"{place.base}/students").status_code == 403
    spanish = place.member("SED", language="es")
    assert "116 estudiantes" in words(spanish.get(f"{place.base}/students"))


def test_rows_of_a_neighbour_are_not_found(place, app, database):
    hr = place.member("HR")
    load(place, "positions", POSITIONS, hr, fiscal_year="2026-27")
    (held,) = place.rows("select id from position_set")
    (loaded,) = place.rows("select id from position_load")
    other = Place(app, database, None)
    stranger = other.member("HR")
    assert stranger.get(f"{other.base}/positions/{held['id']}/positions.csv").status_code == 404
    assert stranger.get(f"{other.base}/positions/loads/{loaded['id']}").status_code == 404
    with database.app.transaction(Scope.for_upkeep(other.district.id)) as session:
        assert session.execute(text("select count(*) from position")).scalar_one() == 0
