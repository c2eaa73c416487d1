CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- A published version never changes; what may still move is its comment window and whether it is withdrawn.
CREATE FUNCTION keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'frozen' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.state = 'frozen'
        OR (NEW.plan_id, NEW.number, NEW.kind, NEW.digest, NEW.numbers_digest, NEW.content, NEW.correction_note)
            IS DISTINCT FROM
            (OLD.plan_id, OLD.number, OLD.kind, OLD.digest, OLD.numbers_digest, OLD.content, OLD.correction_note)
        OR (NEW.board_date, NEW.board_vote, NEW.resolution_number, NEW.published_at)
            IS DISTINCT FROM (OLD.board_date, OLD.board_vote, OLD.resolution_number, OLD.published_at)
    THEN
        RAISE EXCEPTION 'a published version never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER plan_version_published BEFORE UPDATE OR DELETE ON plan_version
    FOR EACH ROW EXECUTE FUNCTION keep_published();
