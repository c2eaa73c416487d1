"""Positions and counts of students for programs: the same rules and refusals as on the pages."""

import io

from tests.platform.data.test_data_pages import CDS, Place
from tests.platform.data.test_people_pages import COUNTS, POSITIONS
from workers import runner


def send(place, who, address, content, **fields):
    data = {"file": (io.BytesIO(content), "people.csv"), **fields}
    answer = who.post(address, data=data, content_type="multipart/form-data")
    for job in place.rows("select id from job where state = 'waiting'"):
        runner.execute(place.database.settings, job["id"], place.district.id)
    return answer


def test_a_program_loads_and_reads_people_within_its_reach(app, database):
    place = Place(app, database, CDS)
    base = f"/api/v1/districts/{place.district.id}"
    hr, cao, supt = (place.member(role) for role in ("HR", "CAO", "SUP"))
    loaded = send(place, hr, f"{base}/position-loads", POSITIONS, fiscal_year="2026-27", total_fte="2.25")
    assert loaded.status_code == 202, loaded.json
    load = hr.get(f"{base}/position-loads/{loaded.json['id']}").json
    assert (load["state"], load["report"]["findings"]) == ("ready", [])
    first = hr.get(f"{base}/positions?limit=2").json
    assert [one["position"] for one in first["items"]] == ["P1", "P2"]
    assert [part["share"] for part in first["items"][0]["funding"]] == ["0.600000", "0.400000"]
    rest = supt.get(f"{base}/positions?after={first['next']}").json
    assert [one["position"] for one in rest["items"]] == ["P3"]
    assert "employee" not in rest["items"][0]
    named = hr.post(f"{base}/named-positions", json={"reason": "Vacancies"}).json
    assert named["items"][0]["employee"] == "Doe, Jane"
    assert named["items"][0]["pay"] == "82450.00"
    assert hr.post(f"{base}/named-positions", json={"reason": " "}).status_code == 422
    assert supt.post(f"{base}/named-positions", json={"reason": "x"}).status_code == 403
    (entry,) = place.rows("select detail from audit_entry where action = 'named_positions:view'")
    assert entry["detail"]["reason"] == "Vacancies"
    again = hr.post(f"{base}/named-positions", json={"reason": "Kept"}, headers={"Idempotency-Key": "look-1"})
    assert again.json["items"]
    assert "Jane" not in str(place.rows("select * from api_request"))
    refused = send(place, cao, f"{base}/student-loads", b"School,Grade,Students,SSID\n1,K,1,1\n")
    assert refused.status_code == 422
    assert refused.json["errors"][0]["field"] == "file"
    assert send(place, cao, f"{base}/student-loads", COUNTS).status_code == 202
    assert sum(one["students"] for one in cao.get(f"{base}/student-counts").json["items"]) == 136
    assert supt.get(f"{base}/student-counts").status_code == 403
    told = supt.get(f"{base}/protected-student-counts").json["items"]
    small = next(one for one in told if (one["school"], one["grade"], one["group"]) == ("1002", "K", "all"))
    assert (small["shown"], small["students"]) == ("fewer", None)
