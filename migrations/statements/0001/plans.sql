CREATE TABLE plan (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    title TEXT NOT NULL,
    title_es TEXT DEFAULT '' NOT NULL,
    base_year TEXT NOT NULL,
    years INTEGER DEFAULT '3' NOT NULL,
    created_by BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan PRIMARY KEY (district_id, id),
    CONSTRAINT fk_plan_district_id FOREIGN KEY(district_id) REFERENCES organization (id)
);

CREATE TABLE process_step (
    district_id INTEGER NOT NULL,
    step TEXT NOT NULL,
    state TEXT DEFAULT 'not_started' NOT NULL,
    finance_owner_id BIGINT,
    instruction_owner_id BIGINT,
    finance_done_at TIMESTAMP WITH TIME ZONE,
    instruction_done_at TIMESTAMP WITH TIME ZONE,
    due_on DATE,
    evidence TEXT DEFAULT '' NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_process_step PRIMARY KEY (district_id, step),
    CONSTRAINT fk_process_step_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT ck_process_step_state CHECK (state in ('not_started','under_way','done','not_applicable'))
);

CREATE TABLE option (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    plan_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    stage TEXT DEFAULT 'sized' NOT NULL,
    title TEXT NOT NULL,
    title_es TEXT DEFAULT '' NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    ongoing BOOLEAN DEFAULT true NOT NULL,
    resource TEXT DEFAULT '0000' NOT NULL,
    in_plan BOOLEAN DEFAULT true NOT NULL,
    latest_decision_on DATE,
    legal_note TEXT DEFAULT '' NOT NULL,
    harm TEXT DEFAULT '' NOT NULL,
    spanish JSONB DEFAULT '{}' NOT NULL,
    created_by BIGINT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_option PRIMARY KEY (district_id, id),
    CONSTRAINT fk_option_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_option_district_id_plan_id FOREIGN KEY(district_id, plan_id) REFERENCES plan (district_id, id),
    CONSTRAINT ck_option_kind CHECK (kind in ('saving','revenue')),
    CONSTRAINT ck_option_stage CHECK (stage in ('long_list','screened','sized','close_study','decided','dropped'))
);

CREATE TABLE plan_section (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    plan_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    title_es TEXT DEFAULT '' NOT NULL,
    owner_id BIGINT,
    revision INTEGER DEFAULT '1' NOT NULL,
    by_hand BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_plan_section PRIMARY KEY (district_id, id),
    CONSTRAINT fk_plan_section_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_plan_section_district_id_plan_id FOREIGN KEY(district_id, plan_id) REFERENCES plan (district_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_plan_section_district_id_plan_id_key UNIQUE (district_id, plan_id, key)
);

CREATE TABLE plan_version (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    plan_id BIGINT NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT DEFAULT 'frozen' NOT NULL,
    content JSONB NOT NULL,
    digest TEXT NOT NULL,
    numbers_digest TEXT NOT NULL,
    board_date DATE,
    board_vote TEXT,
    resolution_number TEXT,
    correction_note TEXT DEFAULT '' NOT NULL,
    comment_opens_at TIMESTAMP WITH TIME ZONE,
    comment_closes_at TIMESTAMP WITH TIME ZONE,
    created_by BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_plan_version PRIMARY KEY (district_id, id),
    CONSTRAINT fk_plan_version_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_plan_version_district_id_plan_id FOREIGN KEY(district_id, plan_id) REFERENCES plan (district_id, id),
    CONSTRAINT uq_plan_version_district_id_plan_id_number UNIQUE (district_id, plan_id, number),
    CONSTRAINT ck_plan_version_kind CHECK (kind in ('draft_for_comment','adopted')),
    CONSTRAINT ck_plan_version_state CHECK (state in ('frozen','published','withdrawn'))
);

CREATE TABLE priority (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    plan_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    title_es TEXT DEFAULT '' NOT NULL,
    problem TEXT DEFAULT '' NOT NULL,
    strategy TEXT DEFAULT '' NOT NULL,
    students_reached INTEGER,
    measure TEXT DEFAULT '' NOT NULL,
    target TEXT DEFAULT '' NOT NULL,
    risk TEXT DEFAULT '' NOT NULL,
    spanish JSONB DEFAULT '{}' NOT NULL,
    created_by BIGINT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_priority PRIMARY KEY (district_id, id),
    CONSTRAINT fk_priority_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_priority_district_id_plan_id FOREIGN KEY(district_id, plan_id) REFERENCES plan (district_id, id),
    CONSTRAINT uq_priority_district_id_plan_id_position UNIQUE (district_id, plan_id, position) DEFERRABLE INITIALLY deferred,
    CONSTRAINT ck_priority_position CHECK (position between 1 and 3)
);

CREATE TABLE share_link (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    plan_id BIGINT NOT NULL,
    label TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    may_comment BOOLEAN DEFAULT true NOT NULL,
    language TEXT DEFAULT 'en' NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    created_by BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    opened_count INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_share_link PRIMARY KEY (district_id, id),
    CONSTRAINT fk_share_link_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_share_link_district_id_plan_id FOREIGN KEY(district_id, plan_id) REFERENCES plan (district_id, id),
    CONSTRAINT uq_share_link_district_id_token_hash UNIQUE (district_id, token_hash)
);
CREATE INDEX ix_share_link_token_hash ON share_link (token_hash);

CREATE TABLE option_amount (
    district_id INTEGER NOT NULL,
    option_id BIGINT NOT NULL,
    fiscal_year TEXT NOT NULL,
    low_cents BIGINT NOT NULL,
    likely_cents BIGINT NOT NULL,
    high_cents BIGINT NOT NULL,
    CONSTRAINT pk_option_amount PRIMARY KEY (district_id, option_id, fiscal_year),
    CONSTRAINT fk_option_amount_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_option_amount_district_id_option_id FOREIGN KEY(district_id, option_id) REFERENCES option (district_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_option_amount_range CHECK (0 <= low_cents and low_cents <= likely_cents and likely_cents <= high_cents)
);

CREATE TABLE plan_block (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    plan_id BIGINT NOT NULL,
    section_id BIGINT NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT DEFAULT '' NOT NULL,
    text_es TEXT DEFAULT '' NOT NULL,
    es_checked_by BIGINT,
    reference TEXT,
    revision INTEGER DEFAULT '1' NOT NULL,
    figures_seen JSONB DEFAULT '{}' NOT NULL,
    draft_key TEXT,
    by_hand BOOLEAN DEFAULT false NOT NULL,
    updated_by BIGINT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    removed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_plan_block PRIMARY KEY (district_id, id),
    CONSTRAINT fk_plan_block_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_plan_block_district_id_plan_id FOREIGN KEY(district_id, plan_id) REFERENCES plan (district_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_block_district_id_section_id FOREIGN KEY(district_id, section_id) REFERENCES plan_section (district_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_plan_block_kind CHECK (kind in ('paragraph','heading','list','callout','table','chart'))
);

CREATE TABLE plan_signature (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    version_id BIGINT NOT NULL,
    act TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    digest TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan_signature PRIMARY KEY (district_id, id),
    CONSTRAINT fk_plan_signature_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_plan_signature_district_id_version_id FOREIGN KEY(district_id, version_id) REFERENCES plan_version (district_id, id),
    CONSTRAINT ck_plan_signature_act CHECK (act in ('certify_numbers','sign_off_priorities','approve','publish'))
);

CREATE TABLE priority_cost (
    district_id INTEGER NOT NULL,
    priority_id BIGINT NOT NULL,
    fiscal_year TEXT NOT NULL,
    one_time_cents BIGINT DEFAULT '0' NOT NULL,
    ongoing_cents BIGINT DEFAULT '0' NOT NULL,
    restricted_cents BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_priority_cost PRIMARY KEY (district_id, priority_id, fiscal_year),
    CONSTRAINT fk_priority_cost_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_priority_cost_district_id_priority_id FOREIGN KEY(district_id, priority_id) REFERENCES priority (district_id, id) ON DELETE CASCADE
);

CREATE TABLE rendered_file (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    version_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    storage_key TEXT NOT NULL,
    size BIGINT NOT NULL,
    pages INTEGER NOT NULL,
    engine TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_rendered_file PRIMARY KEY (district_id, id),
    CONSTRAINT fk_rendered_file_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_rendered_file_district_id_version_id FOREIGN KEY(district_id, version_id) REFERENCES plan_version (district_id, id),
    CONSTRAINT uq_rendered_file_district_id_version_id_kind_language UNIQUE (district_id, version_id, kind, language),
    CONSTRAINT ck_rendered_file_kind CHECK (kind in ('plan_pdf','comment_appendix_pdf'))
);
