CREATE TABLE comment_group (
    district_id INTEGER NOT NULL,
    id BIGINT DEFAULT nextval('record_id') NOT NULL,
    plan_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_by BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_comment_group PRIMARY KEY (district_id, id),
    CONSTRAINT fk_comment_group_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_comment_group_district_id_plan_id FOREIGN KEY(district_id, plan_id) REFERENCES plan (district_id, id)
);
CREATE INDEX ix_comment_group_plan ON comment_group (district_id, plan_id);

CREATE TABLE comment_tag (
    district_id INTEGER NOT NULL,
    thread_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    tagged_by BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_comment_tag PRIMARY KEY (district_id, thread_id, tag),
    CONSTRAINT fk_comment_tag_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_comment_tag_district_id_thread_id FOREIGN KEY(district_id, thread_id) REFERENCES comment_thread (district_id, id) ON DELETE CASCADE
);

CREATE TABLE comment_support (
    district_id INTEGER NOT NULL,
    thread_id BIGINT NOT NULL,
    mark BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_comment_support PRIMARY KEY (district_id, thread_id, mark),
    CONSTRAINT fk_comment_support_district_id FOREIGN KEY(district_id) REFERENCES organization (id),
    CONSTRAINT fk_comment_support_district_id_thread_id FOREIGN KEY(district_id, thread_id) REFERENCES comment_thread (district_id, id) ON DELETE CASCADE
);

ALTER TABLE comment_thread ADD COLUMN group_id BIGINT,
    ADD CONSTRAINT fk_comment_thread_district_id_group_id
        FOREIGN KEY (district_id, group_id) REFERENCES comment_group (district_id, id);
