#!/bin/sh
# Installs the servers and programs that the tests start for themselves, where it may; says how where it may not.
# Not as services: nothing of them runs but what the tests start.
set -eu

missing=""
command -v redis-server >/dev/null || missing="$missing redis-server"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null ||
    missing="$missing postgresql"
command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
command -v tesseract >/dev/null || missing="$missing tesseract-ocr"
for language in ell rus; do
    tesseract --list-langs 2>&1 | grep -qx "$language" || missing="$missing tesseract-ocr-$language"
done
command -v mutool >/dev/null || missing="$missing mupdf-tools"
command -v djvutxt >/dev/null || missing="$missing djvulibre-bin"
command -v chromium >/dev/null || missing="$missing chromium"
command -v zsh >/dev/null || missing="$missing zsh"
command -v fish >/dev/null || missing="$missing fish"
[ -n "$missing" ] || exit 0

# Without them those tests are skipped, and in CI they fail.
tell() {
    echo "Some tests need what is not installed: sudo apt-get install$missing" >&2
}

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    tell
    exit 0
fi

# Debian asks this program before it starts a service (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # several words are several packages
{ apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing; } || tell
