-- Positions, counts of students, and the loads that brought them.
CREATE TABLE position_load (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    storage_key TEXT,
    state TEXT DEFAULT 'received' NOT NULL,
    expected JSONB NOT NULL,
    report JSONB,
    requested_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    requested_by BIGINT NOT NULL,
    CONSTRAINT pk_position_load PRIMARY KEY (district_id, id),
    CONSTRAINT fk_position_load_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT ck_position_load_state CHECK (state in ('received','reading','needs_mapping','ready','refused'))
);
CREATE INDEX ix_position_load_file ON position_load (district_id, sha256);
CREATE TABLE student_load (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    storage_key TEXT,
    state TEXT DEFAULT 'received' NOT NULL,
    expected JSONB NOT NULL,
    report JSONB,
    requested_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    requested_by BIGINT NOT NULL,
    CONSTRAINT pk_student_load PRIMARY KEY (district_id, id),
    CONSTRAINT fk_student_load_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT ck_student_load_state CHECK (state in ('received','reading','needs_mapping','ready','refused'))
);
CREATE INDEX ix_student_load_file ON student_load (district_id, sha256);
CREATE TABLE position_set (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    load_id BIGINT NOT NULL,
    fiscal_year TEXT NOT NULL,
    state TEXT DEFAULT 'ready' NOT NULL,
    positions INTEGER NOT NULL,
    fte NUMERIC(12, 4) NOT NULL,
    stated_fte NUMERIC(12, 4),
    named BOOLEAN NOT NULL,
    digest TEXT NOT NULL,
    superseded_by BIGINT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_position_set PRIMARY KEY (district_id, id),
    CONSTRAINT fk_position_set_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT ck_position_set_state CHECK (state in ('ready','superseded','withdrawn'))
);
CREATE UNIQUE INDEX uq_position_set_current ON position_set (district_id, fiscal_year) WHERE state = 'ready';
CREATE TABLE position (
    district_id INTEGER NOT NULL,
    set_id BIGINT NOT NULL,
    line INTEGER NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    site TEXT NOT NULL,
    site_name TEXT NOT NULL,
    program TEXT NOT NULL,
    employee_group TEXT NOT NULL,
    member_class TEXT NOT NULL,
    notice_group TEXT NOT NULL,
    fte NUMERIC(8, 4) NOT NULL,
    vacant BOOLEAN NOT NULL,
    CONSTRAINT pk_position PRIMARY KEY (district_id, set_id, line),
    CONSTRAINT fk_position_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_position_district_id_set_id FOREIGN KEY(district_id, set_id) REFERENCES position_set (district_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_position_site ON position (district_id, set_id, site);
CREATE TABLE position_funding (
    district_id INTEGER NOT NULL,
    set_id BIGINT NOT NULL,
    line INTEGER NOT NULL,
    position_line INTEGER NOT NULL,
    fund TEXT NOT NULL,
    resource TEXT NOT NULL,
    goal TEXT NOT NULL,
    function TEXT NOT NULL,
    object TEXT NOT NULL,
    share NUMERIC(7, 6) NOT NULL,
    CONSTRAINT pk_position_funding PRIMARY KEY (district_id, set_id, line),
    CONSTRAINT fk_position_funding_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_position_funding_district_id_set_id FOREIGN KEY(district_id, set_id) REFERENCES position_set (district_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_position_funding_position ON position_funding (district_id, set_id, position_line);
CREATE TABLE position_person (
    district_id INTEGER NOT NULL,
    set_id BIGINT NOT NULL,
    line INTEGER NOT NULL,
    employee TEXT NOT NULL,
    schedule TEXT NOT NULL,
    step TEXT NOT NULL,
    salary_column TEXT NOT NULL,
    pay_cents BIGINT,
    leaving_on DATE,
    leaving_reason TEXT NOT NULL,
    CONSTRAINT pk_position_person PRIMARY KEY (district_id, set_id, line),
    CONSTRAINT fk_position_person_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_position_person_district_id_set_id FOREIGN KEY(district_id, set_id) REFERENCES position_set (district_id, id) ON DELETE CASCADE
);
CREATE TABLE student_set (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    load_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    fiscal_year TEXT NOT NULL,
    state TEXT DEFAULT 'ready' NOT NULL,
    digest TEXT NOT NULL,
    superseded_by BIGINT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_student_set PRIMARY KEY (district_id, id),
    CONSTRAINT fk_student_set_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT ck_student_set_state CHECK (state in ('ready','superseded','withdrawn')),
    CONSTRAINT ck_student_set_kind CHECK (kind in ('enrollment','unduplicated','attendance'))
);
CREATE UNIQUE INDEX uq_student_set_current ON student_set (district_id, kind, fiscal_year) WHERE state = 'ready';
CREATE TABLE student_count (
    district_id INTEGER NOT NULL,
    set_id BIGINT NOT NULL,
    line INTEGER NOT NULL,
    school TEXT NOT NULL,
    school_name TEXT NOT NULL,
    grade TEXT NOT NULL,
    student_group TEXT NOT NULL,
    students INTEGER NOT NULL,
    CONSTRAINT pk_student_count PRIMARY KEY (district_id, set_id, line),
    CONSTRAINT fk_student_count_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_student_count_district_id_set_id FOREIGN KEY(district_id, set_id) REFERENCES student_set (district_id, id) ON DELETE CASCADE
);
CREATE TABLE protected_count (
    district_id INTEGER NOT NULL,
    set_id BIGINT NOT NULL,
    school TEXT NOT NULL,
    grade TEXT NOT NULL,
    student_group TEXT NOT NULL,
    school_name TEXT NOT NULL,
    shown TEXT NOT NULL,
    students INTEGER,
    CONSTRAINT pk_protected_count PRIMARY KEY (district_id, set_id, school, grade, student_group),
    CONSTRAINT fk_protected_count_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_protected_count_district_id_set_id FOREIGN KEY(district_id, set_id) REFERENCES student_set (district_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_protected_count_shown CHECK (shown in ('fewer','withheld','count')),
    CONSTRAINT ck_protected_count_students CHECK ((students IS NOT NULL) = (shown = 'count'))
);
CREATE TABLE attendance_count (
    district_id INTEGER NOT NULL,
    set_id BIGINT NOT NULL,
    certification TEXT NOT NULL,
    span TEXT NOT NULL,
    ada NUMERIC(12, 2) NOT NULL,
    CONSTRAINT pk_attendance_count PRIMARY KEY (district_id, set_id, certification, span),
    CONSTRAINT fk_attendance_count_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_attendance_count_district_id_set_id FOREIGN KEY(district_id, set_id) REFERENCES student_set (district_id, id) ON DELETE CASCADE
);
