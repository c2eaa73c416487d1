CREATE TABLE cabinet_thread (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    plan_id BIGINT NOT NULL,
    block_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    person_id BIGINT NOT NULL,
    author_name TEXT NOT NULL,
    author_role TEXT NOT NULL,
    assigned_to BIGINT,
    language TEXT DEFAULT 'en' NOT NULL,
    quotation TEXT DEFAULT '' NOT NULL,
    start INTEGER,
    base_revision INTEGER,
    base TEXT DEFAULT '' NOT NULL,
    base_es TEXT DEFAULT '' NOT NULL,
    proposed TEXT DEFAULT '' NOT NULL,
    proposed_es TEXT DEFAULT '' NOT NULL,
    settled_by BIGINT,
    settled_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_cabinet_thread PRIMARY KEY (district_id, id),
    CONSTRAINT fk_cabinet_thread_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_cabinet_thread_district_id_plan_id FOREIGN KEY(district_id, plan_id)
        REFERENCES plan (district_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_cabinet_thread_district_id_block_id FOREIGN KEY(district_id, block_id)
        REFERENCES plan_block (district_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_cabinet_thread_kind CHECK (kind in ('comment','suggestion')),
    CONSTRAINT ck_cabinet_thread_state CHECK (state in ('open','settled','taken','declined','withdrawn'))
);
CREATE INDEX ix_cabinet_thread_plan ON cabinet_thread (district_id, plan_id);

CREATE TABLE cabinet_remark (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    thread_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    author_name TEXT NOT NULL,
    author_role TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_cabinet_remark PRIMARY KEY (district_id, id),
    CONSTRAINT fk_cabinet_remark_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_cabinet_remark_district_id_thread_id FOREIGN KEY(district_id, thread_id)
        REFERENCES cabinet_thread (district_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_cabinet_remark_thread ON cabinet_remark (district_id, thread_id);
