CREATE SEQUENCE organization_id;
CREATE SEQUENCE record_id;

CREATE TABLE organization (
    id INTEGER DEFAULT nextval('organization_id') NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    cds_code TEXT,
    colour TEXT DEFAULT '#14596b' NOT NULL,
    language TEXT DEFAULT 'en' NOT NULL,
    invented BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_organization PRIMARY KEY (id),
    CONSTRAINT ck_organization_kind CHECK (kind in ('district','facilitator','operator')),
    CONSTRAINT ck_organization_cds_code CHECK (kind <> 'district' or cds_code ~ '^[0-9]{14}$'),
    CONSTRAINT uq_organization_cds_code UNIQUE (cds_code)
);

CREATE TABLE person (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT DEFAULT 'en' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT uq_person_address UNIQUE (address)
);

CREATE TABLE api_token (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    person_id BIGINT NOT NULL,
    organization_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    read_only BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_token PRIMARY KEY (id),
    CONSTRAINT fk_api_token_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_api_token_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT uq_api_token_token_hash UNIQUE (token_hash)
);

CREATE TABLE cohort (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    facilitator_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    fiscal_year TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_cohort PRIMARY KEY (id),
    CONSTRAINT uq_cohort_facilitator_id_id UNIQUE (facilitator_id, id),
    CONSTRAINT fk_cohort_facilitator_id FOREIGN KEY(facilitator_id) REFERENCES organization (id)
);

CREATE TABLE credential (
    person_id BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_credential PRIMARY KEY (person_id),
    CONSTRAINT fk_credential_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE engagement (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    district_id INTEGER NOT NULL,
    facilitator_id INTEGER NOT NULL,
    level INTEGER NOT NULL,
    state TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    offered_by BIGINT NOT NULL,
    accepted_by BIGINT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_engagement PRIMARY KEY (id),
    CONSTRAINT ck_engagement_level CHECK (level between 1 and 4),
    CONSTRAINT ck_engagement_state CHECK (state in ('offered','requested','active','ended','declined')),
    CONSTRAINT fk_engagement_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_engagement_facilitator_id FOREIGN KEY(facilitator_id) REFERENCES organization (id),
    CONSTRAINT fk_engagement_offered_by FOREIGN KEY(offered_by) REFERENCES person (id),
    CONSTRAINT fk_engagement_accepted_by FOREIGN KEY(accepted_by) REFERENCES person (id)
);
CREATE UNIQUE INDEX uq_engagement_open ON engagement (district_id, facilitator_id) WHERE state in ('offered','requested','active');

CREATE TABLE invitation (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    organization_id INTEGER NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    steward BOOLEAN DEFAULT false NOT NULL,
    token_hash BYTEA NOT NULL,
    invited_by BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    declined_at TIMESTAMP WITH TIME ZONE,
    decline_reason TEXT,
    CONSTRAINT pk_invitation PRIMARY KEY (id),
    CONSTRAINT ck_invitation_role CHECK (role in ('SUP', 'CBO', 'CAO', 'HR', 'SED', 'PRI', 'BRD', 'COM', 'FLD', 'FCO', 'PAD')),
    CONSTRAINT fk_invitation_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT uq_invitation_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_invitation_invited_by FOREIGN KEY(invited_by) REFERENCES person (id)
);

CREATE TABLE membership (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    organization_id INTEGER NOT NULL,
    person_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    steward BOOLEAN DEFAULT false NOT NULL,
    contributor BOOLEAN DEFAULT false NOT NULL,
    site TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_membership PRIMARY KEY (id),
    CONSTRAINT uq_membership_organization_id_person_id UNIQUE (organization_id, person_id),
    CONSTRAINT ck_membership_role CHECK (role in ('SUP', 'CBO', 'CAO', 'HR', 'SED', 'PRI', 'BRD', 'COM', 'FLD', 'FCO', 'PAD')),
    CONSTRAINT fk_membership_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT fk_membership_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE password_reset (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    person_id BIGINT NOT NULL,
    token_hash BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_password_reset PRIMARY KEY (id),
    CONSTRAINT fk_password_reset_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT uq_password_reset_token_hash UNIQUE (token_hash)
);

CREATE TABLE sign_in_session (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    person_id BIGINT NOT NULL,
    token_hash BYTEA NOT NULL,
    organization_id INTEGER,
    device TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sign_in_session PRIMARY KEY (id),
    CONSTRAINT fk_sign_in_session_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT uq_sign_in_session_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_sign_in_session_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id)
);

CREATE TABLE cohort_member (
    facilitator_id INTEGER NOT NULL,
    cohort_id BIGINT NOT NULL,
    district_id INTEGER NOT NULL,
    joined_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    left_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_cohort_member PRIMARY KEY (cohort_id, district_id),
    CONSTRAINT fk_cohort_member_facilitator_id_cohort_id FOREIGN KEY(facilitator_id, cohort_id) REFERENCES cohort (facilitator_id, id),
    CONSTRAINT fk_cohort_member_district_id FOREIGN KEY(district_id) REFERENCES organization (id)
);

CREATE TABLE engagement_coach (
    engagement_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    CONSTRAINT pk_engagement_coach PRIMARY KEY (engagement_id, person_id),
    CONSTRAINT fk_engagement_coach_engagement_id FOREIGN KEY(engagement_id) REFERENCES engagement (id),
    CONSTRAINT fk_engagement_coach_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);
