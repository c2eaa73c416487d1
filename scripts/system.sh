# Read by setup.sh: how each kind of system installs what Python packages can't bring.

say() { printf '%s\n' "$*"; }
stop() {
  printf '\n%s\n' "$1" >&2
  printf 'Type:\n    %s\nThen start again.\n' "$2" >&2
  exit 1
}

manager() {
  for name in apt-get dnf apk brew; do
    if command -v $name >/dev/null 2>&1; then echo $name; return; fi
  done
  echo none
}

# packages WHAT MANAGER: names of the packages that bring it.
packages() {
  case "$1 $2" in
    "pango apt-get") echo "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" ;;
    "pango dnf") echo "pango" ;;
    "pango apk") echo "pango harfbuzz-subset" ;;
    "pango brew") echo "pango" ;;
    "redis apt-get") echo "redis-server" ;;
    "redis dnf") echo "valkey" ;;
    "redis apk") echo "valkey" ;;
    "redis brew") echo "valkey" ;;
    "chromium apt-get"|"chromium dnf"|"chromium apk") echo "chromium" ;;
    "chromium brew") echo "--cask chromium" ;;
    "pgbouncer apt-get"|"pgbouncer dnf"|"pgbouncer apk"|"pgbouncer brew") echo "pgbouncer" ;;
    "python apt-get") echo "python3 python3-venv" ;;
    "python dnf"|"python apk") echo "python3" ;;
    "python brew") echo "python" ;;
    "venv apt-get") echo "python3-venv" ;;
    *) return 1 ;;
  esac
}

purpose() {
  case $1 in
    pango) echo "The PDF needs the system library Pango, and it could not be installed." ;;
    redis) echo "The queue needs redis-server or valkey-server, and neither could be installed. (Or set REDIS_URL.)" ;;
    pgbouncer) echo "The tests of pooled connections need pgbouncer, and it could not be installed." ;;
    chromium) echo "The tests need Chromium, and it could not be installed. (Or name one: CHROMIUM=/path/to/chrome.)" ;;
  esac
}

# command_for WHAT [PACKAGES]: the command that installs it, without sudo.
command_for() {
  tool=$(manager)
  names=${2:-$(packages "$1" "$tool")} || return 1
  case $tool in
    apt-get) echo "apt-get install --yes --no-install-recommends $names" ;;
    dnf) echo "dnf install --assumeyes $names" ;;
    apk) echo "apk add $names" ;;
    brew) echo "brew install $names" ;;
    *) return 1 ;;
  esac
}

how_to_install() {
  if line=$(command_for "$@"); then
    [ "$(manager)" = brew ] || [ "$(id -u)" = 0 ] || line="sudo $line"
    echo "$line"
  else
    echo "(your system's own command to install $1)"
  fi
}

# install_system WHAT [PACKAGES]: install without asking; fails where that is not possible.
install_system() {
  line=$(command_for "$@") || return 1
  as_root=
  if [ "$(id -u)" != 0 ] && [ "$(manager)" != brew ]; then
    sudo -n true 2>/dev/null || return 1
    as_root="sudo -n"
  fi
  say "Installing: $line"
  # The service that a package may bring is not started: the platform starts its own.
  if [ "$(manager)" = apt-get ]; then
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || true
    $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $line >/dev/null
  else
    $as_root $line
  fi
}
