"""An OpenID Connect provider of one user, run as a process: `python oidc_provider.py PORT`.

It speaks discovery, the authorization code flow with PKCE, and signs with a key of its own. What it does
wrong is set by POST /control, so that a test can see each lie refused.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "apportion-client", "a secret of the client's"
KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("one", "one"))
USER: dict[str, Any] = {
    "sub": "user-1",
    "email": "new@elm.example.org",
    "email_verified": True,
    "name": "Ana R.",
}


class Provider(BaseHTTPRequestHandler):
    """Answers for the provider; `server.lie` names what it does wrong."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self.send({**self.published(), **self.server.extra})
        elif parts.path == "/jwks":
            self.send({"keys": [KEY.as_dict(private=False)]})
        elif parts.path == "/authorize":
            self.authorize(query)
        else:
            self.send({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/control":
            wanted = json.loads(body)
            self.server.lie = wanted.get("lie", "")
            self.server.user = {**USER, **wanted.get("user", {})}
            self.server.extra = wanted.get("extra", {})
            self.send({})
        elif self.path == "/token":
            self.token({key: values[0] for key, values in parse_qs(body).items()})
        else:
            self.send({}, 404)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def published(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, query: dict[str, str]) -> None:
        """Let the user in at once, if the request is one that a provider takes."""
        well = (
            query.get("client_id") == CLIENT
            and query.get("response_type") == "code"
            and "openid" in query.get("scope", "").split()
            and query.get("code_challenge_method") == "S256"
            and len(query.get("code_challenge", "")) == 43
            and len(query.get("state", "")) >= 16
            and len(query.get("nonce", "")) >= 16
        )
        if not well:
            self.send({"error": "invalid_request", "got": query}, 400)
            return
        if self.server.lie == "denied":
            answer = {"error": "access_denied", "state": query["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self.server.codes[code] = query
            answer = {"code": code, "state": query["state"]}
        if self.server.lie == "state":
            answer["state"] = secrets.token_urlsafe(16)
        self.send({}, 302, Location=f"{query['redirect_uri']}?{urlencode(answer)}")

    def token(self, form: dict[str, str]) -> None:
        """Change a code for tokens: once, for the client and the verifier that it belongs to."""
        asked = self.server.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or self.headers.get("Authorization") != f"Basic {basic}"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
        ):
            self.send({"error": "invalid_grant"}, 400)
            return
        access = secrets.token_urlsafe(24)
        self.send(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": self.id_token(asked["nonce"], access),
            }
        )

    def id_token(self, nonce: str, access: str) -> str:
        now, lie = int(time.time()), self.server.lie
        half = base64.urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).rstrip(b"=").decode()
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims |= {"at_hash": half, **self.server.user}
        claims |= {
            "nonce": {"nonce": "another nonce"},
            "no nonce": {"nonce": ""},
            "audience": {"aud": "somebody else"},
            "two audiences": {"aud": [CLIENT, "somebody else"], "azp": "somebody else"},
            "expired": {"iat": now - 900, "exp": now - 600},
            "issuer": {"iss": "https://accounts.elsewhere.example.org"},
            "access token": {"at_hash": "x" * 22},
        }.get(lie, {})
        header = {"alg": "RS256", "kid": "one"}
        if lie == "key":
            return jwt.encode(header, claims, OTHER_KEY)
        if lie == "shared secret":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        if lie == "none":
            parts = (json.dumps(each).encode() for each in ({"alg": "none"}, claims))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        return jwt.encode(header, claims, KEY)

    def send(self, body: dict[str, Any], status: int = 200, **headers: str) -> None:
        sent = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server: Any = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider)
    server.lie, server.user, server.extra, server.codes = "", dict(USER), {}, {}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve_forever()
