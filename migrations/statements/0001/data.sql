CREATE TABLE attendance_figure (
    district_id INTEGER NOT NULL,
    fiscal_year TEXT NOT NULL,
    ada NUMERIC(12, 2) NOT NULL,
    source TEXT NOT NULL,
    dataset_id BIGINT,
    entered_by BIGINT,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_attendance_figure PRIMARY KEY (district_id, fiscal_year),
    CONSTRAINT fk_attendance_figure_district_id FOREIGN KEY(district_id) REFERENCES organization (id)
);

CREATE TABLE column_mapping (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    name TEXT NOT NULL,
    signature TEXT NOT NULL,
    mapping JSONB NOT NULL,
    created_by BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_column_mapping PRIMARY KEY (district_id, id),
    CONSTRAINT fk_column_mapping_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT uq_column_mapping_district_id_signature UNIQUE (district_id, signature)
);

CREATE TABLE run (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    analysis TEXT NOT NULL,
    version TEXT NOT NULL,
    input_digest TEXT NOT NULL,
    inputs JSONB NOT NULL,
    parameters JSONB NOT NULL,
    parameters_digest TEXT NOT NULL,
    output_digest TEXT NOT NULL,
    result JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    job_id BIGINT,
    CONSTRAINT pk_run PRIMARY KEY (district_id, id),
    CONSTRAINT fk_run_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT uq_run_district_id_analysis_version_input_digest_parame_bded UNIQUE (district_id, analysis, version, input_digest, parameters_digest)
);

CREATE TABLE source_file (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    storage_key TEXT NOT NULL,
    received_by BIGINT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_source_file PRIMARY KEY (district_id, id),
    CONSTRAINT fk_source_file_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT uq_source_file_district_id_sha256 UNIQUE (district_id, sha256)
);

CREATE TABLE ledger_load (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    source_file_id BIGINT NOT NULL,
    state TEXT DEFAULT 'received' NOT NULL,
    layout TEXT,
    expected JSONB NOT NULL,
    report JSONB,
    requested_by BIGINT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_ledger_load PRIMARY KEY (district_id, id),
    CONSTRAINT fk_ledger_load_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_ledger_load_district_id_source_file_id FOREIGN KEY(district_id, source_file_id) REFERENCES source_file (district_id, id),
    CONSTRAINT ck_ledger_load_state CHECK (state in ('received','reading','needs_mapping','ready','refused','cancelled'))
);

CREATE TABLE dataset (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    load_id BIGINT NOT NULL,
    fiscal_year TEXT NOT NULL,
    period TEXT NOT NULL,
    column_code TEXT NOT NULL,
    state TEXT DEFAULT 'ready' NOT NULL,
    lines INTEGER NOT NULL,
    digest TEXT NOT NULL,
    control JSONB NOT NULL,
    superseded_by BIGINT,
    certified_by BIGINT,
    certified_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_dataset PRIMARY KEY (district_id, id),
    CONSTRAINT fk_dataset_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_dataset_district_id_load_id FOREIGN KEY(district_id, load_id) REFERENCES ledger_load (district_id, id),
    CONSTRAINT ck_dataset_state CHECK (state in ('ready','superseded','withdrawn'))
);
CREATE UNIQUE INDEX uq_dataset_current ON dataset (district_id, fiscal_year, period, column_code) WHERE state = 'ready';

CREATE TABLE dataset_finding (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    load_id BIGINT NOT NULL,
    dataset_id BIGINT,
    severity TEXT NOT NULL,
    rule TEXT NOT NULL,
    line INTEGER,
    field TEXT,
    found TEXT,
    expected TEXT,
    message JSONB NOT NULL,
    CONSTRAINT pk_dataset_finding PRIMARY KEY (district_id, id),
    CONSTRAINT fk_dataset_finding_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_dataset_finding_district_id_load_id FOREIGN KEY(district_id, load_id) REFERENCES ledger_load (district_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_dataset_finding_severity CHECK (severity in ('fatal','warning','information'))
);
CREATE INDEX ix_dataset_finding_load ON dataset_finding (district_id, load_id);

CREATE TABLE dataset_element (
    district_id INTEGER NOT NULL,
    dataset_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_dataset_element PRIMARY KEY (district_id, dataset_id, name),
    CONSTRAINT fk_dataset_element_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_dataset_element_district_id_dataset_id FOREIGN KEY(district_id, dataset_id) REFERENCES dataset (district_id, id) ON DELETE CASCADE
);

CREATE TABLE ledger_line (
    district_id INTEGER NOT NULL,
    dataset_id BIGINT NOT NULL,
    line INTEGER NOT NULL,
    fund TEXT NOT NULL,
    resource TEXT NOT NULL,
    project_year TEXT NOT NULL,
    goal TEXT NOT NULL,
    function TEXT NOT NULL,
    object TEXT NOT NULL,
    school TEXT DEFAULT '' NOT NULL,
    amount_cents BIGINT NOT NULL,
    flag TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_ledger_line PRIMARY KEY (district_id, dataset_id, line),
    CONSTRAINT fk_ledger_line_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_ledger_line_district_id_dataset_id FOREIGN KEY(district_id, dataset_id) REFERENCES dataset (district_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_ledger_line_account ON ledger_line (district_id, dataset_id, fund, resource, object);

CREATE TABLE ledger_line_detail (
    district_id INTEGER NOT NULL,
    dataset_id BIGINT NOT NULL,
    line INTEGER NOT NULL,
    description TEXT NOT NULL,
    party TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_ledger_line_detail PRIMARY KEY (district_id, dataset_id, line),
    CONSTRAINT fk_ledger_line_detail_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_ledger_line_detail_district_id_dataset_id FOREIGN KEY(district_id, dataset_id) REFERENCES dataset (district_id, id) ON DELETE CASCADE
);
