"""The web application: areas, services, language, security headers and error pages put together."""

from __future__ import annotations

import flask
import flask_login
from werkzeug.middleware.proxy_fix import ProxyFix

from apportion import errors, presentation, routing, security
from apportion.analyses.views import area as analyses
from apportion.api.views import area as api
from apportion.board.views import area as board
from apportion.cohorts.views import area as cohorts
from apportion.comments.views import area as comments
from apportion.console.views import area as console
from apportion.data.people_views import area as data
from apportion.frame.views import area as frame
from apportion.jobs.views import area as jobs
from apportion.mail import views as mail
from apportion.plan.views import area as plan
from apportion.portfolio.views import area as portfolio
from apportion.rates.views import area as rates
from apportion.search.views import area as search
from apportion.services import Services
from apportion.settings.views import area as settings_area
from apportion.sharing.views import area as sharing
from apportion.sign_in.shed import Shed
from apportion.sign_in.views import area as sign_in
from tenants.entering.sealing import Sealer
from tenants.settings import Settings

AREAS = (
    frame,
    data,
    analyses,
    portfolio,
    board,
    cohorts,
    sharing,
    jobs,
    sign_in,
    comments,
    api,
    settings_area,
    console,
    plan,
    search,
    rates,
)
"""Every area of the platform, once each."""


def create_app(settings: Settings) -> flask.Flask:
    """Return the web application for these settings.

    Args:
        settings: where the database, Redis and files are, and what the platform is called outside.
    """
    app = flask.Flask("apportion", static_folder=None)
    app.config.from_mapping(security.configuration(settings))
    app.extensions["apportion"] = Services.start(settings)
    secure = bool(app.config["SESSION_COOKIE_SECURE"])
    app.wsgi_app = Shed(  # type: ignore[method-assign]
        app.wsgi_app, Sealer(settings.sealing_keys), secure=secure, threads=settings.web_threads
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    # The sign-in area puts its loaders in when it is registered; without them everyone is a visitor.
    flask_login.LoginManager(app).request_loader(lambda _request: None)
    routing.csrf.init_app(app)
    presentation.init_app(app)
    errors.init_app(app)
    app.before_request(routing.enforce)
    app.after_request(security.set_headers)
    for area in AREAS:
        app.register_blueprint(area)
    if mail.serves(settings):
        app.register_blueprint(mail.area)
    return app
