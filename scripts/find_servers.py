"""Print shell lines that name a PostgreSQL and a Redis on this machine, when both answer and will do."""

import psycopg
import redis

DATABASE = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379"


def main() -> None:
    """Ask both; print nothing when one does not answer."""
    try:
        with psycopg.connect(DATABASE, connect_timeout=3) as connection:
            row = connection.execute(
                "select rolcreatedb and rolcreaterole from pg_roles where rolname = current_user"
            ).fetchone()
            usable = connection.info.server_version >= 150000 and row is not None and row[0]
        client = redis.Redis.from_url(REDIS, socket_timeout=3)
        usable = usable and client.ping()
        client.close()
    except (psycopg.OperationalError, redis.RedisError):
        return
    if usable:
        print(f"export TEST_DATABASE_URL={DATABASE} TEST_REDIS_URL={REDIS}")


if __name__ == "__main__":
    main()
