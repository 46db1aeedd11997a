#!/usr/bin/env bash
# Install the programs that the tests run: a real broker and third-party clients.
# Uses apt where this user may; otherwise says what to install, and fails.
set -euo pipefail

# A program that must be on the PATH, and the Debian package that brings it.
needs=(
    mosquitto:mosquitto
    mosquitto_pub:mosquitto-clients
    mosquitto_sub:mosquitto-clients
    mbpoll:mbpoll
    socat:socat
    node:nodejs
    npm:npm
)

# Debian keeps daemons in sbin, which an ordinary user's PATH lacks.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

missing_packages() {
    local need
    for need in "${needs[@]}"; do
        command -v "${need%%:*}" >/dev/null 2>&1 || echo "${need##*:}"
    done | sort -u
}

mapfile -t missing < <(missing_packages)
if ((${#missing[@]} == 0)); then
    exit 0
fi

give_up() {
    {
        echo "services: $1"
        echo "services: these are missing: ${missing[*]}"
        echo "services: install them first, on Debian with: apt-get install ${missing[*]}"
    } >&2
    exit 1
}

command -v apt-get >/dev/null 2>&1 || give_up 'this system has no apt-get'
if [[ $(id -u) == 0 ]]; then
    as_root=()
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    give_up 'this user may not install packages (neither root nor sudo without a password)'
fi

# The package would start a broker on port 1883. The tests start their own, so forbid it while apt runs,
# unless somebody has a policy of their own here; then stop what it started.
policy=/usr/sbin/policy-rc.d
own_policy=no
if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    own_policy=yes
fi
withdraw_policy() {
    if [[ $own_policy == yes ]]; then
        "${as_root[@]}" rm -f "$policy"
    fi
}
trap withdraw_policy EXIT

echo "services: installing ${missing[*]}"
wanted=("${missing[@]}")
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0)
"${apt[@]}" update </dev/null || give_up 'apt-get update failed'
"${apt[@]}" install --no-install-recommends "${wanted[@]}" </dev/null || give_up 'apt-get install failed'

# A policy of somebody else's may have let the broker start; and where systemd runs it must not come back at boot.
if [[ " ${wanted[*]} " == *' mosquitto '* ]]; then
    if [[ -d /run/systemd/system ]]; then
        "${as_root[@]}" systemctl disable --now mosquitto.service >/dev/null 2>&1 || true
    elif [[ $own_policy == no ]]; then
        "${as_root[@]}" service mosquitto stop >/dev/null 2>&1 || true
    fi
fi

mapfile -t missing < <(missing_packages)
if ((${#missing[@]} > 0)); then
    give_up 'apt-get succeeded, but programs are still not found'
fi
echo 'services: ready'
