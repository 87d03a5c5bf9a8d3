#!/bin/sh
# Installs usersvc from this tree on one Debian machine, or brings what is installed up to date:
#
#     deploy/install.sh directory.example.com /etc/ssl/certs/directory.pem /etc/ssl/private/directory.key
#
# Doing it twice does no harm: settings, keys and people stay. With DESTDIR all goes into that folder
# and the machine is left alone, which is how the tests try each step.
set -eu
umask 022

NAME=${1:?"usage: install.sh NAME CERTIFICATE KEY"}
CERTIFICATE=${2:?"usage: install.sh NAME CERTIFICATE KEY"}
KEY=${3:?"usage: install.sh NAME CERTIFICATE KEY"}
DESTDIR=${DESTDIR:-}
HTTP=${HTTP:-80} HTTPS=${HTTPS:-443}

SOURCE=$(cd "$(dirname "$0")/.." && pwd)
APP=$DESTDIR/opt/usersvc
VENV=${VENV:-$APP/.venv}
ETC=$DESTDIR/etc/usersvc
SETTINGS=$ETC/usersvc.env
DATA=$DESTDIR/var/lib/usersvc
BACKUPS=$DESTDIR/var/backups/usersvc
UNITS=$DESTDIR/etc/systemd/system
SITE=$DESTDIR/etc/nginx/sites-enabled/usersvc
CHALLENGES=$DESTDIR/var/www/html
MANAGE=$DESTDIR/usr/local/sbin/usersvc-manage
if [ -z "$DESTDIR" ]; then USER=usersvc; else USER=$(id -un); fi
PACKAGES="curl fonts-noto-cjk fonts-noto-color-emoji fonts-noto-core jq libharfbuzz-subset0
    libpango-1.0-0 libpangoft2-1.0-0 nginx python3-venv"

say() { printf '%s\n' "$*"; }

fail() {
    say "$*" >&2
    exit 1
}

# What a setting is there already, or nothing.
setting() {
    [ ! -e "$SETTINGS" ] || sed -n "s/^$1=['\"]*\([^'\"]*\)['\"]*\$/\1/p" "$SETTINGS" | tail -n 1
}

# Before anything is changed.
check() {
    for file in "$CERTIFICATE" "$KEY"; do
        case $file in
            /*) [ -r "$file" ] || fail "$file cannot be read." ;;
            *) fail "$file: nginx wants the whole path, from / on." ;;
        esac
    done
    known=$(setting USERSVC_BASE_URL)
    [ -z "$known" ] || [ "$known" = "https://$NAME" ] ||
        fail "USERSVC_BASE_URL is $known, and not https://$NAME: change it, and ALLOWED_HOSTS, in $SETTINGS first."
    known=$(setting PORT)
    [ -z "$known" ] || [ "$known" = "${PORT:-$known}" ] ||
        fail "PORT is $known, and not $PORT: change it in $SETTINGS first."
    PORT=${known:-${PORT:-8000}}
}

install_packages() {
    say "Packages of Debian …"
    apt-get -qq update
    # shellcheck disable=SC2086  # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $PACKAGES
}

make_user() {
    id "$USER" > /dev/null 2>&1 ||
        useradd --system --home-dir "$DATA" --shell /usr/sbin/nologin "$USER"
    usermod -aG "$USER" www-data # nginx reads the files of jobs, and nothing else there
}

make_folders() {
    say "Folders …"
    mkdir -p "$APP" "$ETC" "$DATA" "$BACKUPS" "$UNITS" "$(dirname "$SITE")" "$(dirname "$MANAGE")" \
        "$CHALLENGES"
    chmod 755 "$APP"
    chmod 750 "$ETC"
    chmod 710 "$DATA"
    chmod 700 "$BACKUPS"
    [ -n "$DESTDIR" ] || chown "root:$USER" "$ETC"
    [ -n "$DESTDIR" ] || chown "$USER:$USER" "$DATA" "$BACKUPS"
}

# What an older or newer version had, and this one has not, goes: migrations above all.
copy_code() {
    say "Code …"
    rm -rf "$APP/.new"
    mkdir "$APP/.new"
    tar -C "$SOURCE" -c --mode=u=rwX,go=rX --exclude='./.venv*' --exclude=./var --exclude=./.git \
        --exclude=__pycache__ --exclude=".*_cache" --exclude=.hypothesis . |
        tar -C "$APP/.new" -x --no-same-owner
    find "$APP" -mindepth 1 -maxdepth 1 ! -name .new ! -name '.venv*' ! -name var -exec rm -rf {} +
    find "$APP/.new" -mindepth 1 -maxdepth 1 -exec mv -t "$APP" {} +
    rmdir "$APP/.new"
}

make_venv() {
    [ "$VENV" = "$APP/.venv" ] || return 0
    say "Python packages …"
    [ -x "$VENV/bin/python" ] || /usr/bin/python3 -m venv "$VENV"
    "$VENV/bin/python" -m pip install -qq --require-hashes -r "$APP/requirements.txt"
}

# What is there stays as it is; what is not there is added.
write_settings() {
    [ -e "$SETTINGS" ] || say "Settings: $SETTINGS"
    touch "$SETTINGS"
    chmod 640 "$SETTINGS"
    [ -n "$DESTDIR" ] || chown "root:$USER" "$SETTINGS"
    [ -z "$(tail -c 1 "$SETTINGS")" ] || echo >> "$SETTINGS"
    while IFS= read -r line; do
        grep -q "^${line%%=*}=" "$SETTINGS" || say "$line" >> "$SETTINGS"
    done <<WANTED
USERSVC_DATA=$DATA
USERSVC_BASE_URL=https://$NAME
ALLOWED_HOSTS=$NAME,127.0.0.1
TRUSTED_PROXIES=127.0.0.1
USERSVC_ACCEL=/_files/
USERSVC_DEMO_USERS=0
USERSVC_WORKERS=0
USERSVC_LOG=json
PORT=$PORT
WANTED
}

# Writes a file of this folder with its places in it.
place() {
    sed -e "s|@NAME@|$NAME|g" -e "s|@PORT@|$PORT|g" -e "s|@HTTP@|$HTTP|g" -e "s|@HTTPS@|$HTTPS|g" \
        -e "s|@CERTIFICATE@|$CERTIFICATE|g" -e "s|@KEY@|$KEY|g" -e "s|@USER@|$USER|g" \
        -e "s|@APP@|$APP|g" -e "s|@VENV@|$VENV|g" -e "s|@ETC@|$ETC|g" -e "s|@DATA@|$DATA|g" \
        -e "s|@BACKUPS@|$BACKUPS|g" -e "s|@CHALLENGES@|$CHALLENGES|g" "$SOURCE/deploy/$1" > "$2"
}

write_units() {
    say "Units, and the site of nginx …"
    for unit in "$SOURCE"/deploy/usersvc-*.*; do
        place "$(basename "$unit")" "$UNITS/$(basename "$unit")"
    done
    place nginx.conf "$SITE"
    place usersvc-manage "$MANAGE"
    chmod 755 "$MANAGE"
}

prepare_database() {
    say "Database …"
    "$MANAGE" migrate --no-input -v 0
    "$MANAGE" create_admin
    "$MANAGE" check --deploy --fail-level ERROR
}

start() {
    nginx -t
    systemctl daemon-reload
    systemctl enable -q usersvc-web usersvc-worker usersvc-backup.timer usersvc-verify.timer
    systemctl restart usersvc-web usersvc-worker
    systemctl start usersvc-backup.timer usersvc-verify.timer
    systemctl reload nginx
    say "It is at https://$NAME/admin/"
}

check
[ -n "$DESTDIR" ] || { install_packages && make_user; }
make_folders
copy_code
make_venv
write_settings
write_units
prepare_database
[ -n "$DESTDIR" ] || start
