"""Everything that can be set, read from the environment once and never changed afterwards.

Nothing configured gives a laptop's platform: a data folder, embedded servers (see `apportion.servers`) and
secrets made on first use. `APPORTION_PRODUCTION=1` makes nothing up: what is missing is refused by name.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

ROLES = ("app", "dispatcher", "mail")
"""Database roles that the platform signs in as; `owner` is the role in `database_url`."""

_NAMES = {
    "APPORTION_HOME": "data folder",
    "APPORTION_FILES": "folder of uploaded and printed files",
    "APPORTION_MAIL_FOLDER": "folder that mail lands in when no SMTP server is named",
    "APPORTION_SECRET_KEYS": "signing keys, newest first, separated by commas",
    "APPORTION_SEALING_KEYS": "keys that seal stored secrets, newest first, separated by commas",
    "APPORTION_ROLE_SECRET": "secret that passwords of database roles are derived from",
    "APPORTION_SIGNING_KEY": "Ed25519 key that signs heads of records of activity, 64 hexadecimal digits",
    "APPORTION_SIGNED": "folder of signed heads and certificates, best on a disk that only takes new files",
    "APPORTION_BASE_URL": "address that people reach the platform at",
    "APPORTION_HOST": "address that the web server listens on",
    "APPORTION_PORT": "port that the web server listens on",
    "APPORTION_SMTP_URL": "mail server, as smtp://user:password@host:587 or smtps://",
    "APPORTION_MAIL_FROM": "sender's address of mail",
    "APPORTION_PRODUCTION": "1 in production: nothing is made up",
    "APPORTION_PROXIES": "proxies in front of the web server whose word on the caller's address is taken",
    "APPORTION_WEB_PROCESSES": "web processes",
    "APPORTION_WEB_THREADS": "threads of a web process",
    "APPORTION_WORKERS": "worker processes for imports and analyses of `apportion run`",
    "APPORTION_UPLOAD_LIMIT": "largest upload in bytes",
    "APPORTION_LEASE_SECONDS": "seconds after which a job whose worker fell silent is started again",
    "APPORTION_RETRY_SECONDS": "seconds before the second start of a failed job; later ones wait longer",
    "APPORTION_ALLOW_LOOPBACK": "1 on a developer's machine: named addresses may lead to this machine",
    "APPORTION_DNS_SERVER": "name server that proves mail domains, as host:port",
    "DATABASE_URL": "PostgreSQL 15 or newer, as an owner that may create roles",
    "DATABASE_APP_URL": "the same database as the application's role",
    "DATABASE_DISPATCHER_URL": "the same database as the dispatcher's role",
    "DATABASE_MAIL_URL": "the same database as the mail role",
    "REDIS_URL": "Redis or Valkey",
}

NEEDED = (
    "DATABASE_URL",
    "REDIS_URL",
    "APPORTION_SECRET_KEYS",
    "APPORTION_SEALING_KEYS",
    "APPORTION_SIGNING_KEY",
    "APPORTION_BASE_URL",
)
"""What production names, because nothing is made up there."""


class SettingsError(ValueError):
    """A setting that is unknown, impossible or missing; the text names it and says what would do."""

    loggable = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What the platform is told from outside. Build it with `from_environment`."""

    home: Path
    """Data folder: embedded servers, files, mail, secrets. APPORTION_HOME; ~/.local/share/apportion, and
    /var/lib/apportion for root, whose own folder no database server may enter."""
    database_url: str = ""
    """libpq address of the owner, who may create roles. DATABASE_URL; empty until the embedded one runs."""
    database_app_url: str = ""
    """libpq address of the role that serves requests. DATABASE_APP_URL; derived from `database_url`."""
    database_dispatcher_url: str = ""
    """libpq address of the role that hands out jobs. DATABASE_DISPATCHER_URL; derived from `database_url`."""
    database_mail_url: str = ""
    """libpq address of the role that sends mail. DATABASE_MAIL_URL; derived from `database_url`."""
    redis_url: str = ""
    """Address of Redis. REDIS_URL; empty until the embedded server runs."""
    files: Path
    """Folder of uploaded and printed files. APPORTION_FILES; `home`/files."""
    mail_folder: Path
    """Where mail lands when `smtp_url` is None. APPORTION_MAIL_FOLDER; `home`/mail."""
    smtp_url: str | None = None
    """Mail server: smtp://user:password@host:port (STARTTLS) or smtps://. APPORTION_SMTP_URL; None."""
    mail_from: str = "Apportion <apportion@localhost.localdomain>"
    """Sender of mail. APPORTION_MAIL_FROM."""
    secret_keys: tuple[str, ...]
    """Keys that sign cookies and tokens, newest first; the first signs, all verify. APPORTION_SECRET_KEYS."""
    sealing_keys: tuple[str, ...]
    """Keys that seal what is stored and must be read again (authenticator secrets, a provider's client
    secret), newest first; the first seals, all open. APPORTION_SEALING_KEYS; their own, so that a leaked
    signing key opens nothing."""
    role_secret: str
    """Passwords of database roles are derived from it. APPORTION_ROLE_SECRET."""
    signing_key: str
    """Ed25519 key, 32 bytes in hexadecimal, that signs heads of records of activity and certificates of
    removal. APPORTION_SIGNING_KEY."""
    signed: Path
    """Folder of signed heads and certificates. APPORTION_SIGNED; `home`/signed."""
    base_url: str = "http://localhost:8000"
    """Address that people use, without a slash at the end; stands in mail. APPORTION_BASE_URL."""
    host: str = "127.0.0.1"
    """Address that the web server listens on. APPORTION_HOST."""
    port: int = 8000
    """TCP port that the web server listens on. APPORTION_PORT; the next free one from 8000 on."""
    port_is_set: bool = False
    """True when APPORTION_PORT names the port, so that no other will do."""
    production: bool = False
    """True where nothing may be made up: secrets, servers, addresses. APPORTION_PRODUCTION=1."""
    proxies: int = 0
    """Proxies in front of the web server, each of which adds its caller's address to X-Forwarded-For.
    Without it, everybody behind a proxy counts as one caller. APPORTION_PROXIES; 0."""
    web_processes: int = 2
    """Processes of the web server. APPORTION_WEB_PROCESSES."""
    web_threads: int = 16
    """Threads of each web process. APPORTION_WEB_THREADS."""
    workers: int = 1
    """Processes for imports and analyses that `apportion run` starts beside one for prints and small jobs.
    APPORTION_WORKERS."""
    allow_loopback: bool = False
    """Whether an address that a customer names may lead to this machine, see `tenants.outside`. For tests and
    developers; refused in production. APPORTION_ALLOW_LOOPBACK."""
    dns_server: str = ""
    """Name server asked for the proof of a mail domain, as host:port; empty: the machine's own.
    APPORTION_DNS_SERVER."""
    upload_limit: int = 1 << 30
    """Largest upload in bytes. APPORTION_UPLOAD_LIMIT; 1 GiB."""
    lease_seconds: int = 30
    """How long a worker may be silent before its job is started again. APPORTION_LEASE_SECONDS; 30."""
    retry_seconds: int = 5
    """Wait before the second start of a job or mail that failed; each later wait is three times as long.
    APPORTION_RETRY_SECONDS; 5."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Args:
            environ: Variables to read; the process's own when None.

        Raises:
            SettingsError: A variable is unknown, impossible or, in production, missing.
        """
        given = {key: value for key, value in (os.environ if environ is None else environ).items() if value}
        _refuse_unknown(given)
        production = _switch(given, "APPORTION_PRODUCTION")
        if production:
            for name in NEEDED:
                if name not in given:
                    raise SettingsError(f"{name} is missing: production needs the {_NAMES[name]}.")
            if "DATABASE_APP_URL" not in given and "APPORTION_ROLE_SECRET" not in given:
                raise SettingsError(
                    "DATABASE_APP_URL or APPORTION_ROLE_SECRET is missing: production needs one."
                )
        home = _folder(given.get("APPORTION_HOME")) if "APPORTION_HOME" in given else default_home(given)
        allow_loopback = _switch(given, "APPORTION_ALLOW_LOOPBACK")
        if production and allow_loopback:
            raise SettingsError("APPORTION_ALLOW_LOOPBACK is for developers; production calls the outside.")
        secret_keys = _keys(given, "APPORTION_SECRET_KEYS", home, "secret-key")
        settings = cls(
            home=home,
            redis_url=_url(given, "REDIS_URL", ("redis", "rediss", "unix")),
            files=_folder(given["APPORTION_FILES"]) if "APPORTION_FILES" in given else home / "files",
            mail_folder=_folder(given["APPORTION_MAIL_FOLDER"])
            if "APPORTION_MAIL_FOLDER" in given
            else home / "mail",
            smtp_url=_url(given, "APPORTION_SMTP_URL", ("smtp", "smtps")) or None,
            mail_from=given.get("APPORTION_MAIL_FROM", cls.mail_from),
            secret_keys=secret_keys,
            sealing_keys=_keys(given, "APPORTION_SEALING_KEYS", home, "sealing-key"),
            role_secret=given.get("APPORTION_ROLE_SECRET")
            or (kept_secret(home, "role-secret") if not production else secret_keys[-1]),
            signing_key=_hexadecimal(given, "APPORTION_SIGNING_KEY") or kept_secret(home, "signing-key"),
            signed=_folder(given["APPORTION_SIGNED"]) if "APPORTION_SIGNED" in given else home / "signed",
            base_url=(_url(given, "APPORTION_BASE_URL", ("http", "https")) or cls.base_url).rstrip("/"),
            host=given.get("APPORTION_HOST", cls.host),
            port=_number(given, "APPORTION_PORT", cls.port, 1, 65535),
            port_is_set="APPORTION_PORT" in given,
            production=production,
            proxies=_number(given, "APPORTION_PROXIES", cls.proxies, 0, 9),
            web_processes=_number(given, "APPORTION_WEB_PROCESSES", cls.web_processes, 1, 64),
            web_threads=_number(given, "APPORTION_WEB_THREADS", cls.web_threads, 1, 256),
            workers=_number(given, "APPORTION_WORKERS", cls.workers, 1, 64),
            allow_loopback=allow_loopback,
            dns_server=given.get("APPORTION_DNS_SERVER", ""),
            upload_limit=_number(given, "APPORTION_UPLOAD_LIMIT", cls.upload_limit, 1 << 20, 1 << 40),
            lease_seconds=_number(given, "APPORTION_LEASE_SECONDS", cls.lease_seconds, 1, 3600),
            retry_seconds=_number(given, "APPORTION_RETRY_SECONDS", cls.retry_seconds, 1, 3600),
        )
        owner = _url(given, "DATABASE_URL", ("postgresql", "postgres"))
        return settings.with_database(owner, given) if owner else settings

    def with_database(self, owner_url: str, given: Mapping[str, str] | None = None) -> Settings:
        """Return these settings for the database at `owner_url`, its roles' addresses derived or `given`."""
        urls = given or {}
        return dataclasses.replace(
            self,
            database_url=owner_url,
            database_app_url=urls.get("DATABASE_APP_URL") or self.role_url(owner_url, "app"),
            database_dispatcher_url=urls.get("DATABASE_DISPATCHER_URL")
            or self.role_url(owner_url, "dispatcher"),
            database_mail_url=urls.get("DATABASE_MAIL_URL") or self.role_url(owner_url, "mail"),
        )

    def role_password(self, role: str) -> str:
        """Return the password of one of ROLES, always the same for the same secret."""
        return hmac.new(self.role_secret.encode(), role.encode(), hashlib.sha256).hexdigest()

    def role_url(self, owner_url: str, role: str) -> str:
        """Return the libpq address of one of ROLES in the database at `owner_url`."""
        return with_user(owner_url, role_name(role, database_name(owner_url)), self.role_password(role))

    def to_environment(self) -> dict[str, str]:
        """Return the variables from which another process reads the same settings."""
        values = {
            "APPORTION_HOME": str(self.home),
            "APPORTION_FILES": str(self.files),
            "APPORTION_MAIL_FOLDER": str(self.mail_folder),
            "APPORTION_MAIL_FROM": self.mail_from,
            "APPORTION_SMTP_URL": self.smtp_url or "",
            "APPORTION_SECRET_KEYS": ",".join(self.secret_keys),
            "APPORTION_SEALING_KEYS": ",".join(self.sealing_keys),
            "APPORTION_ROLE_SECRET": self.role_secret,
            "APPORTION_SIGNING_KEY": self.signing_key,
            "APPORTION_SIGNED": str(self.signed),
            "APPORTION_BASE_URL": self.base_url,
            "APPORTION_HOST": self.host,
            "APPORTION_PORT": str(self.port),
            "APPORTION_PRODUCTION": "1" if self.production else "",
            "APPORTION_PROXIES": str(self.proxies),
            "APPORTION_WEB_PROCESSES": str(self.web_processes),
            "APPORTION_WEB_THREADS": str(self.web_threads),
            "APPORTION_WORKERS": str(self.workers),
            "APPORTION_ALLOW_LOOPBACK": "1" if self.allow_loopback else "",
            "APPORTION_DNS_SERVER": self.dns_server,
            "APPORTION_UPLOAD_LIMIT": str(self.upload_limit),
            "APPORTION_LEASE_SECONDS": str(self.lease_seconds),
            "APPORTION_RETRY_SECONDS": str(self.retry_seconds),
            "DATABASE_URL": self.database_url,
            "DATABASE_APP_URL": self.database_app_url,
            "DATABASE_DISPATCHER_URL": self.database_dispatcher_url,
            "DATABASE_MAIL_URL": self.database_mail_url,
            "REDIS_URL": self.redis_url,
        }
        return {key: value for key, value in values.items() if value}


def default_home(environ: Mapping[str, str]) -> Path:
    """Return the data folder of a person who named none."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/apportion")
    if environ.get("XDG_DATA_HOME"):
        return _folder(environ["XDG_DATA_HOME"]) / "apportion"
    return Path.home() / ".local" / "share" / "apportion"


def database_name(url: str) -> str:
    """Return the name of the database in a libpq address."""
    name = unquote(urlsplit(url).path.lstrip("/"))
    if not name:
        raise SettingsError("DATABASE_URL names no database: it ends like /apportion.")
    return name


def role_name(role: str, database: str) -> str:
    """Return a role's name in a database; roles belong to the whole server, so the database's name is in it.

    Names longer than PostgreSQL's 63 bytes are cut, with a digest so that two never meet.
    """
    name = f"apportion_{role}_{database}"
    if len(name.encode()) <= 63:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    return f"{name.encode()[:52].decode(errors='ignore')}_{digest}"


def with_user(url: str, user: str, password: str) -> str:
    """Return a libpq address with another user and password."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{place}"))


def _refuse_unknown(given: Mapping[str, str]) -> None:
    for name in given:
        if name.startswith("APPORTION_") and name not in _NAMES:
            close = difflib.get_close_matches(name, _NAMES, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise SettingsError(f"{name} is not a setting of Apportion.{hint}")


def _folder(text: str | None) -> Path:
    return Path(text or "").expanduser().resolve()


def _switch(given: Mapping[str, str], name: str) -> bool:
    value = given.get(name, "0").lower()
    if value not in {"0", "1", "true", "false", "yes", "no"}:
        raise SettingsError(f"{name} is {value!r}: expected 1 or 0.")
    return value in {"1", "true", "yes"}


def _keys(given: Mapping[str, str], name: str, home: Path, file: str) -> tuple[str, ...]:
    text = given.get(name)
    keys = (
        tuple(key.strip() for key in text.split(",") if key.strip()) if text else (kept_secret(home, file),)
    )
    if not keys or any(len(key) < 32 for key in keys):
        raise SettingsError(f"{name}: each key needs at least 32 characters.")
    return keys


def _number(given: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise SettingsError(f"{name} is {text!r}: expected a whole number from {low} to {high}.")
    return int(text)


def _hexadecimal(given: Mapping[str, str], name: str) -> str:
    text = given.get(name, "").lower()
    if text and (len(text) != 64 or set(text) - set("0123456789abcdef")):
        raise SettingsError(f"{name} must be 64 hexadecimal digits: openssl rand -hex 32")
    return text


def _url(given: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str:
    text = given.get(name, "")
    if text and urlsplit(text).scheme not in schemes:
        raise SettingsError(f"{name} must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    return text


def kept_secret(home: Path, name: str) -> str:
    """Return the secret in home/name, made on first use, readable by its owner alone."""
    path = home / name
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        # Written beside and linked into place: two first starts at once agree on one secret.
        with tempfile.NamedTemporaryFile("w", dir=home, prefix=f".{name}-", encoding="ascii") as fresh:
            fresh.write(secrets.token_hex(32))
            fresh.flush()
            if not path.exists():
                try:
                    os.link(fresh.name, path)
                except FileExistsError:
                    return path.read_text(encoding="ascii").strip()
    return path.read_text(encoding="ascii").strip()
