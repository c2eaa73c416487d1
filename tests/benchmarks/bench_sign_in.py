"""Signing in while 200 guesses a second come from many addresses: the owner still gets in."""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urlsplit

from tests.support import factories
from tests.support.live import LivePlatform

PER_SECOND = 200
SECONDS = 30
TURNS = 5


class Browser:
    """A browser without script that keeps its cookies, its known-device cookie among them."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def page(self, path: str, **form: str) -> tuple[int, str]:
        data = urlencode(form).encode() if form else None
        try:
            with self.opener.open(self.base_url + path, data, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()
        except OSError:
            return 0, ""

    def token(self, path: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page(path)[1])
        return found.group(1) if found else ""

    def sign_in(self, address: str) -> tuple[bool, float]:
        """Sign in and out; return whether it worked, and how long the password's answer took, in seconds."""
        token = self.token("/sign-in")
        begun = time.monotonic()
        _, page = self.page(
            "/sign-in/password",
            csrf_token=token,
            address=address,
            password=factories.PASSWORD,
            next="/account",
        )
        taken = time.monotonic() - begun
        entered = 'action="/sign-out"' in page
        if entered:
            self.page("/sign-out", csrf_token=self.token("/account"))
        return entered, taken


def test_the_owner_enters_under_attack(live_platform: LivePlatform, measured: Callable[..., None]) -> None:
    database = live_platform.database
    owner = factories.make_member(database, factories.make_district(database), "CBO", True)
    browser = Browser(live_platform.base_url)
    peace = [browser.sign_in(owner.address) for _ in range(TURNS)]
    assert all(entered for entered, _ in peace)
    attack = subprocess.Popen(
        [sys.executable, __file__, live_platform.base_url, owner.address], stdout=subprocess.PIPE, text=True
    )
    assert attack.stdout is not None
    attack.stdout.readline()
    # Past the first seconds, in which the account's allowance for strangers is used up.
    time.sleep(3)
    war = [browser.sign_in(owner.address) for _ in range(TURNS)]
    strangers = Browser(live_platform.base_url).sign_in(owner.address)[0]
    sent, refused, answered = (int(each) for each in attack.stdout.readline().split())
    assert attack.wait() == 0
    attack.stdout.close()
    failed = sum(not entered for entered, _ in war)
    quiet, loud = (statistics.median(taken for _, taken in turns) for turns in (peace, war))
    measured("guesses a second that were sent", sent / SECONDS, "/s")
    measured("guesses a second short of 200", max(0.0, PER_SECOND - sent / SECONDS), "/s", 10)
    measured("guesses refused before a password was compared", 100 * refused / max(1, answered), "%")
    measured(f"owner's sign-ins that failed, of {TURNS}", failed, "", 0)
    measured("owner's sign-in in peace, median", quiet, "s")
    measured("owner's sign-in under attack, median", loud, "s", 5)
    measured("under attack to peace", loud / quiet, "times")
    measured("owner on an unknown device let in (1) or not (0)", float(strangers), "")


async def guess(host: str, port: int, head: str, body: str, counts: dict[str, int]) -> None:
    """Send one guess from an address of its own, in a network of its own."""
    source = f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}"
    try:
        reader, writer = await asyncio.open_connection(host, port, local_addr=(source, 0))
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        counts["sent"] += 1
        line = await asyncio.wait_for(reader.readline(), 60)
        counts["answered"] += 1
        counts["refused"] += b" 429 " in line
        writer.close()
    except (OSError, TimeoutError):
        return


async def attack(base_url: str, victim: str) -> None:
    """Send PER_SECOND guesses a second for SECONDS: half at one account, half at as many others."""
    browser = Browser(base_url)
    token = browser.token("/sign-in")
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.jar)
    place = urlsplit(base_url)
    head = (
        f"POST /sign-in/password HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookies}\r\n"
        "Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    )
    counts = {"sent": 0, "refused": 0, "answered": 0}
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    begun, running = time.monotonic(), []
    for number in range(PER_SECOND * SECONDS):
        await asyncio.sleep(max(0.0, begun + number / PER_SECOND - time.monotonic()))
        address = victim if number % 2 else f"person{number}@example.org"
        body = urlencode({"csrf_token": token, "address": address, "password": f"guess {number}"})
        running.append(asyncio.create_task(guess(place.hostname or "", place.port or 80, head, body, counts)))
    await asyncio.wait(running, timeout=30)
    sys.stdout.write(f"{counts['sent']} {counts['refused']} {counts['answered']}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    random.seed(1)
    asyncio.run(attack(sys.argv[1], sys.argv[2]))
