CREATE TABLE audit_era (
    district_id INTEGER NOT NULL,
    through BIGINT NOT NULL,
    district_number INTEGER NOT NULL,
    people JSONB NOT NULL,
    CONSTRAINT pk_audit_era PRIMARY KEY (district_id, through),
    CONSTRAINT fk_audit_era_district_id FOREIGN KEY(district_id) REFERENCES organization (id)
);

CREATE TABLE account_request (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    kind TEXT NOT NULL,
    asked_by BIGINT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    approved_by BIGINT,
    approved_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by BIGINT,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    personnel BOOLEAN DEFAULT false NOT NULL,
    small_group BOOLEAN DEFAULT false NOT NULL,
    storage_key TEXT DEFAULT '' NOT NULL,
    sha256 TEXT DEFAULT '' NOT NULL,
    size BIGINT DEFAULT '0' NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    progress JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_account_request PRIMARY KEY (district_id, id),
    CONSTRAINT fk_account_request_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT ck_account_request_kind CHECK (kind in ('export','closing')),
    CONSTRAINT ck_account_request_two_people CHECK (approved_by <> asked_by)
);
CREATE UNIQUE INDEX uq_account_request_open ON account_request (district_id, kind)
    WHERE withdrawn_at is null and finished_at is null;
CREATE INDEX ix_audit_entry_person ON audit_entry (district_id, person_id, sequence);
CREATE INDEX ix_audit_entry_subject ON audit_entry (district_id, subject, sequence);
ALTER TABLE outgoing_mail ADD COLUMN attachments JSONB DEFAULT '[]' NOT NULL;

-- Two people and the waiting time: what the pages promise holds for every statement. A request is asked, then
-- approved by somebody else within a week; the clock is the server's, and nothing of it is changed afterwards.
CREATE FUNCTION keep_two_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.approved_by IS NOT NULL THEN
            RAISE EXCEPTION 'a request is approved after it was asked for' USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.asked_at := now();
        NEW.approved_at := NULL;
        NEW.due_at := NULL;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.kind, NEW.asked_by, NEW.asked_at)
            IS DISTINCT FROM (OLD.id, OLD.kind, OLD.asked_by, OLD.asked_at)
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    THEN
        RAISE EXCEPTION 'who asked for what never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.approved_by IS NULL AND NEW.approved_by IS NOT NULL THEN
        IF OLD.withdrawn_at IS NOT NULL OR OLD.asked_at < now() - interval '7 days' THEN
            RAISE EXCEPTION 'this request lapsed' USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.approved_at := now();
        NEW.due_at := CASE NEW.kind WHEN 'closing' THEN now() + interval '30 days' ELSE now() END;
    ELSIF (NEW.approved_by, NEW.approved_at, NEW.due_at)
        IS DISTINCT FROM (OLD.approved_by, OLD.approved_at, OLD.due_at)
    THEN
        RAISE EXCEPTION 'who approved it, and its day, never change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_request_two_people BEFORE INSERT OR UPDATE ON account_request
    FOR EACH ROW EXECUTE FUNCTION keep_two_people();
REVOKE ALL ON FUNCTION keep_two_people() FROM PUBLIC;
