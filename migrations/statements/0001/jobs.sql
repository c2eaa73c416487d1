CREATE TABLE api_request (
    district_id INTEGER NOT NULL,
    person_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_api_request PRIMARY KEY (district_id, person_id, key),
    CONSTRAINT fk_api_request_district_id FOREIGN KEY(district_id) REFERENCES organization (id)
);

CREATE TABLE audit_entry (
    district_id INTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    person_id BIGINT,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail JSONB NOT NULL,
    previous_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (district_id, sequence),
    CONSTRAINT fk_audit_entry_district_id FOREIGN KEY(district_id) REFERENCES organization (id)
);

CREATE TABLE audit_head (
    district_id INTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (district_id),
    CONSTRAINT fk_audit_head_district_id FOREIGN KEY(district_id) REFERENCES organization (id)
);

CREATE TABLE job (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    parameters JSONB NOT NULL,
    idempotency_key TEXT NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    requested_by BIGINT,
    requested_in INTEGER,
    subject TEXT DEFAULT '' NOT NULL,
    limit_seconds INTEGER DEFAULT '600' NOT NULL,
    starts_allowed INTEGER DEFAULT '3' NOT NULL,
    starts INTEGER DEFAULT '0' NOT NULL,
    attempt INTEGER DEFAULT '0' NOT NULL,
    fence BIGINT DEFAULT '0' NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    dispatched_at TIMESTAMP WITH TIME ZONE,
    lease_until TIMESTAMP WITH TIME ZONE,
    progress_done BIGINT DEFAULT '0' NOT NULL,
    progress_total BIGINT DEFAULT '0' NOT NULL,
    progress_note JSONB,
    cancel_requested BOOLEAN DEFAULT false NOT NULL,
    error JSONB,
    result JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_job PRIMARY KEY (district_id, id),
    CONSTRAINT fk_job_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT ck_job_state CHECK (state in ('waiting','dispatched','running','done','failed','cancelled'))
);
CREATE INDEX ix_job_due ON job (state, due_at);
CREATE INDEX ix_job_waiting ON job (queue, district_id, due_at, id) WHERE state = 'waiting';
CREATE UNIQUE INDEX uq_job_question ON job (district_id, kind, idempotency_key) WHERE state in ('waiting','dispatched','running');

CREATE TABLE outgoing_mail (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    organization_id INTEGER,
    key TEXT NOT NULL,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    attempt INTEGER DEFAULT '0' NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_outgoing_mail PRIMARY KEY (id),
    CONSTRAINT ck_outgoing_mail_state CHECK (state in ('waiting','sent','failed')),
    CONSTRAINT fk_outgoing_mail_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT uq_outgoing_mail_key UNIQUE (key)
);
