CREATE TABLE comment_thread (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    plan_id BIGINT NOT NULL,
    version_id BIGINT NOT NULL,
    about TEXT NOT NULL,
    audience TEXT NOT NULL,
    block_id BIGINT,
    figure TEXT,
    start INTEGER,
    "end" INTEGER,
    quotation TEXT DEFAULT '' NOT NULL,
    before TEXT DEFAULT '' NOT NULL,
    after TEXT DEFAULT '' NOT NULL,
    language TEXT DEFAULT 'en' NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    resolved_by BIGINT,
    disposition TEXT,
    disposition_note TEXT DEFAULT '' NOT NULL,
    changed_block_id BIGINT,
    assigned_to BIGINT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_comment_thread PRIMARY KEY (district_id, id),
    CONSTRAINT fk_comment_thread_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_comment_thread_district_id_plan_id FOREIGN KEY(district_id, plan_id) REFERENCES plan (district_id, id),
    CONSTRAINT fk_comment_thread_district_id_version_id FOREIGN KEY(district_id, version_id) REFERENCES plan_version (district_id, id),
    CONSTRAINT ck_comment_thread_about CHECK (about in ('passage','figure','plan')),
    CONSTRAINT ck_comment_thread_audience CHECK (audience in ('public','cabinet')),
    CONSTRAINT ck_comment_thread_disposition CHECK (disposition in ('changed', 'answered', 'kept_for_later', 'outside_scope', 'set_aside'))
);
CREATE INDEX ix_comment_thread_plan ON comment_thread (district_id, plan_id);

CREATE TABLE comment (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    thread_id BIGINT NOT NULL,
    person_id BIGINT,
    official BOOLEAN NOT NULL,
    author_name TEXT DEFAULT '' NOT NULL,
    relation TEXT DEFAULT '' NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT DEFAULT 'published' NOT NULL,
    state_reason TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_comment PRIMARY KEY (district_id, id),
    CONSTRAINT fk_comment_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_comment_district_id_thread_id FOREIGN KEY(district_id, thread_id) REFERENCES comment_thread (district_id, id),
    CONSTRAINT ck_comment_state CHECK (state in ('published','withdrawn','set_aside'))
);
CREATE INDEX ix_comment_thread ON comment (district_id, thread_id);

CREATE TABLE comment_event (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    thread_id BIGINT NOT NULL,
    comment_id BIGINT,
    person_id BIGINT,
    what TEXT NOT NULL,
    detail JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_comment_event PRIMARY KEY (district_id, id),
    CONSTRAINT fk_comment_event_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_comment_event_district_id_thread_id FOREIGN KEY(district_id, thread_id) REFERENCES comment_thread (district_id, id)
);

CREATE TABLE comment_placement (
    district_id INTEGER NOT NULL,
    thread_id BIGINT NOT NULL,
    version_id BIGINT NOT NULL,
    how TEXT NOT NULL,
    start INTEGER,
    "end" INTEGER,
    CONSTRAINT pk_comment_placement PRIMARY KEY (district_id, thread_id, version_id),
    CONSTRAINT fk_comment_placement_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_comment_placement_district_id_thread_id FOREIGN KEY(district_id, thread_id) REFERENCES comment_thread (district_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_comment_placement_district_id_version_id FOREIGN KEY(district_id, version_id) REFERENCES plan_version (district_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_comment_placement_how CHECK (how in ('exact','moved','approximate','lost'))
);

CREATE TABLE comment_contact (
    district_id INTEGER NOT NULL,
    comment_id BIGINT NOT NULL,
    address TEXT DEFAULT '' NOT NULL,
    return_code_hash BYTEA NOT NULL,
    CONSTRAINT pk_comment_contact PRIMARY KEY (district_id, comment_id),
    CONSTRAINT fk_comment_contact_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_comment_contact_district_id_comment_id FOREIGN KEY(district_id, comment_id) REFERENCES comment (district_id, id) ON DELETE CASCADE
);
