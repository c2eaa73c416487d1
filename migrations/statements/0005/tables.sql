ALTER TABLE sign_in_session ADD COLUMN method TEXT DEFAULT 'password' NOT NULL;
ALTER TABLE sign_in_session ADD COLUMN strong BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE sign_in_session ADD COLUMN provider_id INTEGER;
ALTER TABLE sign_in_session ADD COLUMN confirmed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;
ALTER TABLE sign_in_session ADD COLUMN network TEXT DEFAULT '' NOT NULL;
ALTER TABLE sign_in_session ADD CONSTRAINT ck_sign_in_session_method
    CHECK (method in ('password','passkey','district'));
ALTER TABLE sign_in_session ADD CONSTRAINT fk_sign_in_session_provider_id
    FOREIGN KEY(provider_id) REFERENCES organization (id);

ALTER TABLE membership ADD COLUMN emergency BOOLEAN DEFAULT false NOT NULL;

CREATE TABLE authenticator (
    person_id BIGINT NOT NULL,
    sealed_secret BYTEA NOT NULL,
    last_step BIGINT DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_authenticator PRIMARY KEY (person_id),
    CONSTRAINT fk_authenticator_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE recovery_code (
    person_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    code_hash TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery_code PRIMARY KEY (person_id, number),
    CONSTRAINT fk_recovery_code_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE passkey (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    person_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    credential_id BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    user_handle BYTEA NOT NULL,
    sign_count BIGINT NOT NULL,
    transports JSONB DEFAULT '[]'::jsonb NOT NULL,
    synced BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_passkey PRIMARY KEY (id),
    CONSTRAINT fk_passkey_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT uq_passkey_credential_id UNIQUE (credential_id)
);
CREATE INDEX ix_passkey_person_id ON passkey (person_id);

CREATE TABLE spent_token (
    hash BYTEA NOT NULL,
    person_id BIGINT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_spent_token PRIMARY KEY (hash),
    CONSTRAINT fk_spent_token_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);
CREATE INDEX ix_spent_token_person_id ON spent_token (person_id);

CREATE TABLE sign_in_rule (
    organization_id INTEGER NOT NULL,
    second_factor_from DATE,
    issuer TEXT,
    client_id TEXT,
    sealed_secret BYTEA,
    contact TEXT DEFAULT '' NOT NULL,
    offered BOOLEAN DEFAULT false NOT NULL,
    required BOOLEAN DEFAULT false NOT NULL,
    worked_at TIMESTAMP WITH TIME ZONE,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_sign_in_rule PRIMARY KEY (organization_id),
    CONSTRAINT fk_sign_in_rule_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT ck_sign_in_rule_provider
        CHECK ((not offered or (issuer is not null and client_id is not null)) and (not required or offered))
);

CREATE TABLE mail_domain (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    organization_id INTEGER NOT NULL,
    domain TEXT NOT NULL,
    proof TEXT NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    proved_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_mail_domain PRIMARY KEY (id),
    CONSTRAINT fk_mail_domain_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT uq_mail_domain_organization_id_domain UNIQUE (organization_id, domain)
);
CREATE UNIQUE INDEX uq_mail_domain_proved ON mail_domain (domain) WHERE proved_at is not null;

CREATE TABLE provider_identity (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    organization_id INTEGER NOT NULL,
    person_id BIGINT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_provider_identity PRIMARY KEY (id),
    CONSTRAINT fk_provider_identity_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT fk_provider_identity_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT uq_provider_identity_organization_id_issuer_subject UNIQUE (organization_id, issuer, subject)
);
CREATE INDEX ix_provider_identity_person_id ON provider_identity (person_id);
