ALTER TABLE membership DROP COLUMN site;
ALTER TABLE membership ADD COLUMN schools TEXT[] DEFAULT '{}' NOT NULL;
ALTER TABLE membership ADD COLUMN head_id BIGINT;
ALTER TABLE membership ADD CONSTRAINT fk_membership_head_id FOREIGN KEY(head_id) REFERENCES person (id);
ALTER TABLE invitation ADD COLUMN contributor BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE option ADD COLUMN department TEXT DEFAULT '' NOT NULL;
ALTER TABLE option ADD COLUMN confidential BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE option ADD COLUMN combined_into BIGINT;
ALTER TABLE option ADD CONSTRAINT fk_option_district_id_combined_into
    FOREIGN KEY(district_id, combined_into) REFERENCES option (district_id, id);
ALTER TABLE option ADD CONSTRAINT ck_option_combined CHECK (combined_into is null or (confidential and not in_plan));
ALTER TABLE plan_block ADD COLUMN confidential BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE plan_version ADD COLUMN confidential BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE plan_version ADD CONSTRAINT ck_plan_version_confidential CHECK (not confidential or state = 'frozen');

CREATE TABLE team (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    owner_id BIGINT NOT NULL,
    option_id BIGINT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_team PRIMARY KEY (district_id, id),
    CONSTRAINT fk_team_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_team_district_id_option_id FOREIGN KEY(district_id, option_id) REFERENCES option (district_id, id),
    CONSTRAINT ck_team_kind CHECK (kind in ('working','governing','action')),
    CONSTRAINT ck_team_option CHECK ((kind = 'action') = (option_id is not null))
);

CREATE TABLE team_member (
    district_id INTEGER NOT NULL,
    team_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    joined_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_team_member PRIMARY KEY (district_id, team_id, person_id),
    CONSTRAINT fk_team_member_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_team_member_district_id_team_id FOREIGN KEY(district_id, team_id) REFERENCES team (district_id, id) ON DELETE CASCADE
);

CREATE TABLE named_access (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    person_id BIGINT NOT NULL,
    resource TEXT NOT NULL,
    option_id BIGINT,
    reason TEXT NOT NULL,
    ends_on DATE NOT NULL,
    granted_by BIGINT NOT NULL,
    granted_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_named_access PRIMARY KEY (district_id, id),
    CONSTRAINT fk_named_access_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_named_access_district_id_option_id FOREIGN KEY(district_id, option_id) REFERENCES option (district_id, id),
    CONSTRAINT ck_named_access_resource CHECK (resource in ('named_positions','personal_results','confidential_options')),
    CONSTRAINT ck_named_access_record CHECK ((resource = 'confidential_options') = (option_id is not null))
);

CREATE TABLE board_question (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    version_id BIGINT NOT NULL,
    asked_by BIGINT NOT NULL,
    text TEXT NOT NULL,
    language TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_board_question PRIMARY KEY (district_id, id),
    CONSTRAINT fk_board_question_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_board_question_district_id_version_id FOREIGN KEY(district_id, version_id) REFERENCES plan_version (district_id, id)
);

CREATE TABLE board_assignment (
    district_id INTEGER NOT NULL,
    question_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    assigned_by BIGINT NOT NULL,
    assigned_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_board_assignment PRIMARY KEY (district_id, question_id, person_id),
    CONSTRAINT fk_board_assignment_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_board_assignment_district_id_question_id FOREIGN KEY(district_id, question_id) REFERENCES board_question (district_id, id)
);

CREATE TABLE board_memo (
    district_id INTEGER NOT NULL,
    question_id BIGINT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    number TEXT NOT NULL,
    drafted_by BIGINT NOT NULL,
    drafted_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    sent_by BIGINT,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_board_memo PRIMARY KEY (district_id, question_id),
    CONSTRAINT fk_board_memo_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_board_memo_district_id_question_id FOREIGN KEY(district_id, question_id) REFERENCES board_question (district_id, id),
    CONSTRAINT ck_board_memo_sent CHECK ((sent_by is null) = (sent_at is null))
);

-- What went to the board stays as it went.
CREATE FUNCTION keep_sent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sent_at IS NOT NULL THEN
        RAISE EXCEPTION 'a memo that was sent never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION keep_sent() FROM PUBLIC;
CREATE TRIGGER board_memo_sent BEFORE UPDATE OR DELETE ON board_memo FOR EACH ROW EXECUTE FUNCTION keep_sent();
CREATE TRIGGER board_question_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON board_question
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
