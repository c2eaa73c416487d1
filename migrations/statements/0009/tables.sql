CREATE TABLE support_grant (
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    district_id INTEGER NOT NULL,
    operator_id INTEGER NOT NULL,
    person_id BIGINT NOT NULL,
    person_name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    areas JSONB NOT NULL,
    hours INTEGER NOT NULL,
    state TEXT NOT NULL,
    asked_by BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE,
    ends_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_support_grant PRIMARY KEY (id),
    CONSTRAINT ck_support_grant_state CHECK (state in ('requested','offered','active','ended','declined')),
    CONSTRAINT ck_support_grant_hours CHECK (hours between 1 and 24),
    CONSTRAINT ck_support_grant_length CHECK (ends_at <= starts_at + interval '24 hours'),
    CONSTRAINT ck_support_grant_times CHECK (state <> 'active' or (starts_at is not null and ends_at is not null)),
    CONSTRAINT fk_support_grant_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_support_grant_operator_id FOREIGN KEY(operator_id) REFERENCES organization (id),
    CONSTRAINT fk_support_grant_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_support_grant_asked_by FOREIGN KEY(asked_by) REFERENCES person (id)
);
CREATE INDEX ix_support_grant_district_id ON support_grant (district_id);
CREATE INDEX ix_support_grant_person_id ON support_grant (person_id);

-- Consent is the district's: what the operator asked for begins by the district's side alone, what was agreed
-- on never changes afterwards, and what is over stays over.
CREATE FUNCTION keep_support_grant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    manages int := nullif(current_setting('apportion.manages', true), '')::int;
    person bigint := nullif(current_setting('apportion.person', true), '')::bigint;
BEGIN
    IF (NEW.district_id, NEW.operator_id, NEW.person_id, NEW.purpose, NEW.areas, NEW.hours, NEW.asked_by,
            NEW.created_at)
        IS DISTINCT FROM (OLD.district_id, OLD.operator_id, OLD.person_id, OLD.purpose, OLD.areas, OLD.hours,
            OLD.asked_by, OLD.created_at)
        OR OLD.state IN ('ended', 'declined')
        OR (OLD.state = 'active' AND (NEW.state <> 'ended' OR (NEW.starts_at, NEW.ends_at)
            IS DISTINCT FROM (OLD.starts_at, OLD.ends_at)))
        OR (NEW.state = 'active' AND OLD.state = 'requested' AND manages IS DISTINCT FROM OLD.district_id)
        OR (NEW.state = 'active' AND OLD.state = 'offered' AND person IS DISTINCT FROM OLD.person_id)
        OR (NEW.state = 'active' AND NEW.ends_at > now() + make_interval(hours => OLD.hours))
    THEN
        RAISE EXCEPTION 'a support grant begins by consent and stays as agreed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION keep_support_grant() FROM PUBLIC;
CREATE TRIGGER support_grant_kept BEFORE UPDATE ON support_grant
    FOR EACH ROW EXECUTE FUNCTION keep_support_grant();
