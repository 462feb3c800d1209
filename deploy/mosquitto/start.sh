#!/bin/sh
# Starts Mosquitto in its container: writes the password file from the environment first. Devices that were added with
# `mosquitto_passwd` stay; Vigil's own password follows the environment, the health check's is new at every start.
set -eu
: "${VIGIL_MQTT_PASSWORD:?set VIGIL_MQTT_PASSWORD}"

data=${MOSQUITTO_DATA:-/mosquitto/data}
config=${MOSQUITTO_CONFIG:-/mosquitto/config/mosquitto.conf}
passwords=$data/passwords
umask 077

# `mosquitto_passwd -U` hashes in place: passwords never appear among a process's arguments.
health=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf 'vigil:%s\nhealth:%s\n' "$VIGIL_MQTT_PASSWORD" "$health" > "$passwords.new"
mosquitto_passwd -U "$passwords.new"
if [ -f "$passwords" ]; then
    sed -e '/^vigil:/d' -e '/^health:/d' "$passwords" >> "$passwords.new"
fi
mv "$passwords.new" "$passwords"

# mosquitto_sub reads its options from this file, so the health check needs no secret on its command line.
mkdir -p "${XDG_CONFIG_HOME:?set XDG_CONFIG_HOME to a folder for the health check}"
printf -- '-u health\n-P %s\n' "$health" > "$XDG_CONFIG_HOME/mosquitto_sub"

# The broker gives up root for this user, where there is one, and must read and write its own files.
if [ "$(id -u)" = 0 ] && id mosquitto >/dev/null 2>&1; then
    chown -R mosquitto: "$data"
fi
unset VIGIL_MQTT_PASSWORD
exec mosquitto -c "$config"
